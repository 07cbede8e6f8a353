// A teacher's own lessons, from a folder or zip that is dropped on the page or from an address of the same origin: every
// file as text, by its path below the lessons' folder, as `podground check` sees them. Loaded only when it is needed.
import { unzipSync } from "fflate";
import faults from "./faults-ko.json";

const MOST_FILES = 600;
const MOST_BYTES = 8 * 1024 * 1024;

/** Why nothing came of it; `code` is what the page knows to say. */
class Refused extends Error {
  constructor(code, detail = "") {
    super(detail);
    this.code = code;
  }
}

/** What editors, systems and archivers leave behind. */
const isClutter = (path) => path.split("/").some((part) => part.startsWith(".") || part === "__MACOSX" || part === "node_modules");

/** The checker's sentences and their Korean; `{}` stands for what is told of. */
const sentences = Object.entries(faults).map(([english, korean]) => {
  const literally = english.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
  // A step's id has no blank in it; all else may.
  return [new RegExp(`^${literally.replaceAll("step {}", "step (\\S+?)").replaceAll("{}", "(.+?)")}$`, "s"), korean];
});

/** What `podground check` says, in Korean; what it quotes from elsewhere stays as it is. */
export function inKorean(text) {
  for (const [pattern, korean] of sentences) {
    const told = text.match(pattern)?.slice(1).map(inKorean);
    if (told) return korean.replaceAll("{}", () => told.shift());
  }
  return text;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Takes files one by one and keeps to the limits. */
class Collector {
  files = {};
  count = 0;
  bytes = 0;

  /** Whether a file of that size may come; throws when it is too much in all. */
  wants(path, size) {
    if (path.endsWith("/") || isClutter(path)) return false;
    this.count += 1;
    this.bytes += size;
    if (this.count > MOST_FILES || this.bytes > MOST_BYTES) throw new Refused("too-large");
    return true;
  }

  add(path, bytes) {
    try {
      this.files[path] = decoder.decode(bytes);
    } catch {
      // A picture or the like: lessons are text.
    }
  }
}

/** What of the files are lessons: each folder with a lesson.yaml, and course.yaml and glossary.yaml beside such folders. */
function lessonsIn(files) {
  const found = {};
  const shelves = new Set();
  for (const path of Object.keys(files).filter((path) => /(^|\/)lesson\.yaml$/.test(path))) {
    const base = path.slice(0, -"lesson.yaml".length);
    const named = files[path].match(/^id:\s*["']?([a-z0-9-]+)/m)?.[1];
    const id = base.split("/").at(-2) ?? named ?? "lesson";
    for (const [file, text] of Object.entries(files)) {
      if (file.startsWith(base)) found[`${id}/${file.slice(base.length)}`] = text;
    }
    if (base) shelves.add(base.slice(0, base.length - id.length - 1));
  }
  if (Object.keys(found).length === 0) throw new Refused("no-lesson");
  for (const shelf of shelves) {
    for (const name of ["course.yaml", "glossary.yaml"]) if (files[shelf + name]) found[name] = files[shelf + name];
  }
  return found;
}

function unzip(bytes) {
  const collector = new Collector();
  let all;
  try {
    all = unzipSync(bytes, { filter: (file) => collector.wants(file.name, file.originalSize) });
  } catch (error) {
    throw error instanceof Refused ? error : new Refused("not-a-zip", error.message);
  }
  for (const [path, content] of Object.entries(all)) collector.add(path, content);
  return lessonsIn(collector.files);
}

const fileOf = (entry) => new Promise((resolve, reject) => entry.file(resolve, reject));
const someOf = (reader) => new Promise((resolve, reject) => reader.readEntries(resolve, reject));

async function walk(entry, path, collector) {
  if (entry.isFile) {
    const file = await fileOf(entry);
    if (collector.wants(path, file.size)) collector.add(path, await file.arrayBuffer());
    return;
  }
  if (isClutter(path)) return;
  const reader = entry.createReader();
  // A reader gives some at a time, and at last none.
  for (let some = await someOf(reader); some.length; some = await someOf(reader)) {
    for (const below of some) await walk(below, `${path}/${below.name}`, collector);
  }
}

/** The lessons in folders that were dropped, or a lesson's own files. */
export async function fromEntries(entries) {
  const collector = new Collector();
  for (const entry of entries) await walk(entry, entry.name, collector);
  return lessonsIn(collector.files);
}

/** The lessons in a zip file. */
export async function fromFile(file) {
  if (file.size > MOST_BYTES) throw new Refused("too-large");
  return unzip(new Uint8Array(await file.arrayBuffer()));
}

async function get(address) {
  const answer = await fetch(address, { cache: "no-cache" });
  return answer.ok ? answer : null;
}

/** The files that a folder is asked for: those that the lesson's own texts name. */
function namedIn(texts) {
  const all = Object.values(texts).join("\n");
  const some = (pattern) => [...new Set([...all.matchAll(pattern)].map((match) => match[1]))].slice(0, 40);
  const file = /[\w-][\w.-]*\.(?:ya?ml|json|txt|conf|sh|js|py|html)/.source;
  const setup = some(new RegExp(`\\.setup/(${file})`, "g"));
  const figures = some(new RegExp(`^\`\`\`figure \\S+ (${file})`, "gm"));
  const made = new Set(some(new RegExp(`^\`\`\`file (${file})`, "gm")));
  const others = some(new RegExp(`(?<![\\w./-])(${file})`, "g")).filter((name) => !made.has(name) && !figures.includes(name));
  return [...setup.map((name) => `setup/${name}`), ...figures.map((name) => `figures/${name}`), ...others.map((name) => `files/${name}`)];
}

async function fromFolder(base) {
  const files = {};
  for (const name of ["lesson.yaml", "ko.md", "en.md"]) {
    const answer = await get(base + name);
    if (answer) files[name] = await answer.text();
    else if (name === "lesson.yaml") throw new Refused("not-found", base + name);
  }
  for (const name of namedIn(files)) {
    const answer = await get(base + name);
    if (answer) files[name] = await answer.text();
  }
  const folder = decodeURIComponent(new URL(base).pathname.split("/").at(-2) ?? "");
  return lessonsIn(Object.fromEntries(Object.entries(files).map(([name, text]) => [folder ? `${folder}/${name}` : name, text])));
}

/** The lessons at an address: a zip, a `.json` as the built page has them (path and text), or a lesson's folder. */
export async function fromUrl(text) {
  const address = new URL(text, document.baseURI);
  if (address.origin !== location.origin) throw new Refused("foreign", address.origin);
  const last = address.pathname.split("/").at(-1);
  if (!/\.(zip|json)$/i.test(last)) return fromFolder(address.href.replace(/\/?$/, "/"));
  const answer = await get(address.href);
  if (!answer) throw new Refused("not-found", address.href);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  if (/\.zip$/i.test(last)) return unzip(bytes);
  const collector = new Collector();
  let texts;
  try {
    texts = JSON.parse(decoder.decode(bytes));
  } catch (error) {
    throw new Refused("unreadable", error.message);
  }
  for (const [path, content] of Object.entries(texts ?? {})) {
    if (typeof content === "string" && collector.wants(path, content.length)) collector.files[path] = content;
  }
  return lessonsIn(collector.files);
}
