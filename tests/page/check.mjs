// Opens reports in headless Chromium and prints one JSON line about each.
//
//   node check.mjs PICTURE.png REPORT.html…
//
// What counts: no message on the console, no request but the file itself, nothing wider than 375
// pixels but inside a region that scrolls, no head of a row squeezed to a few letters a line, a PDF of more than one page, axe without violations, every
// chart with a table beside it. The picture is the first report at 1200 pixels; "-" for none.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(process.env.PAGE_MODULES ? process.env.PAGE_MODULES + "/" : import.meta.url);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const [picture, ...reports] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  for (const report of reports) {
    const address = pathToFileURL(report).href;
    // The page forbids every script: only axe's own, which the page's policy must not stop.
    const page = await browser.newPage({ viewport: { width: 375, height: 800 }, bypassCSP: true });
    const console_ = [], requests = [];
    page.on("console", (m) => console_.push(m.text()));
    page.on("pageerror", (e) => console_.push(String(e)));
    page.on("request", (r) => { if (r.url() !== address && !r.url().startsWith("data:")) requests.push(r.url()); });
    await page.goto(address, { waitUntil: "load" });
    const narrow = await page.evaluate(() => {
      const wide = [...document.querySelectorAll("body *")].filter((e) =>
        !e.closest(".t") && e.getBoundingClientRect().right > innerWidth + 0.5);
      const letters = [...document.querySelectorAll("svg text")].map((t) => {
        const scale = t.ownerSVGElement.getBoundingClientRect().width / 360;
        return parseFloat(getComputedStyle(t).fontSize) * scale;
      });
      return { wide: wide.map((e) => e.tagName).slice(0, 5), scrolls: document.documentElement.scrollWidth,
        smallest: Math.min(...letters),
        heads: Math.min(...[...document.querySelectorAll("th[scope=row]")].map((h) => h.getBoundingClientRect().width)) };
    });
    const charts = await page.evaluate(() => [...document.querySelectorAll("svg")].filter((s) =>
      !s.closest("section").querySelector("table")).length);
    await page.evaluate(axe);
    const found = await page.evaluate(async () => (await window.axe.run()).violations.map((v) =>
      `${v.id}: ${v.nodes.length} (${v.nodes[0].target})`));
    const pdf = await page.pdf({ format: "Letter" });
    const pages = (pdf.toString("latin1").match(/\/Type\s*\/Page[^s]/g) || []).length;
    // The same without leave for scripts: the policy of the page itself must stop none of it.
    const bare = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    bare.on("console", (m) => console_.push(m.text()));
    bare.on("request", (r) => { if (r.url() !== address && !r.url().startsWith("data:")) requests.push(r.url()); });
    await bare.goto(address, { waitUntil: "load" });
    if (picture !== "-" && report === reports[0]) await bare.screenshot({ path: picture });
    console.log(JSON.stringify({ lang: await bare.evaluate(() => document.documentElement.lang),
      sections: await bare.evaluate(() => document.querySelectorAll("section").length),
      console: console_, requests, narrow, charts, axe: found, pages }));
  }
} finally {
  await browser.close();
}
