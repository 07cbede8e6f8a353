// A lesson's own tools: show me, the goal, starting over, progress as a file.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { launch, started, withPage } from "./harness.mjs";
import { inTerminal, ready, terminalShows } from "./workbench.mjs";

const lesson = "#/learn/first-pod";
const help = (page) => page.getByRole("button", { name: "Help with this step" });

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

test("the solution is shown by typing it, and the step can start over", () =>
  withPage(browser, { hash: lesson }, async (page) => {
    await ready(page);
    await help(page).click();
    await page.getByRole("button", { name: "Show me" }).click();
    await page.locator(".show-me").waitFor();
    await page.locator(".checks li.met").first().waitFor({ timeout: 30_000 });
    await terminalShows(page, "created");
    await help(page).click();
    await page.getByRole("button", { name: "Start this step over" }).click();
    await page.locator(".checks li.open").first().waitFor();
    assert.equal(await page.locator(".rack [role=treeitem][data-uid]").count(), 0);
  }));

test("a word that the glossary tells of looks as the prose around it, and tells", () =>
  withPage(browser, { hash: lesson }, async (page) => {
    await ready(page);
    const word = page.locator(".pane--lesson .term").first();
    const [font, background, height, around] = await word.evaluate((word) => {
      const [own, prose] = [getComputedStyle(word), getComputedStyle(word.parentElement)];
      return [own.font, own.backgroundColor, word.getBoundingClientRect().height / parseFloat(prose.lineHeight), prose.font];
    });
    assert.deepEqual([font, background], [around, "rgba(0, 0, 0, 0)"]);
    assert.ok(height < 1.2, `it is ${height} lines high`);
    await word.click();
    await page.locator(".told:popover-open").waitFor();
  }));

test("a hint, what is said of a wrong turn and a question that is left come into sight", () =>
  withPage(browser, { hash: lesson, width: 1280, height: 720 }, async (page) => {
    await ready(page);
    const seen = (thing) =>
      page.waitForFunction((thing) => {
        const [box, body] = [thing, ".lesson__body"].map((one) => [...document.querySelectorAll(one)].at(-1)?.getBoundingClientRect());
        return box && box.top < body.bottom - 20 && box.bottom > body.top + 20;
      }, thing);
    await page.getByRole("button", { name: /^Hint/ }).click();
    await seen(".hint");
    await page.locator(".lesson__body").evaluate((body) => body.scrollTo(0, 0));
    await inTerminal(page, "kubectl run luksa --image=luksa/kubia", "pod/luksa created");
    await seen(".slip");
    await inTerminal(page, "kubectl run kubia --image=luksa/kubia", "pod/kubia created");
    await page.locator(".lesson__foot .btn--go").click();
    await inTerminal(page, "kubectl wait --for=condition=Ready pod/kubia", "condition met");
    await inTerminal(page, "kubectl get pods", "1/1");
    await page.getByRole("button", { name: "Next step" }).click({ force: true }); // it says that it cannot yet
    await seen(".question");
    assert.ok(await page.evaluate(() => document.activeElement.closest(".question")), "the keyboard is there, too");
    await page.locator(".lesson__body").evaluate((body) => body.scrollTo(0, 0));
    await page.getByRole("button", { name: "Answer the questions (0/1)" }).click();
    await seen(".question");
  }));

test("the goal is drawn beside what is", () =>
  withPage(browser, { hash: lesson }, async (page) => {
    await ready(page);
    await help(page).click();
    await page.getByRole("button", { name: "The goal" }).click();
    await page.locator(".goal", { hasText: "kubia" }).waitFor();
  }));

test("progress goes out as a file and comes back in another browser", async () => {
  const file = path.join(tmpdir(), `podground-${process.pid}.json`);
  await withPage(browser, { hash: lesson }, async (page) => {
    await ready(page);
    await inTerminal(page, "kubectl run kubia --image=luksa/kubia", "pod/kubia created");
    await page.goto(page.url().replace(/#.*/, "#/"));
    await started(page);
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save your progress to a file" }).click();
    await (await download).saveAs(file);
  });
  assert.match(await readFile(file, "utf8"), /podground-progress/);
  await withPage(browser, {}, async (page) => {
    await started(page);
    await page.getByLabel("Bring progress from a file").setInputFiles(file);
    await page.getByRole("link", { name: "Continue" }).click();
    await page.locator(".rack [data-pod='default/kubia']").waitFor();
  });
  await withPage(browser, {}, async (page) => {
    await started(page);
    const wrong = `${file}.wrong`;
    await writeFile(wrong, "{}");
    await page.getByLabel("Bring progress from a file").setInputFiles(wrong);
    await page.locator(".notice", { hasText: "not a Podground progress file" }).waitFor();
  });
});
