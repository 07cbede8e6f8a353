// Runs after Trunk has staged the page. In a release build it shrinks the WebAssembly and splits it into what the first
// command needs and the rest, writes the service worker and puts the content security policy into the page (not in a
// dev build: it would block live reload). With PODGROUND_INSTRUMENT=1 the WebAssembly is not split but notes which of
// its functions run (`cargo xtask profile`).
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const stage = process.env.TRUNK_STAGING_DIR;
if (!stage) {
  console.error("tools/postbuild.mjs is a Trunk hook: run `trunk build`");
  process.exit(1);
}

/** A lesson's words with the terms of the glossary by name, so that they can be shown before the application runs. */
function withTerms(file, text, glossary) {
  const language = file.match(/\b(\w+)\.md$/)?.[1];
  const name = (whole, id) => (glossary[id]?.term[language] ? `[[${id}|${glossary[id].term[language]}]]` : whole);
  return language ? text.replaceAll(/\[\[([a-z-]+)\]\]/g, name) : text;
}

/** Every lesson as one file of its own: path and text of each of its files. */
function writeLessons() {
  const lessons = path.join(root, "lessons");
  const { parse } = createRequire(path.join(root, "web/package.json"))("yaml");
  const glossary = parse(readFileSync(path.join(lessons, "glossary.yaml"), "utf8"));
  mkdirSync(path.join(stage, "lessons"), { recursive: true });
  for (const entry of readdirSync(lessons, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    const texts = {};
    for (const file of files(path.join(lessons, entry.name), `${entry.name}/`)) {
      texts[file] = withTerms(file, readFileSync(path.join(lessons, file), "utf8"), glossary);
    }
    writeFileSync(path.join(stage, "lessons", `${entry.name}.json`), JSON.stringify(texts));
  }
}

writeLessons();
if (process.env.TRUNK_PROFILE !== "release") process.exit(0);

/** The hashes by which the policy lets the page's own inline scripts run. */
function inlineScripts() {
  const page = readFileSync(path.join(stage, "index.html"), "utf8");
  const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text]) => text);
  return scripts.map((text) => ` 'sha256-${createHash("sha256").update(text).digest("base64")}'`).join("");
}

const policy = () => [
  "default-src 'none'",
  `script-src 'self' 'wasm-unsafe-eval'${inlineScripts()}`,
  "style-src 'self' 'unsafe-inline'", // CodeMirror and xterm.js place their styles at run time
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** Every staged file, relative to the page, in a fixed order. */
function files(dir = stage, prefix = "") {
  return readdirSync(dir)
    .sort()
    .flatMap((name) => {
      const full = path.join(dir, name);
      return statSync(full).isDirectory() ? files(full, `${prefix}${name}/`) : [`${prefix}${name}`];
    });
}

const work = path.join(root, "target/wasm-split");
/** The shrunk WebAssembly in one piece, with the names of its functions. */
const whole = path.join(work, "whole.wasm");

function shrink(wasm) {
  const file = path.join(stage, wasm);
  const before = statSync(file).size;
  const tool = path.join(root, "web/node_modules/binaryen/bin/wasm-opt");
  mkdirSync(work, { recursive: true });
  // What is called from one place stays a function of its own unless it is small (-ocimfs): the split goes by functions,
  // and a browser compiles a function of a hundred KB a quarter of a second long at its first call.
  // No --all-features: the module names its own, and what browsers lack must not come in. Names stay (-g) for the split.
  execFileSync(process.execPath, [tool, "-Oz", "-ocimfs", "50", "-g", "--strip-producers", "-o", whole, file], { stdio: "inherit" });
  console.log(`wasm-opt: ${wasm} ${Math.round(before / 1024)} → ${Math.round(statSync(whole).size / 1024)} KB with names`);
}

function wasmSplit(...words) {
  const cargo = ["run", "--quiet", "--locked", "--manifest-path", path.join(root, "tools/wasm-split/Cargo.toml"), "--", ...words];
  execFileSync("cargo", cargo, { stdio: "inherit", env: { ...process.env, CARGO_TARGET_DIR: work, RUSTFLAGS: "" } });
}

/** Splits the module in place; the page learns the name of the second half. */
function split(wasm) {
  const rest = wasm.replace(/(_bg)?\.wasm$/, "_rest.wasm");
  wasmSplit("split", whole, path.join(root, "tools/first-load.txt"), path.join(stage, wasm), path.join(stage, rest));
  editIndex(`data-wasm="./${wasm}"`, `data-wasm="./${wasm}" data-rest="./${rest}"`);
}

function editIndex(old, by) {
  const file = path.join(stage, "index.html");
  const page = readFileSync(file, "utf8");
  if (!page.includes(old)) throw new Error(`index.html: ${old} not found`);
  writeFileSync(file, page.replace(old, by));
}

function addPolicy() {
  const charset = '<meta charset="utf-8">';
  const extra = `<meta http-equiv="Content-Security-Policy" content="${policy()}"><meta name="service-worker" content="sw.js">`;
  editIndex(charset, charset + extra);
}

function writeServiceWorker() {
  const precache = files().filter((name) => name !== "sw.js" && !name.endsWith(".map"));
  const digest = createHash("sha256");
  for (const name of precache) digest.update(name).update("\0").update(readFileSync(path.join(stage, name)));
  const template = readFileSync(path.join(root, "tools/sw.js"), "utf8");
  const filled = template
    .replace('"@VERSION@"', JSON.stringify(digest.digest("hex").slice(0, 16)))
    .replace('["@PRECACHE@"]', JSON.stringify(["./", ...precache.filter((name) => name !== "index.html")]));
  writeFileSync(path.join(stage, "sw.js"), filled);
  console.log(`sw.js: ${precache.length} files kept for offline use`);
}

for (const name of files().filter((name) => name.endsWith(".wasm"))) {
  shrink(name);
  if (process.env.PODGROUND_INSTRUMENT) wasmSplit("instrument", whole, path.join(stage, name));
  else split(name);
}
addPolicy();
writeServiceWorker();
