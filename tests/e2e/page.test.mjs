// The page around the cluster: languages, themes, sizes, keys, input methods, and what axe finds.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { launch, started, withPage } from "./harness.mjs";
import { compose, focusedPane, inTerminal, newFile, ready, terminalShows } from "./workbench.mjs";

const axe = readFileSync(createRequire(new URL("../../web/package.json", import.meta.url)).resolve("axe-core/axe.min.js"), "utf8");
const work = "#/sandbox/classroom";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

test("a first visit says what this is and what to do first", () =>
  withPage(browser, {}, async (page) => {
    await started(page);
    assert.match(await page.locator("h1").textContent(), /A small Kubernetes/);
    const go = page.locator(".hero .btn--go");
    assert.equal(await go.getAttribute("href"), "#/learn/first-pod");
    await go.click();
    await ready(page);
    assert.ok(await page.locator(".pane--lesson .task").textContent());
  }));

test("language and theme change at once and are remembered", () =>
  withPage(browser, { language: "ko", theme: "dark" }, async (page) => {
    await started(page);
    const root = () => page.evaluate(() => [document.documentElement.lang, document.documentElement.dataset.theme]);
    assert.deepEqual(await root(), ["ko", "dark"]);
    await page.getByRole("button", { name: "Switch to English" }).click();
    await page.getByRole("button", { name: "Light theme" }).click();
    assert.match(await page.locator("h1").textContent(), /A small Kubernetes/);
    await page.reload();
    await started(page);
    assert.deepEqual(await root(), ["en", "light"]);
  }));

test("splitters move by key and pointer, and stay", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    const width = () => page.evaluate(() => document.querySelector(".pane--lesson").clientWidth);
    const first = await width();
    const splitter = page.getByRole("separator", { name: "Lesson width" });
    await splitter.press("ArrowRight");
    await page.waitForFunction((was) => document.querySelector(".pane--lesson").clientWidth === was + 16, first);
    const box = await splitter.boundingBox();
    await page.mouse.move(box.x + 2, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + 42, box.y + 50, { steps: 4 });
    await page.mouse.up();
    await page.waitForFunction((was) => document.querySelector(".pane--lesson").clientWidth === was + 56, first);
    await page.reload();
    await ready(page);
    assert.equal(await width(), first + 56);
    await splitter.dblclick();
    await page.waitForFunction((was) => document.querySelector(".pane--lesson").clientWidth === was, first);
  }));

test("F6 goes round the panes, Esc leaves editor and terminal", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await newFile(page, "Namespace");
    const seen = [];
    await page.locator(".cm-content").click();
    for (let count = 0; count < 5; count += 1) {
      seen.push((await focusedPane(page)).split(" ")[0]);
      await page.keyboard.press("F6");
    }
    assert.deepEqual(seen, ["pane--edit", "pane--term", "time", "pane--lesson", "pane--pic"]);
    await page.keyboard.press("F6");
    assert.match(await focusedPane(page), /pane--term/);
    await page.keyboard.press("Escape");
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("role")), "tab");
  }));

test("Korean typed through an input method arrives whole", () =>
  withPage(browser, { hash: work, language: "ko" }, async (page) => {
    await ready(page);
    await page.locator(".term__host:not([hidden])").click();
    await page.keyboard.type("echo ");
    await compose(page, ["ㅎ", "하", "한"]);
    await compose(page, ["ㄱ", "그", "글"]);
    await terminalShows(page, /echo 한글$/);
    await newFile(page, "빈 파일");
    await page.locator(".cm-content").click();
    await page.keyboard.type("# ");
    await compose(page, ["ㅍ", "파"]);
    await compose(page, ["ㄷ", "드"]);
    await page.waitForTimeout(600);
    assert.equal(await page.locator(".cm-content").innerText(), "# 파드");
  }));

test("a text that is too large is refused in words, and the page lives on", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await newFile(page, "Empty file");
    await page.locator(".cm-content").click();
    await page.evaluate(() => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", "x: y\n".repeat(2_000_000));
      document.querySelector(".cm-content").dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    });
    await page.getByText(/The file is too large \(9765 KB\)/).waitFor();
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Delete");
    await page.getByText("No problems").waitFor();
  }));

