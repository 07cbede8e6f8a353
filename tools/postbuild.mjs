// Runs after Trunk has staged the page. In a release build it shrinks the WebAssembly, writes the service worker
// and puts the content security policy into the page (not in a dev build: it would block live reload).
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const stage = process.env.TRUNK_STAGING_DIR;
if (!stage) {
  console.error("tools/postbuild.mjs is a Trunk hook: run `trunk build`");
  process.exit(1);
}
if (process.env.TRUNK_PROFILE !== "release") process.exit(0);

const CSP = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
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

function shrink(wasm) {
  const file = path.join(stage, wasm);
  const before = statSync(file).size;
  const tool = path.join(root, "web/node_modules/binaryen/bin/wasm-opt");
  // No --all-features: the module names its own, and what browsers lack must not come in.
  execFileSync(process.execPath, [tool, "-Oz", "--strip-debug", "--strip-producers", "-o", file, file], {
    stdio: "inherit",
  });
  console.log(`wasm-opt: ${wasm} ${Math.round(before / 1024)} → ${Math.round(statSync(file).size / 1024)} KB`);
}

function patchIndex() {
  const file = path.join(stage, "index.html");
  const page = readFileSync(file, "utf8");
  const charset = '<meta charset="utf-8">';
  if (!page.includes(charset)) throw new Error(`index.html: ${charset} not found`);
  const extra = `<meta http-equiv="Content-Security-Policy" content="${CSP}"><meta name="service-worker" content="sw.js">`;
  writeFileSync(file, page.replace(charset, charset + extra));
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

for (const name of files()) if (name.endsWith(".wasm")) shrink(name);
patchIndex();
writeServiceWorker();
