// A first visit: what is seen before the application runs, how soon the first pod runs, and the page as an installed one.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, started, withPage } from "./harness.mjs";
import { ready, terminalSays, type } from "./workbench.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** Holds the WebAssembly back (there must be no service worker, which has its own); returns what lets it go. */
async function hold(page) {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route("**/*.wasm", async (route) => {
    await held;
    await route.continue();
  });
  return release;
}

const heading = (page) => page.locator("h1:visible").first().innerText();

test("from nothing to a running pod, at a person's pace", (t) =>
  withPage(browser, { reducedMotion: "no-preference" }, async (page) => {
    const opened = Date.now();
    await page.locator(".hero .btn--go:visible").first().waitFor();
    await page.waitForTimeout(4000); // to read what this is
    await page.locator(".hero .btn--go:visible").first().click();
    await ready(page);
    await page.waitForTimeout(4000); // to read the task
    await page.locator(".term__host:not([hidden])").click();
    for (const letter of "kubectl run kubia --image=luksa/kubia\n") await page.keyboard.type(letter, { delay: 120 });
    await page.locator(".pane--pic .pod.is-run", { hasText: "kubia" }).first().waitFor({ timeout: 60_000 });
    t.diagnostic(`the first pod ran after ${Date.now() - opened} ms`);
  }));

for (const language of ["ko", "en"]) {
  test(`what is painted before the application runs is what it then shows: ${language}`, () =>
    withPage(browser, { language, serviceWorkers: "block" }, async (page) => {
      await started(page);
      const release = await hold(page);
      await page.evaluate(() => localStorage.clear());
      await page.reload();
      await page.locator("#first h1:visible").waitFor();
      const seen = [await heading(page), await page.locator("#first .les:visible").allInnerTexts()];
      const places = () => page.locator("h1:visible, .hero .btn--go:visible, .les:visible >> nth=0").evaluateAll((all) => all.map((one) => Math.round(one.getBoundingClientRect().top)));
      const before = await places();
      release();
      await started(page);
      await page.locator("#app h1").waitFor();
      assert.deepEqual([await heading(page), await page.locator("#app .les:visible").allInnerTexts()], seen);
      const after = await places();
      assert.ok(before.every((top, index) => Math.abs(top - after[index]) <= 2), `moved: ${before} to ${after}`);
    }));
}

for (const hash of ["", "#/learn/first-pod"]) {
  // The list of what comes first is observed (`cargo xtask profile`); when it is out of date, the page stands still here.
  test(`nothing of the application's second half is waited for at ${hash || "home"}`, () =>
    withPage(browser, { hash }, async (page) => {
      await started(page);
      if (hash) await ready(page);
      else await page.locator("#app .progress").waitFor();
      const waited = await page.evaluate(() => performance.getEntriesByType("resource").filter((entry) => entry.initiatorType === "xmlhttprequest").map((entry) => entry.name));
      assert.deepEqual(waited, [], "run `cargo xtask profile` and commit tools/first-load.txt");
    }));
}

test("a worker compiles both halves and rehearses the start with the first alone", () =>
  withPage(browser, { serviceWorkers: "block" }, async (page) => {
    await page.addInitScript(() => {
      const told = (window.told = []);
      window.Worker = class extends Worker {
        constructor(...words) {
          super(...words);
          this.addEventListener("message", ({ data: { what, error } }) => told.push(error ? `${what}: ${error}` : what));
        }
      };
    });
    await page.reload();
    await started(page);
    await page.waitForFunction(() => window.told.length >= 3);
    assert.deepEqual(await page.evaluate(() => window.told), ["wasm", "start", "rest"]);
  }));

for (const [way, closed] of Object.entries({
  "are closed to it": () => delete window.Worker,
  fail: () => (window.Worker = class { postMessage() { setTimeout(() => this.onerror(new Event("error"))); } }),
})) {
  test(`the page starts where workers ${way}`, () =>
    withPage(browser, { serviceWorkers: "block" }, async (page) => {
      await page.addInitScript(closed);
      await page.reload();
      await started(page);
      await page.locator(".hero .btn--go:visible").first().click();
      await ready(page);
      await type(page, "kubectl get nodes");
      await terminalSays(page, "Ready");
    }));
}

for (const language of ["ko", "en"]) {
  test(`a lesson can be read while the application is still coming: ${language}`, () =>
    withPage(browser, { language, hash: "#/learn/first-pod", serviceWorkers: "block" }, async (page) => {
      await started(page);
      const release = await hold(page);
      await page.evaluate(() => localStorage.clear());
      await page.reload();
      await page.locator("#first .lesson__body p:visible").nth(2).waitFor();
      const [before, after] = ["#first", "#app"].map((root) => () =>
        page.locator(`${root} .pane--lesson:visible :is(.lesson__head :is(h1, h2), .lesson__body h2, .lesson__body p)`).evaluateAll((all) =>
          all.map((one) => [one.innerText, Math.round(one.getBoundingClientRect().top)]),
        ));
      const seen = await before();
      release();
      await started(page);
      await ready(page);
      const shown = await after();
      assert.deepEqual(shown.slice(0, seen.length).map(([text]) => text), seen.map(([text]) => text));
      assert.ok(seen.every(([, top], index) => Math.abs(top - shown[index][1]) <= 4), `moved: ${seen} to ${shown}`);
    }));
}

test("a workbench that is still coming shows its panes and says so", () =>
  withPage(browser, { hash: "#/learn/first-pod", serviceWorkers: "block" }, async (page) => {
    await started(page);
    const release = await hold(page);
    await page.reload();
    await page.locator("#first .pane--lesson:visible", { hasText: "Starting the cluster" }).waitFor();
    assert.equal(await page.locator("#first .pane:visible").count(), 4);
    release();
    await ready(page);
    assert.equal(await page.locator("#first").count(), 0);
  }));

test("a page that cannot start says so", () =>
  withPage(browser, {}, async (page, faults) => {
    await started(page);
    await page.evaluate(async () => {
      for (const worker of await navigator.serviceWorker.getRegistrations()) await worker.unregister();
    });
    await page.route("**/*.wasm", (route) => route.abort());
    await page.reload();
    await page.locator("#boot[role=alert]", { hasText: "The page could not start" }).waitFor();
    faults.length = 0; // the console is to tell of it
  }));

test("a newer version is told of in a line", () =>
  withPage(browser, {}, async (page) => {
    await started(page);
    await page.evaluate(() => dispatchEvent(new Event("podground:new-version")));
    const line = page.locator(".notice", { hasText: "A new version is ready" });
    await Promise.all([page.waitForEvent("load"), line.getByRole("button", { name: "Reload" }).click()]);
    await started(page);
  }));

test("it can be installed: name, colours, icons that are there", () =>
  withPage(browser, {}, async (page) => {
    await started(page);
    const icons = await page.evaluate(async () => {
      const address = document.querySelector("link[rel=manifest]").href;
      const manifest = await (await fetch(address)).json();
      const sizes = manifest.icons.map(async ({ src, sizes, type }) => {
        const image = await createImageBitmap(await (await fetch(new URL(src, address))).blob()).catch(() => null);
        return { sizes, type, real: image && `${image.width}x${image.height}` };
      });
      return { display: manifest.display, all: await Promise.all(sizes) };
    });
    assert.equal(icons.display, "standalone");
    for (const size of ["192x192", "512x512"]) assert.ok(icons.all.some((icon) => icon.type === "image/png" && icon.sizes === size && icon.real === size), size);
  }));
