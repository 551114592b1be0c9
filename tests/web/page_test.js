// node page_test.js PAGE PICTURES [TOOLS]: the page in headless Chromium, by real input events, from a server without
// headers of its own. Pictures of what was seen lie in PICTURES. Needs playwright-core and chromium.
"use strict";
const {chromium} = require("playwright-core");
const {spawn} = require("node:child_process");
const {once} = require("node:events");
const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");

const [page_folder, pictures] = process.argv.slice(2);
const flags = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"];

async function serve() {
  const server = spawn("python3", [path.join(__dirname, "../../scripts/web_serve.py"), page_folder]);
  const [line] = await once(server.stdout, "data");
  return {server, address: String(line).trim()};
}

/// A tab with the page, once it shows its first frame; what its console calls an error is kept in `errors`.
async function open(context, address, errors) {
  const tab = await context.newPage();
  tab.on("console", (message) => { if (message.type() === "error") errors.push(message.text()); });
  tab.on("pageerror", (error) => errors.push(String(error)));
  const before = Date.now();
  await tab.goto(address);
  await tab.waitForFunction(() => document.documentElement.dataset.ready === "yes", null, {timeout: 120000});
  tab.first_frame = Date.now() - before;
  return tab;
}

/// What stands on the window, as the page tells it to tests.
const items = (tab) => tab.evaluate(() => JSON.parse(Module.ccall("gatescope_items", "string", [], [])));

const labels = async (tab) => (await items(tab)).items.map((item) => item.label);

/// The item of that label, once it is there and seen.
async function place_of(tab, label) {
  for (let tries = 0; tries < 100; ++tries) {
    const found = (await items(tab)).items.find((item) => item.seen && item.label.split("##")[0] === label);
    if (found) return found;
    await tab.waitForTimeout(100);
  }
  assert.fail(`"${label}" is not on the window: ${(await labels(tab)).join(", ")}`);
}

async function click(tab, label) {
  const {low, high} = await place_of(tab, label);
  const ratio = await tab.evaluate(() => devicePixelRatio);
  await tab.mouse.move((low[0] + high[0]) / 2 / ratio, (low[1] + high[1]) / 2 / ratio);
  await tab.waitForTimeout(100);
  await tab.mouse.down();
  await tab.waitForTimeout(100);
  await tab.mouse.up();
  await tab.waitForTimeout(300);
}

async function main() {
  fs.mkdirSync(pictures, {recursive: true});
  const {server, address} = await serve();
  const browser = await chromium.launch({executablePath: "/usr/bin/chromium", headless: true, args: flags});
  try {
    const errors = [];
    const context = await browser.newContext({viewport: {width: 1280, height: 800}});
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const tab = await open(context, address, errors);
    const picture = (name) => tab.screenshot({path: path.join(pictures, name + ".png")});
    console.log(`the first frame after ${tab.first_frame} ms`);
    await tab.waitForTimeout(1000);
    await picture("opened");
    console.log(JSON.stringify(await labels(tab)));
    assert.deepStrictEqual(errors, []);
  } finally {
    await browser.close();
    server.kill();
  }
}

main().catch((error) => { console.error(error); process.exit(1); });
