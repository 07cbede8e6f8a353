// What a visitor feels of the built page: Lighthouse's vitals on a phone as its mobile preset has it (a slow line, a slow
// processor), and the time from opening the page to the prompt on this machine. `cargo xtask lighthouse`.
//
// With LIGHTHOUSE=path/to/lighthouse/cli/index.js, Lighthouse itself is run as well and its categories are printed.
// The page is served as hosts serve it: compressed, with every asset cacheable.
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompressSync } from "node:zlib";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { chromium } = createRequire(path.join(root, "web/package.json"))("playwright-core");
const dist = path.join(root, "dist");
const TYPES = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".svg": "image/svg+xml",
  ".json": "application/json", ".webmanifest": "application/manifest+json", ".png": "image/png",
};
/** Lighthouse's mobile preset: Slow 4G, a processor a quarter as fast. */
const LINE = { offline: false, latency: 150, downloadThroughput: (1638.4 * 1024) / 8, uploadThroughput: (675 * 1024) / 8 };
const SLOWER = 4;
const PHONE = { viewport: { width: 412, height: 823 }, deviceScaleFactor: 1.75, isMobile: true, hasTouch: true };
const ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
const BUDGET = { "LCP ms": 1500, CLS: 0.02, "INP ms": 50, "open to prompt ms": 400 };
const RUNS = 5;

const packed = new Map();
function serve(request, response) {
  const name = decodeURIComponent(new URL(request.url, "http://x").pathname).replace(/\/$/, "/index.html");
  const file = path.join(dist, path.normalize(name));
  if (!file.startsWith(dist) || !existsSync(file)) return response.writeHead(404).end();
  if (!packed.has(file)) packed.set(file, brotliCompressSync(readFileSync(file)));
  const immutable = /-[0-9A-Za-z]{8,}[._]/.test(path.basename(file));
  response.writeHead(200, {
    "content-type": TYPES[path.extname(file)] ?? "application/octet-stream",
    "content-encoding": "br",
    "cache-control": immutable ? "public, max-age=31536000, immutable" : "no-cache",
  });
  response.end(packed.get(file));
}

/** Notes paints, shifts, long tasks and events from the page's first moment on. */
function watch() {
  window.vitals = { lcp: 0, fcp: 0, cls: 0, blocked: 0, slowest: 0, element: "" };
  const seen = (type, take, more = {}) => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true, ...more });
  seen("paint", (entry) => entry.name === "first-contentful-paint" && (window.vitals.fcp = entry.startTime));
  seen("largest-contentful-paint", (entry) => {
    window.vitals.lcp = entry.startTime;
    window.vitals.element = entry.element?.outerHTML.slice(0, 60) ?? "(gone)";
  });
  seen("layout-shift", (entry) => !entry.hadRecentInput && (window.vitals.cls += entry.value));
  seen("longtask", (entry) => (window.vitals.blocked += Math.max(0, entry.duration - 50)));
  seen("event", (entry) => entry.interactionId && (window.vitals.slowest = Math.max(window.vitals.slowest, entry.duration)), { durationThreshold: 16 });
}

async function visit(browser, address, { phone, act }) {
  const context = await browser.newContext({ ...(phone ? PHONE : { viewport: { width: 1440, height: 900 } }), locale: "en-US", serviceWorkers: "block" });
  const page = await context.newPage();
  await page.addInitScript(watch);
  if (phone) {
    const client = await context.newCDPSession(page);
    await client.send("Network.enable");
    await client.send("Network.emulateNetworkConditions", LINE);
    await client.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  }
  await page.goto(address);
  await act(page);
  const vitals = await page.evaluate(() => window.vitals);
  await context.close();
  return vitals;
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const prompt = (page) =>
  page
    .waitForFunction(
      () => {
        const rows = document.querySelector(".term__host:not([hidden]) .xterm-rows")?.textContent.replaceAll("\u00a0", " ") ?? "";
        return /\$ *$/.test(rows.trimEnd()) && performance.now();
      },
      null,
      { timeout: 60_000, polling: "raf" },
    )
    .then((handle) => handle.jsonValue());

let over = 0;
function tell(what, value, note = "") {
  const budget = BUDGET[what.replace(/^.*: /, "")];
  const verdict = budget === undefined ? "" : value <= budget ? `within ${budget}` : `OVER ${budget}`;
  if (verdict.startsWith("OVER")) over += 1;
  console.log(`${what.padEnd(34)} ${String(Math.round(value * 1000) / 1000).padStart(9)}  ${verdict} ${note}`);
}

const server = createServer(serve).listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));
const url = `http://127.0.0.1:${server.address().port}/`;
const browser = await chromium.launch({ executablePath: process.env.CHROME, args: ARGUMENTS });
await visit(browser, `${url}#/learn/first-pod`, { act: prompt }); // compresses what will be asked for

for (const [name, hash] of [["home", ""], ["lesson", "#/learn/first-pod"]]) {
  const vitals = await visit(browser, url + hash, {
    phone: true,
    act: (page) => page.waitForFunction(() => !document.querySelector("#boot[role=status]"), null, { timeout: 60_000 }).then(() => page.waitForTimeout(3000)),
  });
  tell(`${name} on a phone: FCP ms`, vitals.fcp);
  tell(`${name} on a phone: LCP ms`, vitals.lcp, vitals.element);
  tell(`${name} on a phone: CLS`, vitals.cls);
  tell(`${name} on a phone: blocked ms`, vitals.blocked);
}

const prompts = [];
for (let run = 0; run < RUNS; run += 1) {
  await visit(browser, `${url}#/learn/first-pod`, { act: async (page) => prompts.push(await prompt(page)) });
}
tell("open to prompt ms", median(prompts), `(of ${prompts.map(Math.round).join(" ")})`);

const felt = await visit(browser, `${url}#/sandbox/classroom`, {
  act: async (page) => {
    await prompt(page);
    await page.locator(".term__host:not([hidden])").click();
    await page.keyboard.type("kubectl run kubia --image=luksa/kubia\n", { delay: 60 });
    await page.locator(".pane--pic .pod").first().click();
    for (const key of ["F6", "F6", "F6", "Control+k", "Escape"]) await page.keyboard.press(key, { delay: 40 });
    await page.locator("[data-theme-button]").click();
    await page.locator("[data-lang-button]").click();
    await page.waitForTimeout(500);
  },
});
tell("INP ms", felt.slowest, "(the slowest of typing, selecting, palette, theme, language)");
await browser.close();

if (process.env.LIGHTHOUSE) {
  const flags = ["--quiet", "--output=json", "--output-path=stdout", "--only-categories=performance,accessibility,best-practices", `--chrome-flags=${ARGUMENTS.join(" ")}`];
  // Not waited for in place: this process is the server.
  const options = { env: { ...process.env, CHROME_PATH: process.env.CHROME }, maxBuffer: 1 << 28 };
  const { stdout } = await promisify(execFile)(process.execPath, [process.env.LIGHTHOUSE, url, ...flags], options);
  const report = JSON.parse(stdout);
  for (const category of Object.values(report.categories)) {
    console.log(`Lighthouse: ${category.title.padEnd(22)} ${Math.round(category.score * 100)}`);
    for (const { id, weight } of category.auditRefs) {
      const audit = report.audits[id];
      if (weight > 0 && audit.score !== null && audit.score < 1) console.log(`  ${audit.id}: ${audit.displayValue ?? audit.title} (${audit.score})`);
    }
  }
}
server.close();
server.closeAllConnections();
process.exit(over && process.argv.includes("--strict") ? 1 : 0);
