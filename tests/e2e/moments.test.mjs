// Time: back to a moment, on from there, undo, comparing, skipping; and one command's journey behind the scenes.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, withPage } from "./harness.mjs";
import { inTerminal, ready, terminalShows, type } from "./workbench.mjs";

const work = "#/sandbox/classroom";
const pods = (page) => page.locator(".rack [role=treeitem][data-uid]").count();
const slider = (page) => page.getByRole("slider");

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** A cluster in which one pod was made, and then another. */
async function twoPods(page) {
  await ready(page);
  await inTerminal(page, "kubectl run one --image=nginx", "pod/one created");
  await inTerminal(page, "kubectl wait --for=condition=Ready pod/one", "condition met");
  await inTerminal(page, "kubectl run two --image=nginx", "pod/two created");
  await inTerminal(page, "kubectl wait --for=condition=Ready pod/two", "condition met");
  await page.waitForFunction(() => document.querySelectorAll(".rack [role=treeitem][data-uid]").length === 2);
}

test("the score leads back to a moment, and the whole page shows it", () =>
  withPage(browser, { hash: work }, async (page) => {
    await twoPods(page);
    // From command to command: before the last, before the second run, …
    await slider(page).focus();
    await page.keyboard.press("PageDown");
    await page.keyboard.press("PageDown");
    await page.locator(".past").waitFor();
    assert.equal(await pods(page), 1);
    assert.ok(!(await terminalShows(page, "kubectl")).includes("pod/two created"));
    // What was, was: keys do nothing.
    await type(page, "kubectl delete pod one --now");
    await page.waitForTimeout(300);
    assert.equal(await pods(page), 1);
    await page.locator(".past").getByRole("button", { name: "Back to now" }).click();
    await page.waitForFunction(() => document.querySelectorAll(".rack [role=treeitem][data-uid]").length === 2);
    assert.equal(await page.locator(".past").count(), 0);
  }));

test("dragging goes back, and from there one can go on as a branch, and return", () =>
  withPage(browser, { hash: work }, async (page) => {
    await twoPods(page);
    const box = await page.locator(".score").boundingBox();
    await page.mouse.move(box.x + box.width * 0.05, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + 2, box.y + 40, { steps: 3 });
    await page.mouse.up();
    await page.locator(".past").waitFor();
    assert.equal(await pods(page), 0);
    await page.locator(".past").getByRole("button", { name: "Go on from here" }).click();
    await inTerminal(page, "kubectl run other --image=nginx", "pod/other created");
    await page.waitForFunction(() => document.querySelectorAll(".rack [role=treeitem][data-uid]").length === 1);
    await page.getByRole("button", { name: "Switch to the branch you left" }).click();
    await page.waitForFunction(() => document.querySelectorAll(".rack [role=treeitem][data-uid]").length === 2);
  }));

test("the last command is undone", () =>
  withPage(browser, { hash: work }, async (page) => {
    await twoPods(page);
    await inTerminal(page, "kubectl delete pod one --now", 'pod "one" deleted');
    await page.waitForFunction(() => document.querySelectorAll(".rack [role=treeitem][data-uid]").length === 1);
    await page.getByRole("button", { name: "Undo the last command" }).click();
    await page.waitForFunction(() => document.querySelectorAll(".rack [role=treeitem][data-uid]").length === 2);
    assert.match(await page.locator(".notice").textContent(), /Undone: kubectl delete pod one --now/);
    // It is a session like any other.
    await inTerminal(page, "kubectl get pods", "two");
    await page.reload();
    await ready(page);
    await page.waitForFunction(() => document.querySelectorAll(".rack [role=treeitem][data-uid]").length === 2);
  }));

test("two moments are compared", () =>
  withPage(browser, { hash: work }, async (page) => {
    await twoPods(page);
    await inTerminal(page, "kubectl label pod one tier=front", "labeled");
    await page.getByRole("button", { name: "Compare two moments" }).click();
    const dialog = page.getByRole("dialog");
    const changed = dialog.locator(".diff", { hasText: "default/one" });
    await changed.waitFor();
    assert.match(await changed.textContent(), /metadata\.labels\.tier/);
    await page.keyboard.press("Escape");
    assert.equal(await page.getByRole("dialog").count(), 0);
  }));

test("skipping goes on to when something happens", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await inTerminal(page, "kubectl run done --image=busybox --restart=Never -- sleep 45", "pod/done created");
    await page.getByRole("button", { name: "Pause time" }).click();
    const skip = page.getByRole("button", { name: "Skip to when something happens" });
    for (let count = 0; count < 30; count += 1) {
      await skip.click();
      await page.waitForTimeout(80);
      if (await page.locator(".rack .is-done").count()) return;
    }
    assert.fail("the pod never came to its end");
  }));

test("one command's journey is drawn, all at once and step by step", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await inTerminal(page, "kubectl create deployment web --image=nginx", "created");
    await inTerminal(page, "kubectl wait --for=condition=Available deployment/web", "condition met");
    await page.getByRole("button", { name: "Behind the scenes" }).click();
    const stage = page.locator(".backstage");
    await stage.getByRole("combobox").selectOption({ label: "kubectl create deployment web --image=nginx" });
    const text = await stage.locator(".seq").textContent();
    for (const words of ["POST deployments", "201 Created", "ADDED Deployment web", "bind web-", "PullImage", "StartContainer nginx"]) {
      assert.ok(text.includes(words), `${words} is not in ${text}`);
    }
    const all = await stage.locator(".msg").count();
    await stage.getByRole("button", { name: "Next message" }).click();
    assert.equal(await stage.locator(".msg").count(), 1);
    await stage.getByRole("button", { name: "Next message" }).click();
    assert.equal(await stage.locator(".msg").count(), 2);
    await stage.getByRole("button", { name: "At human speed" }).click();
    await stage.getByRole("button", { name: "All at once" }).click();
    await page.waitForFunction((all) => document.querySelectorAll(".msg").length === all, all);
    await stage.getByRole("button", { name: "Close" }).click();
    await page.locator(".pane--pic").waitFor();
  }));
