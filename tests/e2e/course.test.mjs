// Every lesson in the real page: "show me" types each step's solution, the checks get their ticks, questions are answered,
// the lesson ends as done, and the browser remembers it.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { launch, url, withPage } from "./harness.mjs";
import { inTerminal, ready, terminalText, type } from "./workbench.mjs";

const { parse } = createRequire(new URL("../../web/package.json", import.meta.url))("yaml");
const folder = new URL("../../lessons/", import.meta.url);
const read = (file) => parse(readFileSync(new URL(file, folder), "utf8"));
const ids = read("course.yaml").parts.flatMap((part) => part.lessons.map((lesson) => lesson.id));
const written = new Set(readdirSync(folder));

/** "Show me" types a letter every so often; here it need not wait for a reader. */
const hurry = () => {
  const { setInterval } = window;
  window.setInterval = (work, pause, ...rest) => setInterval(work, pause === 45 ? 2 : pause, ...rest);
};

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** What a question that asks for a field of an object has to be answered. */
async function fieldOf(page, { of, pointer }) {
  const [namespace, object] = of.includes(":") ? of.split(":") : ["default", of];
  const path = pointer.slice(1).replace(/\/(\d+)/g, "[$1]").replaceAll("/", ".");
  const line = `echo "(($(kubectl get ${object} -n ${namespace} -o jsonpath='{.${path}}')))"`;
  const screen = await inTerminal(page, line, "\n((");
  return screen.match(/^\(\((.*)\)\)$/m)[1];
}

/** Answers the questions of the step on the screen; predictions as they come. */
async function answer(page, step, predictions) {
  for (const [index, question] of (step.questions ?? []).entries()) {
    if (Boolean(question.predict) !== predictions) continue;
    const box = page.locator(".question").nth(index);
    const choices = await box.locator(".choice").all();
    if (choices.length === 0) {
      await box.locator("input").fill(await fieldOf(page, question.answer));
      await box.locator("form button").click();
      await box.locator(".question__said .prose").waitFor();
    } else if (predictions) {
      await choices[0].click();
      await box.locator(".choice[aria-pressed=true]").waitFor();
    } else {
      await chooseRight(box, choices);
    }
  }
}

/** Tries one choice after the other until one is right. */
async function chooseRight(box, choices) {
  for (const choice of choices) {
    await choice.click();
    await box.locator(".choice[aria-pressed=true]").waitFor();
    await box.locator(".question__said .prose").waitFor();
    if (await box.locator(".choice[aria-pressed=true] use[href='#s-done']").count()) return;
  }
  assert.fail(`no choice is right: ${await box.textContent()}`);
}

/** Waits for all ticks of the step; says what is missing. */
async function ticks(page, step) {
  try {
    await page.waitForFunction((count) => document.querySelectorAll(".checks li.met").length === count, step.check?.length ?? 0, { timeout: 60_000 });
  } catch {
    const open = await page.locator(".checks li.open").allTextContents();
    throw new Error(`${step.id} is not done: ${open.join("; ")}\n${await terminalText(page)}`);
  }
}

const showMe = async (page) => {
  await page.locator(".foot-row .menu-button").click();
  await page.locator(".foot-row .menu .menu__item").first().click();
  await page.locator(".show-me").waitFor();
  await page.locator(".show-me").waitFor({ state: "detached", timeout: 120_000 });
};

/** Plays a lesson from its first step to its last. */
async function play(page, lesson) {
  for (const [index, step] of lesson.steps.entries()) {
    const title = page.locator(`.rail li:nth-child(${index + 1})[aria-current=step]`);
    await title.waitFor();
    assert.equal(await page.locator(".checks li.met").count(), 0, `${step.id} is done before it begins`);
    await answer(page, step, true);
    if (lesson.minutes) for (const line of step.solution) await type(page, line);
    else if (step.solution?.length) await showMe(page);
    await ticks(page, step);
    await answer(page, step, false);
    if (index + 1 < lesson.steps.length) await page.locator(".foot-row .btn--go").click();
  }
}

for (const language of ["en"]) {
  test(`every lesson, played in the page (${language})`, { timeout: 1_800_000 }, async (t) => {
    await withPage(browser, { language, hash: "#/sandbox/classroom" }, async (page, faults) => {
      await page.addInitScript(hurry);
      for (const id of ids) {
        assert.ok(written.has(id), `${id} is announced but not written`);
        const lesson = read(`${id}/lesson.yaml`);
        await t.test(`${id}: ${lesson.steps.length} steps`, async () => {
          await page.goto(`${url}#/learn/${id}`);
          await page.reload();
          await ready(page);
          await page.getByRole("button", { name: "×10", exact: true }).click();
          await play(page, lesson);
          if (lesson.minutes) {
            await page.locator(".foot-row .btn--go").click();
            const points = lesson.steps.reduce((sum, step) => sum + (step.points ?? 1), 0);
            assert.match(await page.locator(".report h3").textContent(), new RegExp(`${points}.*${points}`));
          }
          await page.locator(".foot-row a.btn--go").waitFor();
          assert.equal(await page.locator(".rail li.done").count(), lesson.steps.length);
          assert.deepEqual(faults, []);
        });
      }
      await page.goto(`${url}#/`);
      await page.reload();
      await page.locator(".map .les.done").nth(ids.length - 1).waitFor();
    });
  });
}
