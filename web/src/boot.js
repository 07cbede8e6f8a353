// Starts the page: hands the WebAssembly application its lazily loaded widgets and says so when it cannot start.
//
// `window.podground.load("editor" | "terminal" | "teach")` resolves to that bundle's module. The file names carry content
// hashes; Trunk puts them into the page (`#assets`), web/build.mjs writes them.
import { foreword } from "./foreword.js";

const here = document.querySelector("script[data-wasm]");
const assets = JSON.parse(document.getElementById("assets").textContent);
const at = (path) => new URL(path, document.baseURI).href;

const stylesheet = (path) =>
  new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = at(path);
    link.onload = resolve;
    link.onerror = () => reject(new Error(`could not load ${path}`));
    document.head.append(link);
  });

const loading = {};

/** The module of a widget, loaded once, its stylesheet first. A failed load is tried again at the next call. */
function load(name) {
  loading[name] ??= (async () => {
    const { file, css } = assets[name];
    const [module] = await Promise.all([import(at(file)), css && stylesheet(css)]);
    return module;
  })().catch((error) => {
    delete loading[name];
    throw error;
  });
  return loading[name];
}

/** A slow phone takes half of it. */
const LONGEST_REHEARSAL_MILLIS = 3000;

/** The worker that compiles (web/src/compile.js), and what it does, by name: each a promise of its result. */
let compiler;
const compiling = {};

/** Has the application compiled beside the page; what comes of it is in `compiling`. */
function compile() {
  const waiting = {};
  for (const what of ["wasm", "start", "rest"]) {
    compiling[what] = new Promise((resolve, reject) => (waiting[what] = { resolve, reject }));
    compiling[what].catch(() => {}); // whoever waits for it mends it
  }
  const fail = (error) => Object.values(waiting).forEach(({ reject }) => reject(error));
  try {
    compiler = new Worker(at(assets.compile.file), { type: "module" });
    compiler.onmessage = ({ data: { what, result, error } }) => (error ? waiting[what].reject(error) : waiting[what].resolve(result));
    compiler.onerror = fail; // its script did not come
    compiler.postMessage({ js: at(here.dataset.js), wasm: at(here.dataset.wasm) });
  } catch (error) {
    fail(error); // workers are closed to us
  }
}

/** A module that the worker compiled, or that the page compiles itself. */
const compiled = (what, file) => compiling[what].catch(() => WebAssembly.compileStreaming(fetch(at(file))));

/** The second half of the application, compiled; null until it is there. */
let rest = null;

async function fetchRest() {
  const file = here.dataset.rest;
  compiler?.postMessage({ rest: file && at(file) });
  if (file) rest ??= await compiled("rest", file);
}

/**
 * Gives the application its second half (tools/wasm-split), at once: it is called in the middle of something that
 * needs it. Usually the half has been loaded by then; if not, the page waits for it.
 */
function loadRest(exports) {
  if (!rest) {
    const request = new XMLHttpRequest();
    request.open("GET", at(here.dataset.rest), false);
    request.overrideMimeType("text/plain; charset=x-user-defined"); // the one way to read bytes while waiting
    request.send();
    rest = new WebAssembly.Module(Uint8Array.from(request.responseText, (letter) => letter.charCodeAt(0)));
  }
  new WebAssembly.Instance(rest, { p: exports });
}

/** The files of fetched lessons that the application has not taken yet, and the ids of all that were asked for. */
let lessons = [];
const fetching = {};

/** Fetches a lesson (tools/postbuild.mjs wrote it); false if it cannot be had. */
function fetchLesson(id) {
  fetching[id] ??= fetch(at(`lessons/${encodeURIComponent(id)}.json`))
    .then(async (answer) => answer.ok && lessons.push(await answer.text()) > 0)
    .catch(() => false)
    .then((there) => {
      if (!there) delete fetching[id]; // to be tried again
      return there;
    });
  return fetching[id];
}

function takeLessons() {
  const taken = lessons;
  lessons = [];
  return taken;
}

/** What the last visit left; nothing if storage is closed to us. */
function known(key) {
  try {
    return localStorage.getItem(`podground.${key}`) ?? "";
  } catch {
    return "";
  }
}

/** The lesson that the page opens with: the address names it, or the last visit was there. */
function firstLesson() {
  const place = location.hash.match(/^#\/((learn|sandbox)\/.*)$/)?.[1] ?? known("place");
  return place.match(/^learn\/([a-z0-9-]+)$/)?.[1];
}

/** The text of a file of the page. */
const text = (file) =>
  fetch(at(file)).then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error(`${file}: ${answer.status}`))));

/**
 * What a teacher brought and the application has not taken yet: JSON objects of paths and texts. `!how` says how it came,
 * `!code` and `!detail` why nothing came of it.
 */
let brought = [];
/** web/src/teach.js, once it was needed. */
let teach;

/** Has teach.js read lessons, and tells the application. */
async function bring(read, how = "dropped") {
  let texts;
  try {
    teach = await load("teach");
    texts = await read(teach);
    keep(texts);
  } catch (error) {
    texts = { "!code": error.code ?? "unreadable", "!detail": String(error.message ?? error) };
  }
  brought.push(JSON.stringify({ ...texts, "!how": how }));
  dispatchEvent(new Event("podground:brought"));
}

