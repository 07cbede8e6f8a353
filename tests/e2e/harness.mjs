// A browser on the built page. `cargo xtask e2e` serves dist/ and names it in PODGROUND_URL, the browser in CHROME.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const { chromium } = createRequire(new URL("../../web/package.json", import.meta.url))("playwright-core");

export const url = process.env.PODGROUND_URL;
assert.ok(url && process.env.CHROME, "run this by `cargo xtask e2e`");

const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const launch = () => chromium.launch({ executablePath: process.env.CHROME, args: ARGUMENTS });

/** Waits until the application has taken the place of the start-up notice; fails with its words if it cannot. */
export async function started(page) {
  const notice = page.locator("#boot");
  await page.waitForFunction(() => document.querySelector("#boot")?.getAttribute("role") !== "status");
  if (await notice.count()) assert.fail(await notice.textContent());
}

/**
 * Opens the page in a context of its own (own storage) and hands it to `use`. Fails if the page logged an error,
 * threw, or asked for anything that is not its own.
 */
export async function withPage(browser, options, use) {
  const context = await newContext(browser, options);
  try {
    return await withPageIn(context, options, use);
  } finally {
    await context.close();
  }
}

/** A browser's storage of its own. */
export function newContext(browser, options) {
  const { width = 1440, height = 900, theme = "dark", language = "en", hash: _, patience: __, phone = false, ...rest } = options;
  return browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    locale: language === "ko" ? "ko-KR" : "en-US",
    reducedMotion: "reduce",
    ...(phone && { isMobile: true, hasTouch: true, deviceScaleFactor: 2 }),
    ...rest,
  });
}

/** The same as withPage, in a context that is there and stays. */
export async function withPageIn(context, { hash = "", patience = 20_000 }, use) {
  const faults = [];
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  page.setDefaultNavigationTimeout(60_000); // a busy machine compiles the WebAssembly slowly
  page.on("console", (message) => message.type() === "error" && faults.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`thrown: ${error.stack ?? error}`));
  page.on("request", (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(url)) faults.push(`foreign request: ${request.url()}`);
  });
  try {
    await page.goto(url + hash);
    const result = await use(page, faults);
    assert.deepEqual(faults, [], "the page reported faults");
    return result;
  } catch (error) {
    if (faults.length) error.message += `\nthe page reported: ${faults.join("\n")}`;
    throw error;
  } finally {
    await page.close();
  }
}
