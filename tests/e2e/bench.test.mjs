// The workbench's tools: editor help, owners, menus that break things, terminals side by side, the inspector.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, withPage } from "./harness.mjs";
import { inTerminal, newFile, ready, replaceText, terminalShows } from "./workbench.mjs";

const work = "#/sandbox/classroom";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

test("the schema completes keys and values, with their descriptions", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await newFile(page, "Pod");
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("  restartP");
    const list = page.locator(".cm-tooltip-autocomplete");
    await list.getByRole("option", { name: /restartPolicy/ }).waitFor();
    await page.locator(".cm-completionInfo", { hasText: "Restart policy for all containers" }).waitFor();
    await page.waitForTimeout(150); // CodeMirror takes no choice from a list that has just appeared
    await page.keyboard.press("Enter");
    await page.keyboard.press("Control+Space");
    await list.getByRole("option", { name: "OnFailure" }).waitFor();
    await page.keyboard.type("Nev");
    await page.keyboard.press("Enter");
    assert.match(await page.locator(".cm-content").textContent(), /restartPolicy: Never/);
  }));

test("hovering a field says what explain says", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await newFile(page, "Pod");
    await page.locator(".cm-line", { hasText: "image: luksa/kubia" }).locator("span", { hasText: "image" }).first().hover();
    const card = page.locator(".cm-card");
    await card.waitFor();
    assert.match(await card.textContent(), /pod\.spec\.containers\.image/);
    await card.getByText(/Container image name/).waitFor();
  }));

test("the server's objections stand at their line, its additions between the lines", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await newFile(page, "Pod");
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+Enter");
    await terminalShows(page, "pod/kubia-manual created");
    assert.match(await terminalShows(page, "created"), /kubectl apply -f pod\.yaml/);
    await page.getByRole("button", { name: "What the server added" }).click();
    await page.locator(".cm-ghost", { hasText: "imagePullPolicy: Always" }).waitFor();
    // A container of a running pod cannot be renamed.
    const text = await page.evaluate(() => document.querySelector(".cm-content").cmTile?.view?.state.doc.toString() ?? "");
    const manifest = text || "apiVersion: v1\nkind: Pod\nmetadata:\n  name: kubia-manual\nspec:\n  containers:\n  - name: other\n    image: luksa/kubia\n";
    await replaceText(page, manifest.replace("- name: kubia", "- name: other"));
    await page.locator(".foot__first", { hasText: "pod updates may not" }).waitFor({ state: "attached" });
  }));

test("owners are drawn on demand, and what selects lights up what it matches", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await inTerminal(page, "kubectl create deployment web --image=nginx --replicas=2", "created");
    await inTerminal(page, "kubectl expose deployment web --port=80", "exposed");
    await page.getByRole("button", { name: "Who owns what" }).click();
    const tree = page.getByRole("tree", { name: "Who owns what" });
    await tree.locator(".own__box", { hasText: "Deployment" }).waitFor();
    assert.equal(await tree.getByRole("treeitem", { level: 3 }).count(), 2);
    await tree.locator(".own__box", { hasText: "Service" }).first().click();
    await page.locator(".sel small", { hasText: "2 pods" }).waitFor();
    assert.ok((await tree.locator(".own__box.is-lit").count()) >= 2);
  }));

test("a node's menu breaks its network, and heals it", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await page.locator("[data-node='node-2']").click({ button: "right" });
    await page.getByRole("menuitem", { name: /Cut the network/ }).click();
    const broken = page.getByRole("button", { name: "Heal: network node-2" });
    await broken.waitFor();
    await page.getByRole("group", { name: "Speed" }).getByRole("button", { name: "×100" }).click();
    await page.locator(".machine.is-down [data-node='node-2']").waitFor();
    await broken.click();
    await page.locator(".machine:not(.is-down) > [data-node='node-2']").waitFor();
  }));

test("a pod's menu is reached by keyboard and kills its container", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await inTerminal(page, "kubectl run kubia --image=luksa/kubia", "pod/kubia created");
    await inTerminal(page, "kubectl wait --for=condition=Ready pod/kubia", "condition met");
    await page.getByRole("button", { name: "Actions: kubia" }).click();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await page.locator(".box__word", { hasText: "restarts: 1" }).waitFor();
    await page.getByRole("button", { name: "Actions: kubia" }).click();
    await page.keyboard.press("Escape");
    assert.equal(await page.getByRole("menu").count(), 0);
  }));

test("the inspector sums up, shows YAML live, and opens a shell", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await inTerminal(page, "kubectl run kubia --image=luksa/kubia", "pod/kubia created");
    await inTerminal(page, "kubectl wait --for=condition=Ready pod/kubia", "condition met");
    await page.locator(".cut").getByRole("button", { name: "Inspect" }).click();
    const inspector = page.locator(".insp");
    await inspector.locator(".facts", { hasText: "Running 1/1" }).waitFor();
    await inspector.getByRole("tab", { name: "YAML" }).click();
    await inTerminal(page, "kubectl label pod kubia tier=front", "labeled");
    await inspector.locator(".is-fresh", { hasText: "tier: front" }).waitFor();
    await inspector.getByRole("tab", { name: "Shell" }).click();
    await inspector.getByRole("button", { name: "Open a shell in kubia" }).click();
    await terminalShows(page, /^#$/m);
    await page.keyboard.type("hostname\n");
    await terminalShows(page, /^kubia$/m);
  }));

test("terminals stand side by side, and are searched", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await inTerminal(page, "kubectl get nodes", "node-3");
    await page.getByRole("button", { name: "Two terminals side by side" }).click();
    await page.waitForFunction(() => document.querySelectorAll(".term__host:not([hidden])").length === 2);
    await page.getByRole("button", { name: "Two terminals side by side" }).click();
    await page.waitForFunction(() => document.querySelectorAll(".term__host:not([hidden])").length === 1);
    await page.getByRole("button", { name: "Find in the terminal" }).click();
    await page.keyboard.type("node-2");
    assert.equal(await page.locator(".find-bar [role=status]").textContent(), "");
    await page.keyboard.type("zzz");
    await page.locator(".find-bar", { hasText: "Nothing of that name" }).waitFor();
    await page.keyboard.press("Escape");
    assert.equal(await page.locator(".find-bar").count(), 0);
  }));

test("a pane folds away and comes back", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    const splitter = page.getByRole("separator", { name: "Lesson width" });
    await splitter.press("Enter");
    await page.waitForFunction(() => document.querySelector(".pane--lesson").clientWidth === 0);
    await splitter.press("Enter");
    await page.waitForFunction(() => document.querySelector(".pane--lesson").clientWidth > 200);
  }));

test("a thousand pods are legible from afar", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await inTerminal(page, "kubectl create deployment many --image=nginx --replicas=200", "created");
    await page.locator(".bay--dots").first().waitFor();
    await page.waitForFunction(() => document.querySelectorAll(".rack .pod.is-run").length > 100, null, { timeout: 60_000 });
  }));