/** What was brought last is at hand after a reload, too, as long as the tab is open. */
function keep(texts) {
  try {
    sessionStorage.setItem("podground.brought", JSON.stringify({ ...texts, "!how": "kept" }));
  } catch {
    // It is too much, or storage is closed to us: it has to be brought again.
  }
}

function takeKept() {
  try {
    const text = sessionStorage.getItem("podground.brought");
    if (text) brought.push(text);
  } catch {
    // Storage is closed to us.
  }
}

function takeBrought() {
  const taken = brought;
  brought = [];
  return taken;
}

/** The lessons that `?lessons=` names or that were brought before, and the one that the page opens with, if that is another. */
async function firstLessons(lesson) {
  const address = new URLSearchParams(location.search).get("lessons");
  takeKept();
  if (address) await bring((teach) => teach.fromUrl(address), "asked");
  if (lesson && !brought.some((texts) => texts.includes(`"${lesson}/lesson.yaml":`)) && (await fetchLesson(lesson))) {
    foreword(lesson, JSON.parse(lessons.at(-1)), known(`session:learn/${lesson}`).includes(`{"Keys":`));
  }
}

const bringFile = (file) => bring((teach) => teach.fromFile(file));

const hasFiles = (event) => event.dataTransfer?.types.includes("Files");

/** What is dropped on the page is a teacher's; but the editor takes a file that is dropped on it. */
function dropped(event) {
  document.documentElement.removeAttribute("data-dropping");
  if (!hasFiles(event)) return;
  const entries = [...(event.dataTransfer?.items ?? [])].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const zip = [...(event.dataTransfer?.files ?? [])].find((file) => /\.zip$/i.test(file.name));
  const loose = entries.some((entry) => entry.isDirectory || entry.name === "lesson.yaml");
  if (!loose && !zip && event.target.closest?.(".cm-editor")) return;
  event.preventDefault();
  event.stopPropagation();
  bring((teach) => (zip && !loose ? teach.fromFile(zip) : teach.fromEntries(entries)));
}

addEventListener("drop", dropped, true);
addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
addEventListener("dragenter", (event) => hasFiles(event) && document.documentElement.setAttribute("data-dropping", ""));
addEventListener("dragleave", (event) => event.relatedTarget ?? document.documentElement.removeAttribute("data-dropping"));

/** Resolves when the browser has done what waited: input first of all. */
function breathe() {
  if (globalThis.scheduler?.yield) return scheduler.yield();
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    port2.postMessage(null);
  });
}

const inKorean = (text) => teach?.inKorean(text) ?? text;

window.podground = { load, loadRest, fetchLesson, takeLessons, takeBrought, bringFile, inKorean, text, breathe };

function sayFailed(error) {
  console.error(error);
  const place = document.getElementById("boot");
  if (!place) return;
  place.setAttribute("role", "alert");
  place.className = "";
  place.textContent =
    "페이지를 시작하지 못했습니다. 새로 고치거나 최신 브라우저에서 열어 보세요. " +
    `The page could not start; reload it or open it in a current browser. (${error})`;
}

/**
 * Resolves when the first view (web/first.mjs) is on the screen, for starting the application keeps the browser from
 * painting for a while. What is not on a screen is not waited for.
 */
const painted = () =>
  Promise.race([
    new Promise((resolve) => new PerformanceObserver(resolve).observe({ type: "paint", buffered: true })),
    new Promise((resolve) => setTimeout(resolve, document.hidden ? 0 : 1000)),
  ]);

try {
  // On a later visit both halves are at hand, even without a network, and a session that is restored may need both.
  const again = navigator.serviceWorker?.controller;
  const small = [import(at(here.dataset.js)), firstLessons(firstLesson())];
  const workbench = /^#\/(learn|sandbox|work)/.test(location.hash);
  // On a first visit the megabyte of the application must not take the line from what is to be seen first: the home screen.
  if (!again && !workbench) await painted();
  compile();
  if (workbench) {
    // Its widgets are fetched while the application starts.
    load("terminal").catch(() => {}); // asked for again, and reported, when it is mounted
    load("editor").catch(() => {});
  }
  const [{ default: init }] = await Promise.all([...small, again && fetchRest(), painted()]);
  const wasm = await compiled("wasm", here.dataset.wasm);
  // Without a rehearsal it is slower, no more.
  await Promise.race([compiling.start.catch(() => {}), new Promise((resolve) => setTimeout(resolve, LONGEST_REHEARSAL_MILLIS))]);
  window.podground.wasm = await init({ module_or_path: wasm });
  // The page comes first. If it needs the second half before, it gets it (see `loadRest`).
  const idle = globalThis.requestIdleCallback ?? ((task) => setTimeout(task, 1000));
  idle(() => fetchRest().catch(() => {}), { timeout: 2000 });
} catch (error) {
  sayFailed(error);
}

// The service worker exists in release builds only (tools/postbuild.mjs names it in the page).
const worker = document.querySelector('meta[name="service-worker"]')?.content;
if (worker && "serviceWorker" in navigator) {
  const tellOfNews = (coming) =>
    coming?.addEventListener("statechange", () => {
      // The first worker of all is no news.
      if (coming.state === "installed" && navigator.serviceWorker.controller) dispatchEvent(new Event("podground:new-version"));
    });
  navigator.serviceWorker
    .register(at(worker))
    .then((registration) => registration.addEventListener("updatefound", () => tellOfNews(registration.installing)))
    .catch((error) => console.warn("offline use is not available:", error));
}