test("on a phone one pane shows at a time, with the terminal's keys", () =>
  withPage(browser, { hash: work, width: 390, height: 844, phone: true }, async (page) => {
    await ready(page);
    const shown = () => page.evaluate(() => [...document.querySelectorAll(".pane")].filter((pane) => pane.clientWidth > 0).map((pane) => pane.className.split(" ")[1]));
    assert.deepEqual(await shown(), ["pane--lesson", "pane--term"]);
    await page.getByRole("navigation", { name: "Panes" }).getByRole("button", { name: "Picture" }).tap();
    assert.deepEqual(await shown(), ["pane--pic"]);
    await page.getByRole("navigation", { name: "Panes" }).getByRole("button", { name: "Lesson" }).tap();
    await page.locator(".keybar button", { hasText: "|" }).tap();
    await terminalShows(page, /\|$/);
    const small = await page.evaluate(() =>
      [...document.querySelectorAll(".tabbar button, .keybar button, .top .btn")].map((key) => key.getBoundingClientRect().height).filter((height) => height > 0 && height < 43.9).length,
    );
    assert.equal(small, 0, "touch targets are 44 px high");
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  }));

for (const width of [390, 834, 1024]) {
  test(`a lesson with a long title does not widen a page of ${width} px`, () =>
    withPage(browser, { hash: "#/learn/why-pods", width, height: 844, phone: width < 1024 }, async (page) => {
      await ready(page);
      const button = await page.locator(".top [data-theme-button]").boundingBox();
      assert.ok(button.x + button.width <= width, `the last button ends at ${button.x + button.width} px`);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
    }));
}

test("in presenter mode nothing of the picture's bar is out of sight, and the terminal has some lines", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await page.getByRole("button", { name: "Presenter mode" }).click();
    await page.waitForFunction(() => document.querySelectorAll(".term__host:not([hidden]) .xterm-rows > div").length >= 5);
    assert.equal(await outside(page, ".pane--pic > .pane__bar *"), 0);
  }));

test("a split terminal is typed into at once", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await page.getByRole("button", { name: "Two terminals side by side" }).click();
    await page.waitForFunction(() => document.activeElement === [...document.querySelectorAll(".term__host:not([hidden]) .xterm-helper-textarea")][1]);
  }));

/** How many things in `scope` lie to the left or the right of their pane. */
const outside = (page, scope) =>
  page.evaluate((scope) => {
    return [...document.querySelectorAll(scope)].filter((one) => {
      const [box, pane] = [one.getBoundingClientRect(), one.closest(".pane").getBoundingClientRect()];
      return box.width > 0 && (box.left < pane.left || box.right > pane.right + 0.5);
    }).length;
  }, scope);

for (const [width, height] of [[390, 844], [834, 1112], [1280, 800]]) {
  test(`at ${width} px what is broken has its place beside the picture's tools`, () =>
    withPage(browser, { hash: "#/sandbox/classroom", width, height, phone: width < 1280 }, async (page) => {
      await ready(page);
      const panes = page.getByRole("navigation", { name: "Panes" });
      if (await panes.isVisible()) await panes.getByRole("button", { name: "Picture" }).click();
      await page.locator(".pic__tool").last().click();
      await page.getByRole("menuitem", { name: /registry/ }).first().click();
      await page.locator(".broken").waitFor();
      assert.equal(await outside(page, ".pane--pic > .pane__bar *"), 0, "nothing of the bar is out of sight");
      assert.equal(await page.locator(".pane--pic").evaluate((pane) => pane.scrollLeft), 0);
    }));

  test(`at ${width} px behind the scenes can be read and closed`, () =>
    withPage(browser, { hash: "#/sandbox/classroom", width, height, phone: width < 1280 }, async (page) => {
      await ready(page);
      await inTerminal(page, "kubectl run kubia --image=luksa/kubia", "pod/kubia created");
      const panes = page.getByRole("navigation", { name: "Panes" });
      if (await panes.isVisible()) await panes.getByRole("button", { name: "Picture" }).click();
      await page.getByRole("button", { name: "Behind the scenes" }).click();
      await page.locator(".seq__say p").first().waitFor();
      assert.equal(await outside(page, ".backstage > .pane__bar *, .seq__say *"), 0, "nothing of the bar and the words is out of sight");
      await page.locator(".backstage").getByRole("button", { name: "Close" }).click();
      await page.locator(".pane--pic").waitFor();
    }));
}

for (const [theme, language] of [["dark", "ko"], ["light", "en"]]) {
  for (const [width, height] of [[1440, 900], [390, 844]]) {
    for (const hash of ["", "#/learn/first-pod", work]) {
      test(`axe finds nothing: ${hash || "home"} ${theme} ${language} ${width}`, () =>
        withPage(browser, { theme, language, width, height, hash, phone: width < 720 }, async (page) => {
          await started(page);
          if (hash) await ready(page);
          await page.waitForTimeout(300);
          await page.evaluate(axe);
          const found = await page.evaluate(() => window.axe.run());
          const told = found.violations.map((rule) => `${rule.id}: ${rule.help}\n  ${rule.nodes.map((node) => node.html).join("\n  ")}`);
          assert.deepEqual(told, []);
        }));
    }
  }
}
