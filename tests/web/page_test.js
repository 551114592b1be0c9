// node page_test.js PAGE PICTURES: the page in headless Chromium, by real input events, from a server without
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

// A tab with the page, once it shows its first frame; what its console calls an error is kept in `errors`.
async function open(context, address, errors) {
  const tab = await context.newPage();
  tab.on("console", (message) => { if (message.type() === "error") errors.push(message.text()); });
  tab.on("pageerror", (error) => errors.push(String(error)));
  tab.opened_at = Date.now();
  await tab.goto(address);
  await tab.waitForFunction(() => document.documentElement.dataset.ready === "yes", null, {timeout: 120000});
  tab.first_frame = Date.now() - tab.opened_at;
  return tab;
}

// What stands on the window, as the page tells it to tests.
const items = (tab) => tab.evaluate(() => JSON.parse(Module.ccall("gatescope_items", "string", [], [])));

const labels = async (tab) => (await items(tab)).items.map((item) => item.label);

// What `wanted` returns of what is on the window, once it is true.
async function wait_for(tab, wanted, what) {
  for (const until = Date.now() + 60000; Date.now() < until; await tab.waitForTimeout(50)) {
    const found = wanted(await items(tab));
    if (found) return found;
  }
  assert.fail(`waited in vain for ${what}; on the window: ${(await labels(tab)).join(", ")}`);
}

const find = (now, label) =>
  now.items.find((item) => item.seen && item.label === label) ??
  now.items.find((item) => item.seen && item.label.split("##")[0] === label);

// Presses it by the mouse, once it stands still.
async function click(tab, label, button = "left") {
  let before = null;
  const {low, high} = await wait_for(tab, (now) => {
    const item = find(now, label), same = item && JSON.stringify(item) === JSON.stringify(before);
    before = item;
    return same && item;
  }, label);
  const ratio = await tab.evaluate(() => devicePixelRatio);
  await tab.mouse.move((low[0] + high[0]) / 2 / ratio, (low[1] + high[1]) / 2 / ratio);
  await tab.waitForTimeout(150);
  await tab.mouse.down({button});
  await tab.waitForTimeout(150);
  await tab.mouse.up({button});
  await tab.waitForTimeout(150);
}

const pressed_train = (now) => now.items.find((item) => item.label.endsWith("###train"))?.label;
const rules = (now) => now.items.filter((item) => /^rule \d+$/.test(item.label)).map((item) => item.text);

// A table as an array of rows.
const rows_of = (csv) => csv.replace(/^#.*\n/gm, "").trim().split("\n").map((line) => line.split(","));

// The page opens, and says how soon.
async function opens(tab, picture) {
  await wait_for(tab, (now) => find(now, "equation c") ?? find(now, "mean c"), "the first numbers");
  console.log(`first frame after ${tab.first_frame} ms, first numbers after ${Date.now() - tab.opened_at} ms`);
  await picture("opened");
}

// A click closes the forget gate: the window says the rule, and the table that is downloaded has zeros in it.
async function forces(tab, picture, folder) {
  await click(tab, "closed##Forget##force f");
  await wait_for(tab, (now) => rules(now).includes("f=0"), "the rule f=0");
  await wait_for(tab, (now) => find(now, "equation c")?.text.includes("= 0 ×"), "the forced equation");
  await tab.waitForTimeout(1500);  // the figures are made
  await picture("forced");
  const label = (await labels(tab)).find((each) => /^view /.test(each));
  await click(tab, label, "right");
  const [download] = await Promise.all([
    tab.waitForEvent("download", (each) => each.suggestedFilename().endsWith(".csv")),
    click(tab, "Export as csv"),
  ]);
  const file = path.join(folder, download.suggestedFilename());
  await download.saveAs(file);
  const rows = rows_of(fs.readFileSync(file, "utf8"));
  console.log(`${label} was downloaded as ${path.basename(file)}: ${rows.length} rows`);
  assert(rows.length > 10, "the table has rows");
}

// The link that is copied opens the same in another tab.
async function restores(tab, context, picture, errors) {
  await tab.keyboard.press("Control+Shift+L");
  await wait_for(tab, (now) => now.items.some((item) => item.label === "notice" && /^The link is copied/.test(item.text)),
    "the word that the link is copied");
  const link = await tab.evaluate(() => navigator.clipboard.readText());
  console.log(`a link of ${link.length} characters: ${link}`);
  const other = await open(context, link, errors);
  const now = await wait_for(other, (each) => rules(each).includes("f=0") && !each.busy && each, "the rule in the other tab");
  const here = await items(tab);
  assert.strictEqual(now.title, here.title);
  assert.deepStrictEqual(rules(now), rules(here));
  for (const label of ["equation c", "time", "Units"]) assert.strictEqual(find(now, label)?.text, find(here, label)?.text, label);
  await other.screenshot({path: picture.path("another tab")});
  await other.close();
}

// Training goes on while it is drawn.
async function learns(tab, picture) {
  if (/Train$/.test(pressed_train(await items(tab)).split("##")[0])) await click(tab, pressed_train(await items(tab)));
  const start = await wait_for(tab, (now) => now.training && now, "the training");
  const began = Date.now();
  await tab.waitForTimeout(6000);
  const now = await items(tab), seconds = (Date.now() - began) / 1000;
  console.log(`${((now.updates - start.updates) / seconds).toFixed(1)} updates and ` +
    `${((now.frames - start.frames) / seconds).toFixed(1)} frames a second: ${now.title}`);
  assert(now.updates > start.updates, "it learns");
  await picture("learnt");
}

// After the first visit it opens without a network.
async function opens_offline(context, address, errors) {
  await context.setOffline(true);
  const tab = await open(context, address, errors);
  console.log(`without a network: first frame after ${tab.first_frame} ms`);
  await tab.close();
  await context.setOffline(false);
}

async function main() {
  fs.mkdirSync(pictures, {recursive: true});
  const {server, address} = await serve();
  const browser = await chromium.launch({executablePath: "/usr/bin/chromium", headless: true, args: flags});
  try {
    const errors = [];
    const context = await browser.newContext({viewport: {width: 1480, height: 920}, acceptDownloads: true});
    await context.grantPermissions(["clipboard-read", "clipboard-write"], {origin: address});
    const tab = await open(context, address, errors);
    const picture = (name) => tab.screenshot({path: picture.path(name)});
    picture.path = (name) => path.join(pictures, name + ".png");
    await opens(tab, picture);
    await forces(tab, picture, pictures);
    await restores(tab, context, picture, errors);
    await learns(tab, picture);
    await opens_offline(context, address, errors);
    assert.deepStrictEqual(errors, []);
  } finally {
    await browser.close();
    server.kill();
  }
}

main().catch((error) => { console.error(error); process.exit(1); });
