// Every lesson in the real page: "show me" types each step's solution, the checks get their ticks, questions are answered,
// the lesson ends as done, and the browser remembers it.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { launch, newContext, withPageIn } from "./harness.mjs";
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

/** In Korean some are played: the words differ, the clusters do not. `ONLY=id,id` in the environment plays those alone. */
const only = process.env.ONLY?.split(",");
const played = (list) => list.filter((id) => ids.includes(id) && (only?.includes(id) ?? true));
const LANGUAGES = { en: played(ids), ko: played(["first-pod", "how-many", "capstone"]) };

/** A lesson's preparations are played before it opens. */
const PATIENCE = 40_000;

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

/** The right choices of a lesson's questions, as its words mark them, by step and question. */
function marked(id, language) {
  const found = {};
  let step, question;
  for (const line of readFileSync(new URL(`${id}/${language}.md`, folder), "utf8").split("\n")) {
    step = line.match(/^## (\S+)/)?.[1] ?? step;
    question = line.match(/^:::question (\S+)/)?.[1] ?? question;
    const right = line.match(/^- \[x\] (.*)/)?.[1].trim();
    if (right) found[`${step} ${question}`] = right;
  }
  return found;
}

/** Answers the questions of the step on the screen; predictions as they come. */
async function answer(page, step, right, predictions) {
  for (const [index, question] of (step.questions ?? []).entries()) {
    if (Boolean(question.predict) !== predictions) continue;
    const box = page.locator(".question").nth(index);
    const choices = await box.locator(".choice").count();
    if (choices) await box.locator(".choice", { has: page.getByText(right[`${step.id} ${question.id}`], { exact: true }) }).click();
    else {
      await box.locator("input").fill(await fieldOf(page, question.answer));
      await box.locator("form button").click();
    }
    if (predictions) await box.locator(".choice[aria-pressed=true]").waitFor();
    else if (choices) await box.locator(".choice[aria-pressed=true] use[href='#s-done']").waitFor();
    if (!predictions) await box.locator(".question__said .prose").waitFor();
  }
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

/** Time goes faster than a reader would like, but not so fast that typing cannot keep up; faster still through minutes of sleep. */
async function hasten(page, step) {
  const lines = (step.solution ?? []).join("\n");
  const sleepsLong = [...lines.matchAll(/^sleep (\d+)/gm)].some(([, seconds]) => seconds >= 100);
  const speed = sleepsLong ? "×100" : "×10";
  await page.getByRole("button", { name: speed, exact: true }).click();
}

/** Plays a lesson from its first step to its last. */
async function play(page, lesson, right) {
  for (const [index, step] of lesson.steps.entries()) {
    const title = page.locator(`.rail li:nth-child(${index + 1})[aria-current=step]`);
    await title.waitFor();
    if (step.check?.length) await page.locator(".checks li.open").first().waitFor(); // it is not done before it begins
    await hasten(page, step);
    await answer(page, step, right, true);
    if (lesson.minutes) for (const line of step.solution) await type(page, line);
    else if (step.solution?.length) await showMe(page);
    await ticks(page, step);
    await answer(page, step, right, false);
    if (index + 1 < lesson.steps.length) await page.locator(".foot-row .btn--go").click();
  }
}

/** Opens a lesson, plays it, and finds it done. */
async function playWhole(page, id, lesson, language) {
  await ready(page);
  await play(page, lesson, marked(id, language));
  if (lesson.minutes) {
    await page.locator(".foot-row .btn--go").click();
    const points = lesson.steps.reduce((sum, step) => sum + (step.points ?? 1), 0);
    assert.match(await page.locator(".report h3").textContent(), new RegExp(`${points}.*${points}`));
  }
  const on = page.locator(".foot-row a.btn--go");
  await on.waitFor();
  const next = ids[ids.indexOf(id) + 1];
  assert.equal(await on.getAttribute("href"), next ? `#/learn/${next}` : "#/");
  assert.equal(await page.locator(".rail li.done").count(), lesson.steps.length);
}

for (const [language, chosen] of Object.entries(LANGUAGES).filter(([, chosen]) => chosen.length)) {
  describe(`every step, played in the page (${language})`, () => {
    let context;
    before(async () => {
      context = await newContext(browser, { language });
      await context.addInitScript(hurry);
    });
    after(() => context.close());
    for (const id of chosen) {
      test(id, { timeout: 240_000 }, async () => {
        assert.ok(written.has(id), `${id} is announced but not written`);
        const lesson = read(`${id}/lesson.yaml`);
        await withPageIn(context, { hash: `#/learn/${id}`, patience: PATIENCE }, (page) => playWhole(page, id, lesson, language));
      });
    }
    test("the browser remembers what was finished", () =>
      withPageIn(context, { hash: "#/" }, async (page) => {
        await page.locator(".map .les.done").nth(chosen.length - 1).waitFor();
      }));
  });
}
