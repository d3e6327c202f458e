// The pictures in docs: scripts/test_page.sh screenshots ADDRESS, with a server that runs a real model.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openBrowser } from "./setup.mjs";

const address = process.argv[2];
const docs = fileURLToPath(new URL("../../docs", import.meta.url));
const pictures = [
  {
    name: "page-light.png", width: 1000, height: 600, colorScheme: "light",
    says: "Reverse a string in Python: one line of code, and one sentence about it.",
  },
  {
    name: "page-dark.png", width: 390, height: 640, colorScheme: "dark",
    says: "What is a hash table good for? Three short points, each with a name in bold.",
  },
];

const browser = await openBrowser();
for (const { name, width, height, colorScheme, says } of pictures) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme });
  await page.goto(address);
  // The same words each time.
  await page.evaluate(() => localStorage.setItem("moesaic.temperature", "0"));
  await page.reload();
  await page.fill("#input", says);
  await page.press("#input", "Enter");
  await page.waitForSelector("#send:visible", { timeout: 600_000 });
  await page.evaluate(() => document.activeElement.blur());
  await page.screenshot({ path: join(docs, name) });
  await page.close();
}
await browser.close();
