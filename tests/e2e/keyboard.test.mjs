// Without a mouse: a lesson from the home screen to its next step, the tree as a screen reader has it, the palette.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inTerminal, ready, terminalSays } from "./workbench.mjs";
import { launch, started, withPage } from "./harness.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** Presses a key until what has the keyboard is as wanted. */
async function until(page, key, wanted, most = 60) {
  for (let count = 0; count < most; count += 1) {
    if (await page.evaluate((selector) => Boolean(document.activeElement?.matches(selector)), wanted)) return;
    await page.keyboard.press(key);
  }
  assert.fail(`${key} never led to ${wanted}; it is at ${await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200))}`);
}

test("a lesson's step by keyboard alone, its result in the tree of a screen reader", () =>
  withPage(browser, {}, async (page) => {
    await started(page);
    await until(page, "Tab", ".hero .btn--go");
    await page.keyboard.press("Enter");
    await ready(page);
    await until(page, "F6", ".pane--term, .pane--term *", 10);
    await page.keyboard.type("kubectl run kubia --image=luksa/kubia --port=8080\n");
    await terminalSays(page, "pod/kubia created");
    const tree = page.getByRole("tree", { name: "Cluster: nodes and pods" });
    const item = tree.getByRole("treeitem", { name: /^kubia, pod, Running, 1 of 1 ready, on node-\d/, level: 2 });
    await item.waitFor({ timeout: 30_000 });
    await page.locator(".lesson__foot .btn--go").waitFor({ timeout: 30_000 });
    // Into the picture, along the tree, into the pod.
    await until(page, "F6", ".pane--pic, .pane--pic *", 10);
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("role")), "treeitem");
    await page.keyboard.press("Home");
    await until(page, "ArrowDown", "[data-pod='default/kubia']");
    assert.equal(await item.getAttribute("aria-selected"), "true");
    await page.keyboard.press("ArrowRight");
    const inside = await page.getByRole("group", { name: "Inside pod kubia" }).ariaSnapshot();
    assert.match(inside, /treeitem "container kubia, Running, image luksa\/kubia/);
    assert.match(inside, /treeitem "The pod’s network: IP [\d.]+, hostname kubia, listening ports 8080/);
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("aria-level")), "3");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Enter");
    await page.getByRole("tabpanel", { name: "kubia" }).waitFor();
    // On to the next step.
    await until(page, "F6", ".pane--lesson, .pane--lesson *", 10);
    await until(page, "Tab", ".lesson__foot .btn--go");
    await page.keyboard.press("Enter");
    await page.locator(".rail li:nth-child(2).now").waitFor();
    assert.match(await page.locator("[aria-live], [role=status]").allTextContents().then((all) => all.join(" ")), /Running|Done/);
  }));

test("the palette reaches every action, and the shortcuts are listed", () =>
  withPage(browser, { hash: "#/sandbox/classroom", theme: "dark" }, async (page) => {
    await ready(page);
    await inTerminal(page, "kubectl run kubia --image=luksa/kubia", "pod/kubia created");
    const choose = async (words) => {
      await page.locator(".pane--pic").focus();
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox", { name: "Find" }).fill(words);
      await page.keyboard.press("Enter");
      await page.getByRole("combobox", { name: "Find" }).waitFor({ state: "detached" });
    };
    await choose("light theme");
    await page.locator("html[data-theme=light]").waitFor();
    await page.locator("[data-pod='default/kubia']").waitFor(); // it is offered once it is drawn
    await choose("inspect kubia");
    await page.locator(".insp h2", { hasText: "kubia" }).waitFor();
    await choose("new file service");
    await page.getByRole("tab", { name: "service.yaml" }).waitFor();
    const letters = () => page.locator(".term__host:not([hidden]) .xterm-rows").evaluate((rows) => parseFloat(getComputedStyle(rows).fontSize));
    const before = await letters();
    await choose("presenter");
    await page.locator("html[data-present=on]").waitFor();
    await choose("presenter");
    await page.waitForFunction((was) => parseFloat(getComputedStyle(document.querySelector(".term__host:not([hidden]) .xterm-rows")).fontSize) === was, before);
    await choose("larger letters");
    await page.waitForFunction((was) => parseFloat(getComputedStyle(document.querySelector(".term__host:not([hidden]) .xterm-rows")).fontSize) > was, before);
    await choose("kubectl get nodes");
    await terminalSays(page, "node-3");
    await choose("fault network node-1");
    await page.getByRole("button", { name: "Heal: network node-1" }).waitFor();
    await page.locator(".pane--pic").focus();
    await page.keyboard.press("?");
    const list = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    for (const keys of ["Ctrl K", "F6", "Ctrl Enter"]) await list.getByText(keys, { exact: true }).waitFor();
    await page.keyboard.press("Escape");
    assert.equal(await list.count(), 0);
  }));
