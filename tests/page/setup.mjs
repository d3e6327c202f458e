// A browser and a server for the tests of the page. The browser comes out of an npm package that carries it, and nothing is
// fetched; scripts/test_page.sh says where everything lies.

import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const installed = createRequire(join(process.env.MOESAIC_PAGE_MODULES, "package.json"));

// The package brings the libraries that Chromium needs, but unpacks them in one place only.
process.env.AWS_EXECUTION_ENV = "AWS_Lambda_nodejs22.x";

/** Where the fonts are: the package's, and those of the system, which has one for code. */
function nameFonts() {
  const place = join(tmpdir(), "fonts.conf");
  const folders = [join(tmpdir(), "fonts"), "/usr/share/fonts", "/usr/local/share/fonts"];
  writeFileSync(place, `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
    ${folders.map(folder => `<dir>${folder}</dir>`).join("")}<cachedir>${join(tmpdir(), "fontconfig")}</cachedir>
    <alias><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
    <alias><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
    <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias></fontconfig>`);
  process.env.FONTCONFIG_FILE = place;
}

export async function openBrowser() {
  nameFonts();
  const { default: carried } = await import(pathToFileURL(installed.resolve("@sparticuz/chromium")));
  const { chromium } = installed("playwright-core");
  // Our own switches: the package's would switch off what a browser protects its users with.
  const args = ["--headless=shell", "--no-sandbox", "--disable-gpu", "--font-render-hinting=none"];
  return chromium.launch({ executablePath: await carried.executablePath(), args, ignoreDefaultArgs: ["--headless"] });
}

/** A server with the tiny model that tests/openai has, or with another model. */
export async function startServer({ model, environment = {}, options = [] } = {}) {
  if (!model) {
    model = join(mkdtempSync(join(tmpdir(), "models-")), "tiny");
    mkdirSync(model);
    const source = join(root, "tests/fixtures/models/qwen2-text");
    for (const name of ["model.safetensors", "tokenizer.json"]) cpSync(join(source, name), join(model, name));
    const config = JSON.parse(readFileSync(join(source, "config.json"), "utf8"));
    // Room for answers of some length.
    config.max_position_embeddings = 4096;
    writeFileSync(join(model, "config.json"), JSON.stringify(config));
    const template = readFileSync(join(root, "tests/openai/chat_template.jinja"), "utf8");
    writeFileSync(join(model, "tokenizer_config.json"), JSON.stringify({ chat_template: template }));
  }
  const child = spawn(process.env.MOESAIC_PROGRAM, ["serve", "-m", model, "--port", "0", "--threads", "1", ...options], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise(resolve => child.once("exit", resolve));
  const address = await new Promise((resolve, reject) => {
    const said = [];
    createInterface({ input: child.stderr }).on("line", line => {
      said.push(line);
      const found = /http:\/\/[0-9.]+:[0-9]+/.exec(line);
      if (found) resolve(found[0]);
    });
    ended.then(() => reject(new Error("the server did not start:\n" + said.join("\n"))));
  });
  return { address, stop: () => { child.kill(); return ended; } };
}
