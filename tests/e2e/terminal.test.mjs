// The terminal as people know it: completion, colours, clearing, pasting, links, the meaning of words; and under load.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, withPage } from "./harness.mjs";
import { inTerminal, ready, terminalSays, terminalShows, terminalText, type } from "./workbench.mjs";

const work = "#/sandbox/classroom";
let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

test("Tab completes, the prompt has colours, clear clears, a paste arrives, words are explained", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await terminalShows(page, "$");
    assert.ok((await page.locator(".term__host:not([hidden]) .xterm-rows [class*='xterm-fg-']").count()) > 0, "the prompt is coloured");
    await inTerminal(page, "kubectl run broken --image=nignx", "pod/broken created");
    await page.keyboard.type("kubectl desc\t");
    await terminalShows(page, /kubectl describe $|kubectl describe$/);
    await page.keyboard.type("po\t"); // pods, podtemplates, poddisruptionbudgets
    await terminalShows(page, /kubectl describe pod$/);
    await page.keyboard.type(" bro\t");
    await terminalShows(page, /kubectl describe pod broken/);
    await page.keyboard.press("Control+u");
    await page.keyboard.type("kubectl \t\t");
    await terminalShows(page, /api-resources[\s\S]*wait/);
    await page.keyboard.press("Control+u");
    await page.evaluate(() => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", "echo pasted-text");
      document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    });
    await terminalShows(page, /echo pasted-text$/);
    await page.keyboard.type("\n");
    await terminalShows(page, /^pasted-text$/m);
    await type(page, "clear");
    await page.waitForFunction(() => !document.querySelector(".term__host:not([hidden]) .xterm-rows").textContent.includes("pasted-text"));
    await page.waitForTimeout(4000);
    await inTerminal(page, "kubectl get pods", "broken");
    await terminalShows(page, /ErrImagePull|ImagePullBackOff/);
    // The gloss is of the page, never in the output.
    const row = page.locator(".term__host:not([hidden]) .xterm-rows > div", { hasText: /ErrImagePull|ImagePullBackOff/ }).first();
    const text = (await row.textContent()).replaceAll("\u00a0", " ");
    const box = await row.boundingBox();
    const cell = await page.evaluate(() => {
      const host = document.querySelector(".term__host:not([hidden]) .xterm-screen");
      return { width: host.clientWidth, columns: document.querySelector(".term__host:not([hidden]) .xterm-rows > div").textContent.length };
    });
    const columns = Math.max(cell.columns, 80);
    await page.mouse.move(box.x + 5, box.y + box.height * 3);
    for (let step = 0; step < 40 && !(await page.locator(".gloss").count()); step += 1) {
      await page.mouse.move(box.x + ((text.search(/ErrImage|ImagePull/) + 3 + step / 10) * cell.width) / columns, box.y + box.height / 2);
      await page.waitForTimeout(50);
    }
    await page.locator(".gloss", { hasText: "The image could not be pulled" }).waitFor();
    assert.ok(!(await terminalText(page)).includes("could not be pulled"));
  }));

/** Milliseconds from a key to the next frame, the middle one of ten. */
async function answer(page) {
  await page.evaluate(() => {
    window.answers = [];
    window.addEventListener("keydown", (event) => requestAnimationFrame(() => setTimeout(() => window.answers.push(performance.now() - event.timeStamp))), true);
  });
  for (let count = 0; count < 10; count += 1) {
    await page.keyboard.press("F6");
    await page.waitForTimeout(60);
  }
  const list = await page.evaluate(() => window.answers.sort((a, b) => a - b));
  return list[Math.floor(list.length / 2)];
}

for (const [what, line] of [
  ["yes", "yes"],
  ["a fork bomb", "bomb() { bomb | bomb & }; bomb"],
  ["an endless loop", "while :; do :; done"],
]) {
  test(`the page answers a key while ${what} runs`, (t) =>
    withPage(browser, { hash: work }, async (page) => {
      await ready(page);
      await terminalShows(page, "$");
      const resting = await answer(page);
      await type(page, line);
      await page.waitForTimeout(1000);
      const busy = await answer(page);
      t.diagnostic(`a key is answered after ${busy.toFixed()} ms, at rest after ${resting.toFixed()} ms`);
      await page.locator(".term__host:not([hidden])").click();
      await page.keyboard.press("Control+c");
      await page.keyboard.press("Control+c");
      if (what !== "a fork bomb") await terminalSays(page, "^C");
      await page.getByRole("button", { name: "New terminal" }).click();
      await page.waitForFunction(() => document.querySelectorAll(".term__host").length === 2);
    }));
}
