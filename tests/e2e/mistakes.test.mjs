// What people get wrong, and worse: a clear message each, nothing lost, the page alive.
import { after, before, test } from "node:test";
import { launch, withPage } from "./harness.mjs";
import { inTerminal, newFile, ready, replaceText, terminalSays, type } from "./workbench.mjs";

const work = "#/sandbox/classroom";
const pod = (text) => `apiVersion: v1\nkind: Pod\nmetadata:\n  name: kubia\nspec:\n  containers:\n  - name: kubia\n${text}`;

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const MANIFESTS = [
  { what: "a tab", text: pod("    image: luksa/kubia\n").replace("  name: kubia\nspec", "\tname: kubia\nspec"), says: "found character that cannot start any token" },
  { what: "kind: pod", text: pod("    image: luksa/kubia\n").replace("Pod", "pod"), says: 'no kind "pod" is registered for version "v1"' },
  { what: "images:", text: pod("    images: luksa/kubia\n"), says: 'unknown field "spec.containers[0].images"' },
];

for (const { what, text, says } of MANIFESTS) {
  test(`a manifest with ${what} is refused in words, in the editor and at the prompt`, () =>
    withPage(browser, { hash: work }, async (page) => {
      await ready(page);
      await newFile(page, "Empty file");
      await replaceText(page, text);
      await page.locator(".foot__first").waitFor();
      await page.keyboard.press("Control+Enter");
      await terminalSays(page, says);
      await replaceText(page, pod("    image: luksa/kubia\n"));
      await page.getByText("No problems").waitFor();
      await page.keyboard.press("Control+Enter");
      await terminalSays(page, "pod/kubia created");
    }));
}

test("an endless loop burns virtual time, not the page, and Ctrl-C ends it", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await type(page, "while true; do :; done");
    await page.waitForTimeout(1000);
    const started = Date.now();
    await page.getByRole("button", { name: "Light theme" }).click();
    const answered = Date.now() - started;
    if (answered > 1500) throw new Error(`a click took ${answered} ms while the loop ran`);
    await page.locator(".term__host:not([hidden])").click();
    await page.keyboard.press("Control+c");
    await inTerminal(page, "echo $((6 * 7))", "\n42");
  }));

test("a command that prints without end can be stopped", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await type(page, "yes");
    await page.waitForTimeout(1000);
    await page.keyboard.press("Control+c");
    await inTerminal(page, "echo $((6 * 7))", "\n42");
  }));
