// A teacher's own lessons in the page: a folder or a zip dropped on it, a zip chosen, an address of the same origin. What is
// wrong with them is told in words, in both languages, and nothing of them runs script.
import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch, newContext, started, url, withPage, withPageIn } from "./harness.mjs";
import { inTerminal, ready } from "./workbench.mjs";

const { zipSync } = createRequire(new URL("../../web/package.json", import.meta.url))("fflate");
const lessons = fileURLToPath(new URL("../../lessons/", import.meta.url));

/** Lessons are proved on the way. */
const PATIENCE = 30_000;

let browser, folder;
before(async () => {
  browser = await launch();
  folder = await mkdtemp(path.join(tmpdir(), "podground-teach-"));
});
after(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

/** A lesson of the teacher's own: a copy of another, changed by `change(file, text)`. */
async function lesson(name, change = (_, text) => text, from = "first-pod") {
  const place = path.join(folder, name);
  await cp(path.join(lessons, from), place, { recursive: true });
  for (const file of ["lesson.yaml", "ko.md", "en.md"]) {
    const text = (await readFile(path.join(place, file), "utf8")).replace(`id: ${from}\n`, `id: ${name}\n`);
    await writeFile(path.join(place, file), change(file, text.replace(/^# .*/, `# Mine, ${name}`)));
  }
  return place;
}

async function zip(place) {
  const files = {};
  for (const name of await readdir(place)) files[`${path.basename(place)}/${name}`] = new Uint8Array(await readFile(path.join(place, name)));
  await writeFile(`${place}.zip`, zipSync(files));
  return `${place}.zip`;
}

/** Drops files or folders on the page, as from a file manager. */
async function drop(page, ...files) {
  const client = await page.context().newCDPSession(page);
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"]) await client.send("Input.dispatchDragEvent", { type, x: 300, y: 300, data });
  await client.detach();
}

const panel = (page) => page.locator(".teach");
const says = (page, text) => panel(page).getByText(text).first().waitFor();
const title = (page, text) => page.locator(".lesson__head h1", { hasText: text }).waitFor();
const inKorean = (page) => page.getByRole("button", { name: "한국어" }).click();

test("a folder that is dropped opens as a lesson, is proved, and leaves the sandbox as it was", { timeout: 120_000 }, async () => {
  const place = await lesson("mine");
  await withPage(browser, { hash: "#/sandbox/classroom", patience: PATIENCE }, async (page) => {
    await ready(page);
    await inTerminal(page, "kubectl run before --image=nginx", "pod/before created");
    await drop(page, place);
    await title(page, "Mine, mine");
    await says(page, "Its words and structure are sound.");
    assert.match(page.url(), /#\/learn\/mine$/);
    await ready(page);
    await inTerminal(page, "kubectl get pods", "No resources found");
    await panel(page).getByRole("button", { name: "Prove it" }).click();
    await panel(page).getByText("Played through: no faults.").waitFor({ timeout: 90_000 });
    await page.goto(`${url}#/sandbox/classroom`);
    await ready(page);
    await inTerminal(page, "kubectl get pods", "\nbefore");
    // The tab keeps what was dropped.
    await page.goto(`${url}#/learn/mine`);
    await page.reload();
    await title(page, "Mine, mine");
    await page.goto(`${url}#/`);
    await started(page);
    await page.getByRole("link", { name: "Mine, mine" }).waitFor();
  });
});

test("what is changed and dropped again is shown again", async () => {
  const place = await lesson("twice");
  await withPage(browser, { hash: "#/", patience: PATIENCE }, async (page) => {
    await started(page);
    await drop(page, place);
    await title(page, "Mine, twice");
    await lesson("twice", (_, text) => text.replace(/^# .*/, "# Mine, changed"));
    await drop(page, place);
    await title(page, "Mine, changed");
  });
});

test("a zip is dropped or chosen", async () => {
  const archive = await zip(await lesson("zipped"));
  const use = { drop: (page) => drop(page, archive), choose: (page) => page.getByLabel("Preview a lesson").setInputFiles(archive) };
  for (const bring of Object.values(use)) {
    await withPage(browser, { patience: PATIENCE }, async (page) => {
      await started(page);
      await bring(page);
      await title(page, "Mine, zipped");
      await says(page, "Its words and structure are sound.");
    });
  }
});

test("what is wrong with a lesson is told with its place and remedy, in both languages", async () => {
  const unreadable = await lesson("unreadable", (file, text) => (file === "lesson.yaml" ? text.replace("    check:", "    checks:") : text));
  const unsound = await lesson("unsound", (file, text) => (file === "lesson.yaml" ? text.replace(/hints: \[.*, (\w+)\]/, "hints: [$1]") : text));
  const halved = await lesson("halved");
  await rm(path.join(halved, "ko.md"));
  const named = await lesson("My Lesson");
  await withPage(browser, { patience: PATIENCE }, async (page) => {
    await started(page);
    await drop(page, unreadable);
    await says(page, /unknown field `checks`/);
    await says(page, /^unreadable\/lesson\.yaml:\d+$/);
    assert.equal(await panel(page).getByRole("button", { name: "Open" }).count(), 0);
    await inKorean(page);
    await says(page, /`checks`라는 필드는 없습니다/);
    await says(page, /^고칠 것 \d+개$/);
    await drop(page, unsound);
    await title(page, "Mine, unsound");
    await says(page, /^‘run’ 단계의 힌트 수가 1입니다\.$/);
    await drop(page, halved);
    await says(page, "이 파일이 없습니다.");
    await says(page, "halved/ko.md");
    await drop(page, named);
    await says(page, /폴더 이름이 "My Lesson"입니다/);
    assert.equal(await panel(page).getByRole("button", { name: "열기" }).count(), 0);
  });
});

test("what is no lesson at all is told in words", async () => {
  const empty = path.join(folder, "empty");
  await cp(path.join(lessons, "labels"), empty, { recursive: true });
  await rm(path.join(empty, "lesson.yaml"));
  const text = path.join(folder, "text.zip");
  await writeFile(text, "no zip");
  const huge = path.join(folder, "huge.zip");
  await writeFile(huge, zipSync({ "huge/lesson.yaml": new Uint8Array(9 * 1024 * 1024) }));
  await withPage(browser, { patience: PATIENCE }, async (page) => {
    await started(page);
    await drop(page, empty);
    await says(page, "There is no folder with a lesson.yaml in it.");
    await drop(page, path.join(lessons, "labels", "en.md"));
    await says(page, "There is no folder with a lesson.yaml in it.");
    await drop(page, text);
    await says(page, /It cannot be read as a zip file/);
    await drop(page, huge);
    await says(page, "That is too large for lessons.");
    await inKorean(page);
    await says(page, "레슨이라기에는 너무 큽니다.");
    await page.reload();
    await started(page);
    assert.equal(await panel(page).count(), 0);
  });
});

/** Opens the page with `?lessons=`, files of the test beside it. */
async function ask(address, files, use) {
  const context = await newContext(browser, { serviceWorkers: "block" });
  await context.route(`${url}teacher/**`, (route) => {
    const file = files[decodeURIComponent(route.request().url()).slice(`${url}teacher/`.length)];
    return route.fulfill(file === undefined ? { status: 404 } : { body: file });
  });
  try {
    await withPageIn(context, { hash: `?lessons=${encodeURIComponent(address)}`, patience: PATIENCE }, async (page, faults) => {
      await use(page);
      // A folder cannot be listed: the page asks for what the lesson seems to name.
      faults.splice(0, faults.length, ...faults.filter((fault) => !/status of 404/.test(fault)));
    });
  } finally {
    await context.close();
  }
}

test("`?lessons=` opens a folder, a zip or a built lesson of the same origin", async () => {
  const place = await lesson("labels-of-mine", undefined, "labels");
  const archive = await zip(await lesson("packed"));
  const files = { "packed.zip": await readFile(archive) };
  for (const file of await readdir(place, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const full = path.join(file.parentPath, file.name);
    files[path.relative(folder, full)] = await readFile(full);
  }
  const goals = [
    ["teacher/labels-of-mine/", "Mine, labels-of-mine"],
    ["teacher/packed.zip", "Mine, packed"],
    ["lessons/labels.json", "Labels"],
  ];
  for (const [address, heading] of goals) {
    await ask(address, files, async (page) => {
      await title(page, heading);
      await says(page, "Its words and structure are sound.");
      await page.reload();
      await title(page, heading);
    });
  }
});

test("`?lessons=` of elsewhere, of nothing and of nonsense is told in words", async () => {
  const answers = [
    ["https://example.com/x.zip", /Lessons of another origin cannot be opened: https:\/\/example\.com/],
    ["teacher/none/", /There is no lesson at that address/],
    ["teacher/none.zip", /There is no lesson at that address/],
    ["assets.json%00", /There is no lesson at that address/],
    ["teacher/broken.json", /The lesson could not be read/],
    ["http://[", /The lesson could not be read/],
  ];
  for (const [address, words] of answers) {
    await ask(address, { "broken.json": "{" }, (page) => says(page, words));
  }
});

test("nothing of a lesson runs script", async () => {
  const evil = `<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>`;
  const hurting = (file, text) => {
    if (file === "lesson.yaml") return text;
    const link = `[a](javascript:window.hurt=1) [b](data:text/html,x) [[pod|${evil}]] ![x](x" onerror="window.hurt=1) "${evil}"`;
    const fences = ["run", 'run"onclick="window.hurt=1', `file ${evil}`, "yaml"].map((fence) => `\`\`\`${fence}\n${evil}\n\`\`\`\n`).join("\n");
    return text
      .replace(/^# .*/, `# Mine ${evil}`)
      .replace(/^(### .*)$/gm, `$1 ${evil}\n\n${link}\n\n${evil}\n\n${fences}`)
      .replace(/^(:::(?:check|hint|mistake|question|task).*)$/gm, `$1\n${evil} ${link}`);
  };
  const place = await lesson("evil", hurting);
  await withPage(browser, { patience: PATIENCE }, async (page) => {
    await started(page);
    await drop(page, place);
    await title(page, "Mine <img");
    for (const name of [/Hint/, /Hint/]) await page.locator(".foot-row").getByRole("button", { name }).click();
    await page.locator(".foot-row .menu-button").click();
    await page.waitForTimeout(300);
    assert.equal(await page.evaluate(() => window.hurt), undefined);
    const bad = ".pane--lesson img, .pane--lesson script, .teach img, [onerror], [onclick], a[href^='javascript'], a[href^='data:']";
    assert.equal(await page.locator(bad).count(), 0);
    await page.goto(`${url}#/`);
    await page.locator(".map").getByRole("link", { name: "Mine <img" }).waitFor();
    assert.equal(await page.evaluate(() => window.hurt), undefined);
  });
});
