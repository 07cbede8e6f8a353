// What is painted before the application runs: the home screen's first view as it will be, in both languages, and the
// workbench's empty panes. The words are the application's own (src/ui/i18n.rs) and the course's (lessons/course.yaml),
// so that nothing changes when it takes over. static/first.js chooses by address, language and earlier visits.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";

const LANGUAGES = ["ko", "en"];
const FIRST_COMMAND = "kubectl run kubia --image=luksa/kubia";
const NODES = ["node-1", "node-2", "node-3"]; // the classroom's

const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** The application's words: key → { ko, en }. */
function readWords(root) {
  const text = readFileSync(path.join(root, "src/ui/i18n.rs"), "utf8");
  const literal = String.raw`"((?:[^"\\]|\\.)*)"`;
  const words = {};
  for (const [, key, ko, en] of text.matchAll(new RegExp(String.raw`^\s+(\w+): ${literal}, ${literal};`, "gm"))) words[key] = { ko, en };
  return words;
}

/** The course's parts: { title, lessons: [{ id, title, available }] }. */
function readCourse(root) {
  const { parts } = parse(readFileSync(path.join(root, "lessons/course.yaml"), "utf8"));
  const available = (id) => existsSync(path.join(root, "lessons", id, "lesson.yaml"));
  return parts.map(({ title, lessons }) => ({ title, lessons: lessons.map((lesson) => ({ ...lesson, available: available(lesson.id) })) }));
}

const icon = (name) => `<svg class="i" aria-hidden="true"><use href="#i-${name}"/></svg>`;

function topBar(t, language) {
  return `<header class="top"><a class="brand" href="#/">${icon("logo")}<span>Podground</span></a><span class="grow"></span>
<span class="find hide-phone"><svg class="i i--s" aria-hidden="true"><use href="#i-search"/></svg><span>${t("FindLong")}</span></span><span class="grow hide-phone"></span>
<span class="btn btn--quiet" lang="${language === "ko" ? "en" : "ko"}">${icon("lang")}<span>${t("OtherLanguage")}</span></span>
<span class="btn btn--quiet btn--icon">${icon("theme")}</span></header>`;
}

function machines(t) {
  const slot = (index) => (index === 1 ? `<span class="slot">${t("YourFirstPod")}</span>` : "");
  const machine = (name, index) =>
    `<div class="machine"><div class="machine__ear"><span class="machine__face"><b>${name}</b></span></div><div class="bay">${slot(index)}</div></div>`;
  return `<div class="rack">${NODES.map(machine).join("")}</div>`;
}

function home(words, parts, language) {
  const t = (key) => escape(words[key][language]);
  let number = 0;
  const lesson = ({ id, title, available }) => {
    number += 1;
    const name = `<span class="no">${number}</span><span>${escape(title[language])}</span>`;
    if (!available) return `<li><span class="les les--coming">${name}<small>${t("LessonComing")}</small></span></li>`;
    return `<li><a class="les" href="#/learn/${id}">${name}</a></li>`;
  };
  const part = ({ title, lessons }) =>
    `<section class="part"><header><h2>${escape(title[language])}</h2></header><ol>${lessons.map(lesson).join("")}</ol></section>`;
  return `<div class="first__home home" lang="${language}">${topBar(t, language)}<main><section class="hero">
<div class="first__new"><h1>${t("HeroFirst")}</h1><p>${t("HeroFirstText")}</p><div class="hero__cta"><a class="btn btn--go" href="#/learn/first-pod">${t("StartFirst")}</a><a class="btn" href="#/">${t("PickLesson")}</a></div><small>${t("HeroFirstNote")}</small></div>
<div class="first__again"><h1>${t("HeroBack")}</h1></div>
<div class="stagelet" aria-hidden="true">${machines(t)}<div class="stagelet__term"><div class="first__new"><span class="ps">$ </span>${FIRST_COMMAND}</div></div></div>
</section><nav class="map">${parts.map(part).join("")}</nav></main></div>`;
}

function work(words, language) {
  const t = (key) => escape(words[key][language]);
  const pane = (name, title, inside = "") =>
    `<section class="pane pane--${name}"><div class="pane__bar"><h2>${title}</h2></div>${inside}</section>`;
  return `<div class="first__work app" lang="${language}">${topBar(t, language)}<main class="body"><h1 class="vh">Podground</h1>${pane("lesson", t("LessonPane"), `<p class="say">${t("Starting")}</p>`)}<span></span>
<div class="work">${pane("pic", t("PicturePane"))}<span></span><div class="desk">${pane("edit", t("EditorPane"))}<span></span>${pane("term", t("TerminalPane"))}</div></div></main><footer class="time"></footer></div>`;
}

/** The markup, to stand in index.html. */
export function firstPaint(root) {
  const words = readWords(root);
  const parts = readCourse(root);
  const boot = `<p id="boot" role="status" class="vh">${LANGUAGES.map((language) => `<span lang="${language}">${words.Starting[language]}</span>`).join(" ")}</p>`;
  return `<div id="first">${LANGUAGES.map((language) => home(words, parts, language) + work(words, language)).join("\n")}</div>\n${boot}\n`;
}
