// The page starts, under a sub-path, without a fault, and again without a network.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, started, withPage } from "./harness.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

test("the page starts", () =>
  withPage(browser, {}, async (page) => {
    await started(page);
    assert.match(await page.title(), /Podground/);
  }));

test("it starts again without a network", () =>
  withPage(browser, {}, async (page, faults) => {
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
      if (!navigator.serviceWorker.controller) {
        await new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve));
      }
    });
    await page.context().setOffline(true);
    await page.reload();
    await started(page);
    const editor = await page.evaluate(() => window.podground.load("editor").then((module) => typeof module.mount));
    assert.equal(editor, "function");
    faults.length = 0; // a failed request for the page itself is what being offline is
  }));
