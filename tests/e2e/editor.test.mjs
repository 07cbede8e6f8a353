// The editor: quick fixes, what waits for it in the terminal, folding, templates.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, withPage } from "./harness.mjs";
import { inTerminal, newFile, ready, replaceText, terminalSays, terminalShows, type } from "./workbench.mjs";

const work = "#/sandbox/classroom";
const POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: main\n    image: nginx\n";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const text = (page) => page.locator(".cm-content").evaluate((content) => [...content.querySelectorAll(".cm-line")].map((line) => line.textContent).join("\n"));

const FIXES = [
  { what: "an unknown field", wrong: POD.replace("image:", "images:"), at: "images:", right: "    image: nginx" },
  { what: "a missing field", wrong: POD.replace("    image: nginx\n", ""), at: "- name: main", right: "  - image: nginx" },
  { what: "a wrong type", wrong: `${POD}    command: sleep\n`, at: "command:", right: '    command: ["sleep"]' },
  { what: "a name that is there already", wrong: `${POD}  - name: main\n    image: redis\n`, at: "- name: main >> nth=1", right: "  - name: main-2" },
  { what: "a name that breaks the rules", wrong: POD.replace("name: a", "name: My_Pod"), at: "name: My_Pod", right: "  name: my-pod" },
  { what: "a label that breaks the rules", wrong: POD.replace("  name: a\n", "  name: a\n  labels:\n    app: my app!\n"), at: "app: my", right: "    app: my-app" },
];

test("the common faults are mended by one key", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await newFile(page, "Empty file");
    for (const { what, wrong, at, right } of FIXES) {
      await replaceText(page, wrong);
      await page.locator(".foot__fault").waitFor();
      const [line, nth] = at.split(" >> nth=");
      await page.locator(".cm-line", { hasText: line }).nth(Number(nth ?? 0)).click();
      await page.keyboard.press("Control+.");
      await page.getByText("No problems").waitFor();
      assert.ok((await text(page)).split("\n").includes(right), `${what}: ${await text(page)}`);
    }
  }));

test("vi and kubectl edit open the page's editor, and go on when it is done", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await type(page, "vi notes.txt");
    await page.getByRole("button", { name: /Save and close/ }).waitFor();
    await replaceText(page, "remember the milk\n");
    await page.getByRole("button", { name: /Save and close/ }).click();
    await page.waitForTimeout(300);
    await inTerminal(page, "cat notes.txt", "\nremember the milk");
    await inTerminal(page, "kubectl run kubia --image=luksa/kubia", "pod/kubia created");
    await type(page, "kubectl edit pod kubia");
    await page.getByRole("button", { name: /Save and close/ }).waitFor();
    await page.locator(".cm-line", { hasText: "run: kubia" }).first().click();
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await page.keyboard.type("tier: front");
    await page.keyboard.press("Control+Enter");
    await terminalSays(page, "pod/kubia edited");
    await inTerminal(page, "kubectl get pod kubia -L tier", "front");
  }));

test("a file goes back to the terminal that waits for it, not to the one in front", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    const saved = page.getByRole("button", { name: /Save and close/ });
    await type(page, "vi notes.txt");
    await saved.waitFor();
    await page.getByRole("button", { name: "New terminal" }).click();
    await inTerminal(page, "echo $((6*7))", "\n42");
    await replaceText(page, "remember the milk\n");
    await saved.click();
    await terminalSays(page, "notes.txt is open in the editor");
    await page.waitForFunction(() => document.activeElement?.matches(".term__host:not([hidden]) .xterm-helper-textarea"));
    await page.keyboard.type("cat notes.txt\n");
    await terminalSays(page, "\nremember the milk");
    // One that is interrupted waits no longer.
    await type(page, "vi notes.txt");
    await saved.waitFor();
    await page.locator(".term__host:not([hidden])").click();
    await page.keyboard.press("Control+c");
    await saved.waitFor({ state: "detached" });
  }));

test("templates are sound, keys fold, and Ctrl+Enter types the command", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    for (const [template, file] of [["Pod with two containers", "two-containers.yaml"], ["Deployment", "deployment.yaml"], ["Service", "service.yaml"], ["Namespace", "namespace.yaml"]]) {
      await newFile(page, template);
      await page.getByRole("tab", { name: file }).and(page.locator("[aria-selected=true]")).waitFor();
      await page.getByText("No problems").waitFor();
      await page.locator(".cm-content").click();
      await page.keyboard.press("Control+Enter");
      await terminalSays(page, `kubectl apply -f ${file}`);
      await terminalSays(page, "created");
    }
    await page.getByRole("tab", { name: "deployment.yaml" }).click();
    await page.locator(".cm-line", { hasText: "template:" }).click();
    const before = await page.locator(".cm-line").count();
    await page.keyboard.press("Control+Shift+BracketLeft");
    await page.locator(".cm-foldPlaceholder").waitFor();
    assert.ok((await page.locator(".cm-line").count()) < before);
    await terminalShows(page, "service/web created");
  }));
