// The whole path: a pod from YAML, talked to, looked into; a lesson to its end; a reload that loses nothing.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, withPage } from "./harness.mjs";
import { terminalShows, inTerminal, ready, replaceText, newFile, terminalSays, type } from "./workbench.mjs";

const work = "#/sandbox/classroom";
const KUBIA = `apiVersion: v1
kind: Pod
metadata:
  name: kubia-manual
  labels:
    env: prod
spec:
  containers:
  - image: luksa/kubia
    name: kubia
    ports:
    - containerPort: 8080
      protocol: TCP
`;

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** A pod's box in the picture, once it is in the state whose class this is. */
const podIs = (page, name, state) => page.locator(`.pane--pic .pod.${state}`, { hasText: name }).first().waitFor({ timeout: 60_000 });

test("a pod from the editor: created by Ctrl+Enter, watched, asked, entered", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await newFile(page, "Empty file");
    await replaceText(page, KUBIA);
    await page.keyboard.press("Control+Enter");
    await terminalSays(page, "pod/kubia-manual created");
    await podIs(page, "kubia-manual", "is-run");
    await inTerminal(page, "kubectl get pod kubia-manual", "1/1 Running 0");
    await inTerminal(page, "kubectl logs kubia-manual", "Kubia server starting...");
    await inTerminal(page, "kubectl exec kubia-manual -- hostname", "kubia-manual");
    await type(page, "kubectl port-forward kubia-manual 8888:8080 &");
    await terminalSays(page, "Forwarding from 127.0.0.1:8888 -> 8080");
    await inTerminal(page, "curl -s localhost:8888", "You've hit kubia-manual");
    await type(page, "kubectl exec -it kubia-manual -- bash");
    await terminalSays(page, "root@kubia-manual:/#");
    await type(page, "exit");
    await inTerminal(page, "kubectl delete pod kubia-manual", 'pod "kubia-manual" deleted from default namespace');
    await page.locator(".pane--pic .pod", { hasText: "kubia-manual" }).waitFor({ state: "detached", timeout: 60_000 });
  }));

test("a reload loses nothing", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await newFile(page, "Empty file");
    await replaceText(page, "# mine\n");
    await inTerminal(page, "kubectl run web --image=nginx", "pod/web created");
    await podIs(page, "web", "is-run");
    await inTerminal(page, "greeting='still here'", "");
    await page.waitForTimeout(1500);
    await page.reload();
    await ready(page);
    await podIs(page, "web", "is-run");
    await inTerminal(page, "kubectl get pods", "web 1/1 Running");
    await inTerminal(page, 'echo "$greeting"', "\nstill here");
    assert.equal((await page.locator(".cm-content").innerText()).trim(), "# mine");
  }));

test("the first lesson can be finished by clicking its commands and answering its questions", () =>
  withPage(browser, { hash: "#/learn/first-pod" }, async (page) => {
    await ready(page);
    const steps = await page.locator(".rail li").count();
    assert.ok(steps >= 3);
    for (let step = 0; step < steps; step += 1) {
      const commands = await page.locator(".prose [data-run]").evaluateAll((buttons) => buttons.map((button) => button.dataset.run));
      for (const command of commands) {
        await page.locator(`.prose [data-run="${command}"]`).first().click();
        await page.locator(`.prose [data-run="${command}"].was-run`).first().waitFor();
      }
      await answerAll(page);
      const last = step + 1 === steps;
      const onward = page.locator(".lesson__foot .btn--go");
      await onward.waitFor({ timeout: 60_000 });
      assert.equal(await page.locator(".checks .open").count(), 0);
      if (last) {
        assert.match(await onward.getAttribute("href"), /^#\/(learn\/|$)/);
      } else {
        await onward.click();
        await page.locator(`.rail li:nth-child(${step + 2}).now`).waitFor();
      }
    }
    await page.getByRole("button", { name: /한국어/ }).click();
    assert.equal(await page.evaluate(() => document.documentElement.lang), "ko");
    assert.match(await page.locator(".pane--lesson h1").textContent(), /[가-힣]/);
    await page.reload();
    await ready(page);
    assert.equal(await page.locator(".rail li.done").count(), steps);
  }));

/** Answers the step's questions: choices one after the other, fields from what the cluster says of the pod. */
async function answerAll(page) {
  const questions = page.locator(".question");
  for (let index = 0; index < (await questions.count()); index += 1) {
    const question = questions.nth(index);
    const choices = await question.locator(".choice").count();
    for (let choice = 0; choice < choices; choice += 1) {
      await question.locator(".choice").nth(choice).click();
      // The verdict is the clicked choice's once the page shows that choice as given.
      await page.waitForFunction(
        ([at, which]) => document.querySelectorAll(".question")[at]?.querySelectorAll(".choice")[which]?.getAttribute("aria-pressed") === "true",
        [index, choice],
      );
      if (await isRight(question)) break;
    }
    if (choices === 0) {
      for (const path of ["{.spec.nodeName}", "{.status.podIP}"]) {
        await inTerminal(page, `kubectl get pod kubia -o jsonpath='>${path}<'`, "kubectl");
        const said = await terminalShows(page, />[^<>{}$]+</);
        await question.locator("input").fill(said.match(/>([^<>{}$]+)</)?.[1] ?? "");
        await question.locator("button").click();
        await page.waitForTimeout(500); // a field's verdict has no mark of its own to wait for
        if (await isRight(question)) break;
      }
    }
    assert.ok(await isRight(question), `no answer is right: ${await question.textContent()}`);
  }
}

async function isRight(question) {
  const verdict = question.locator(".question__said b");
  await verdict.waitFor();
  return /right/.test(await verdict.textContent());
}
