// The server's page in a real browser, against a real server. The model is a tiny one with random weights: where a test needs
// a certain answer, the page's request gets a form that only this answer has, on its way.

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { openBrowser, startServer } from "./setup.mjs";

let browser, server, page, troubles;

before(async () => {
  server = await startServer({ options: ["-c", "2048"] });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});
afterEach(async () => {
  await page?.context().close();
  page = undefined;
  // Of every test: the console stays silent and nobody else is asked.
  assert.deepEqual(troubles, []);
});

/** The page, as a person finds it. */
async function open({ width = 1000, height = 700, colorScheme = "light", address = server.address } = {}) {
  troubles = [];
  const context = await browser.newContext({ viewport: { width, height }, colorScheme });
  page = await context.newPage();
  page.on("console", message => {
    if (["error", "warning"].includes(message.type())) troubles.push(message.text());
  });
  page.on("pageerror", error => troubles.push(String(error)));
  page.on("request", request => {
    if (!request.url().startsWith(address) && !request.url().startsWith("data:")) troubles.push(request.url());
  });
  await page.goto(address);
  await page.waitForFunction(() => document.title === "tiny" || document.querySelector("#speed").textContent);
  return page;
}

/** Makes the model answer this text, or one that an expression describes. */
async function answering(text, expression = text.replace(/[\\^$.*+?()[\]{}|/&~#-]/g, "\\$&"), changes = {}) {
  await page.unroute("**/v1/chat/completions");
  await page.route("**/v1/chat/completions", route => {
    const request = route.request().postDataJSON();
    const form = { type: "regex", regex: expression };
    return route.continue({ postData: JSON.stringify({ ...request, ...changes, response_format: form, temperature: 0 }) });
  });
}

async function say(text) {
  await page.fill("#input", text);
  await page.press("#input", "Enter");
}

const done = () => page.waitForSelector("#send:visible");
const answer = () => page.locator(".turn:not(.user)").last();

test("Enter sends, Shift and Enter begins a line", async () => {
  await open();
  await answering("Hello.");
  await page.fill("#input", "one");
  await page.press("#input", "Shift+Enter");
  await page.keyboard.type("two");
  assert.equal(await page.inputValue("#input"), "one\ntwo");
  await page.press("#input", "Enter");
  await done();
  assert.equal(await page.inputValue("#input"), "");
  assert.equal(await page.locator(".user").textContent(), "one\ntwo");
  assert.equal(await answer().locator(".text").textContent(), "Hello.");
  assert.match(await answer().locator(".foot").textContent(), /\d+ tokens, first after/);
  // An empty message is none.
  await say("  ");
  assert.equal(await page.locator(".user").count(), 1);
});

test("a conversation goes on with what was said", async () => {
  await open();
  await answering("First.");
  await say("one");
  await done();
  await answering("Second.");
  const [request] = await Promise.all([page.waitForRequest("**/v1/chat/completions"), say("two")]);
  await done();
  const roles = request.postDataJSON().messages.map(({ role, content }) => [role, content]);
  assert.deepEqual(roles, [["user", "one"], ["assistant", "First."], ["user", "two"]]);
  await page.click("#new");
  assert.equal(await page.locator(".turn").count(), 0);
});

test("Markdown is rendered while it arrives", async () => {
  await open();
  // The end of the text takes some time: many letters.
  await answering("", "# Head\\n\\n\\*\\*bold\\*\\* and `code`\\n\\n[a-z]{1800}");
  await say("x");
  await page.waitForFunction(() => document.querySelector(".turn strong") && !document.querySelector("#stop").hidden);
  await page.keyboard.press("Escape");
  await done();
  assert.equal(await answer().locator("h1").textContent(), "Head");
  assert.match(await page.textContent("#speed"), /tokens\/s/);

  const text = "## List\n\n- one\n- two with *emphasis*\n  - deeper\n\n1. first\n2. second\n\n" +
    "| a | b |\n|---|---|\n| 1 | 2 |\n\n```rust\nfn main() {}\n```\n\n> said\n\n[a page](https://example.org/x)";
  await answering(text);
  await say("x");
  await done();
  const count = selector => answer().locator(selector).count();
  assert.deepEqual(
    [await count("h2"), await count("ul > li"), await count("ol > li"), await count("td"), await count("blockquote"), await count("em")],
    [1, 3, 2, 2, 1, 1],
  );
  assert.equal(await answer().locator("pre code").textContent(), "fn main() {}");
  const link = answer().locator("a");
  assert.equal(await link.getAttribute("href"), "https://example.org/x");
  assert.match(await link.getAttribute("rel"), /noopener/);
});

test("reasoning is folded, and opens", async () => {
  await open();
  await answering("", "<think>\\nI wonder\\.\\n</think>\\n\\nYes\\.");
  await say("x");
  await done();
  const details = answer().locator("details");
  assert.equal(await details.evaluate(node => node.open), false);
  assert.ok(!(await details.locator("div").isVisible()));
  assert.equal((await answer().locator(".text").textContent()).trim(), "Yes.");
  await details.locator("summary").press("Enter");
  assert.ok(await details.locator("div").isVisible());
  assert.match(await details.locator("div").textContent(), /I wonder\./);
});

test("an answer can be stopped and asked for again", async () => {
  await open();
  for (const stop of [() => page.click("#stop"), () => page.keyboard.press("Escape")]) {
    await answering("", "[a-z ]{2000}");
    await say("x");
    await page.waitForFunction(() => document.querySelector("#turns").lastChild.querySelector(".text").textContent.length > 5);
    await stop();
    await done();
    assert.match(await answer().locator(".foot").textContent(), /stopped/);
  }
  await answering("Again.");
  await answer().locator("button", { hasText: "Retry" }).click();
  await page.waitForFunction(() => document.querySelector("#turns").lastChild.textContent.includes("Again."));
  await done();
  assert.equal(await page.locator(".turn:not(.user)").count(), 2);
  // The first one, too: what came after it goes with it.
  await page.locator("button", { hasText: "Retry" }).first().click();
  await page.waitForFunction(() => document.querySelectorAll(".turn").length === 2);
  await done();
  assert.equal(await answer().locator(".text").textContent(), "Again.");
});

test("no sideways scroll on a phone", async () => {
  await open({ width: 360, height: 640 });
  const long = "x".repeat(200);
  await answering(`${long}\n\n\`${long}\`\n\n\`\`\`\n${long}\n\`\`\`\n\n| ${"a | ".repeat(20)}\n|${"---|".repeat(20)}\n| ${"bb | ".repeat(20)}\n`);
  await say(long);
  await done();
  const widths = await page.evaluate(() =>
    [document.documentElement, document.querySelector("#scroll")].map(node => [node.scrollWidth, node.clientWidth]));
  for (const [scroll, shown] of widths) assert.ok(scroll <= shown, `${scroll} <= ${shown}`);
  // However long the model's name is, the speed and what is wrong stay in sight.
  await page.evaluate(() => { document.querySelector("#model").textContent = "a-model-with-a-long-name-".repeat(9); });
  const speed = await page.locator("#speed").boundingBox();
  assert.ok(speed.width > 40 && speed.x >= 0 && speed.x + speed.width <= 360, JSON.stringify(speed));
  // What is pressed is large enough for a finger.
  for (const name of ["#send", "#settings", "#new", "#input"]) {
    const box = await page.locator(name).boundingBox();
    assert.ok(box.height >= 32 && box.x >= 0 && box.x + box.width <= 360, `${name}: ${JSON.stringify(box)}`);
  }
  await page.click("#settings");
  const dialog = await page.locator("#dialog").boundingBox();
  assert.ok(dialog.x >= 0 && dialog.x + dialog.width <= 360);
});

/** The contrast of text and ground as WCAG defines it. */
const contrast = selector => page.locator(selector).first().evaluate(node => {
  const numbers = colour => colour.match(/[\d.]+/g).map(Number);
  let ground = node;
  while (ground.parentElement && (numbers(getComputedStyle(ground).backgroundColor)[3] ?? 1) === 0) ground = ground.parentElement;
  const light = colour => {
    const [r, g, b] = numbers(colour).map(value => value / 255).map(value => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const both = [light(getComputedStyle(node).color), light(getComputedStyle(ground).backgroundColor)].sort((a, b) => b - a);
  return (both[0] + 0.05) / (both[1] + 0.05);
});

test("light and dark can be read", async () => {
  const grounds = [];
  for (const colorScheme of ["light", "dark"]) {
    await open({ colorScheme });
    await answering("", "<think>\\nHm\\.\\n</think>\\n\\n`code` and > text");
    await say("x");
    await done();
    for (const selector of [".user", ".text", ".text code", ".foot span", ".foot button", "summary", "#send", "#settings", "#input"]) {
      const found = await contrast(selector);
      assert.ok(found >= 4.5, `${colorScheme} ${selector}: ${found}`);
    }
    grounds.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
    await page.context().close();
  }
  assert.notEqual(...grounds);
});

test("a keyboard is enough", async () => {
  await open();
  await answering("Fine.");
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent);
  assert.equal(await focused(), "input");
  await page.keyboard.type("x");
  await page.keyboard.press("Enter");
  await done();
  assert.equal(await focused(), "input");
  const back = [];
  for (let step = 0; step < 3; step++) {
    await page.keyboard.press("Shift+Tab");
    back.push(await focused());
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, "none", `${back.at(-1)} shows that it is meant`);
  }
  assert.deepEqual(back, ["Retry", "new", "settings"]);
  await page.keyboard.press("Enter");
  assert.ok(await page.isVisible("#dialog"));
  await page.keyboard.type("Be kind.");
  await page.keyboard.press("Escape");
  assert.ok(!(await page.isVisible("#dialog")));
  await page.focus("#input");
  await page.keyboard.type("y");
  const [request] = await Promise.all([page.waitForRequest("**/v1/chat/completions"), page.keyboard.press("Enter")]);
  assert.deepEqual(request.postDataJSON().messages[0], { role: "system", content: "Be kind." });
  await done();
  await page.keyboard.press("Control+Shift+K");
  assert.equal(await page.locator(".turn").count(), 0);
});

test("what a model writes never becomes HTML", async () => {
  await open();
  const hostile = "<img src=x onerror=\"window.bad=1\"> <script>window.bad=1</script> [a](javascript:window.bad=1) " +
    "[b](https://x.example/\"onclick=\"window.bad=1) ![c](https://evil.example/p.png) <a href=\"https://evil.example\">d</a>\n\n" +
    "```html\n</code></pre><script>window.bad=1</script>\n```\n\n| <b>x</b> | y |\n|---|---|\n| <iframe src=\"https://evil.example\"> | z |";
  await answering(hostile);
  await say(hostile);
  await done();
  assert.equal(await page.locator("#turns").locator("img, script, iframe, b, object, style, form, [onclick], [onerror]").count(), 0);
  for (const link of await answer().locator("a").all()) assert.match(await link.getAttribute("href"), /^https?:/);
  assert.equal(await page.evaluate(() => window.bad), undefined);
  assert.match(await answer().textContent(), /<script>window\.bad=1<\/script>/);
});

test("a server that wants a key says so, and takes it", async () => {
  const locked = await startServer({ environment: { MOESAIC_API_KEY: "secret" } });
  try {
    await open({ address: locked.address });
    assert.match(await page.textContent("#speed"), /API key/);
    await say("x");
    await done();
    assert.match(await answer().locator(".error").textContent(), /API key/);
    await page.click("#settings");
    await page.fill("#key", "secret");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.title === "tiny");
    await answering("In.");
    await say("x");
    await done();
    assert.equal(await answer().locator(".text").textContent(), "In.");
    // The browser says of each refusal that there was one.
    assert.ok(troubles.every(trouble => trouble.includes("401")), troubles.join("\n"));
    troubles = [];
  } finally {
    await locked.stop();
  }
});
