// What axe finds on the screens that open from the workbench: nothing, in both themes and languages, on a laptop and a phone.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { launch, withPage } from "./harness.mjs";
import { inTerminal, ready } from "./workbench.mjs";

const axe = readFileSync(createRequire(new URL("../../web/package.json", import.meta.url)).resolve("axe-core/axe.min.js"), "utf8");

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

async function finds(page, screen) {
  await page.waitForTimeout(250);
  const found = await page.evaluate(() => window.axe.run());
  return found.violations.map((rule) => `${screen}: ${rule.id}: ${rule.help}\n  ${rule.nodes.map((node) => node.html).join("\n  ")}`);
}

const tool = (page, number) => page.locator(".pic__tool").nth(number).click();
const SCREENS = {
  owners: { open: (page) => tool(page, 0), close: (page) => tool(page, 0) },
  backstage: { open: (page) => tool(page, 1), close: (page) => page.locator(".backstage .pane__bar .btn--icon").last().click() },
  menu: { open: (page) => tool(page, 2), close: (page) => page.keyboard.press("Escape") },
  inspector: {
    open: (page) => page.locator("[data-pod='default/kubia']").click().then(() => page.keyboard.press("Enter")),
    close: (page) => page.locator(".insp__title .btn--icon").click(),
  },
  palette: { open: (page) => page.keyboard.press("Control+k"), close: (page) => page.keyboard.press("Escape") },
};
const DESKTOP = {
  shortcuts: { open: (page) => page.locator(".pane--pic").focus().then(() => page.keyboard.press("?")), close: (page) => page.keyboard.press("Escape") },
  past: {
    open: async (page) => {
      await page.locator(".score__slider").focus();
      await page.keyboard.press("PageDown");
      await page.locator(".past").waitFor();
    },
    close: (page) => page.locator(".past .btn--go").click(),
  },
  compare: { open: (page) => page.locator(".time__more .btn").last().click(), close: (page) => page.keyboard.press("Escape") },
  split: {
    open: (page) => page.locator(".pane--term .btn[aria-pressed]").nth(1).click(),
    close: (page) => page.locator(".pane--term .btn[aria-pressed]").nth(1).click(),
  },
};

for (const [theme, language, width, height] of [["dark", "ko", 1440, 900], ["light", "en", 1440, 900], ["dark", "en", 390, 844], ["light", "ko", 390, 844]]) {
  test(`axe finds nothing: ${theme} ${language} ${width}`, () =>
    withPage(browser, { theme, language, width, height, hash: "#/sandbox/classroom", phone: width < 720 }, async (page) => {
      await ready(page);
      await inTerminal(page, "kubectl run kubia --image=luksa/kubia", "pod/kubia created");
      await inTerminal(page, "kubectl wait --for=condition=Ready pod/kubia", "condition met");
      await page.evaluate(axe);
      if (width < 720) await page.locator(".tabbar button").nth(1).click();
      const told = [];
      for (const [name, { open, close }] of Object.entries(width < 720 ? SCREENS : { ...SCREENS, ...DESKTOP })) {
        await open(page);
        told.push(...(await finds(page, name)));
        await close(page);
      }
      assert.deepEqual(told, []);
    }));
}
