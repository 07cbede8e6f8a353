// What the page weighs over the wire (brotli 11), against the budgets. With --strict, fails when one is exceeded.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";

const dist = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), "dist");
/** KB (of 1024 bytes) over the wire. */
const BUDGET = { "first wasm": 520, "first load": 650 };

if (!existsSync(path.join(dist, "sw.js"))) {
  console.error("dist/ holds no release build; make one with `cargo xtask build`");
  process.exit(1);
}

const page = readFileSync(path.join(dist, "index.html"), "utf8");
const assets = JSON.parse(page.match(/<script type="application\/json" id="assets">(.*?)<\/script>/)[1]);
const named = [...page.matchAll(/(?:src|href|data-js|data-wasm)="(?:\.\/)?([^"]+\.(?:js|wasm|css))"/g)].map((match) => match[1]);

/** A script and what it imports statically. */
function withImports(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  if (!file.endsWith(".js")) return seen;
  const text = readFileSync(path.join(dist, file), "utf8");
  for (const [, name] of text.matchAll(/(?:from|import)\s*"(\.\/chunk-[^"]+)"/g)) {
    withImports(path.posix.join(path.posix.dirname(file), name), seen);
  }
  return seen;
}

// Everything needed to type the first command: the page, the application and the terminal.
const first = new Set(["index.html"]);
for (const file of [...named, assets.terminal.file, assets.terminal.css]) for (const one of withImports(file)) first.add(one);

const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => path.relative(dist, path.join(entry.parentPath ?? entry.path, entry.name)).split(path.sep).join("/"))
  .sort();
const kb = (bytes) => bytes / 1024;
const sums = { "first wasm": 0, "first load": 0 };
for (const file of files) {
  const content = readFileSync(path.join(dist, file));
  const wire = brotliCompressSync(content).length;
  if (first.has(file)) sums["first load"] += wire;
  if (first.has(file) && file.endsWith(".wasm")) sums["first wasm"] += wire;
  console.log(`${first.has(file) ? "first" : "later"} ${kb(wire).toFixed(1).padStart(8)} KB of ${kb(content.length).toFixed(1).padStart(8)}  ${file}`);
}
let over = 0;
for (const [what, budget] of Object.entries(BUDGET)) {
  const size = kb(sums[what]);
  const verdict = size <= budget ? "within" : "OVER";
  if (size > budget) over += 1;
  console.log(`size: ${what} ${size.toFixed(1)} KB, ${verdict} the budget of ${budget} KB`);
}
process.exit(over && process.argv.includes("--strict") ? 1 : 0);
