// Bundles the page's JavaScript into web/dist/assets (hashed names) and writes the names down for Trunk:
// web/dist/assets.json (the lazily loaded widgets), boot.txt (the start-up script) and style.txt (the page's styles).
// And web/dist/first.html: what is painted before the application runs.
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const web = path.dirname(fileURLToPath(import.meta.url));
const release = process.env.TRUNK_PROFILE !== "debug";
/** What the page loads beside its start-up script: widgets when they are needed, and the worker that compiles. */
const widgets = ["editor", "terminal", "teach", "compile"];

let esbuild;
try {
  esbuild = await import("esbuild");
} catch {
  console.error("web/node_modules is missing or incomplete: run `npm ci --ignore-scripts` in web/, or `cargo xtask setup`");
  process.exit(1);
}
const { firstPaint } = await import("./first.mjs"); // it needs the modules, too

const outdir = path.join(web, "dist/assets");
const { metafile } = await esbuild.build({
  absWorkingDir: web,
  entryPoints: [...["boot", ...widgets].map((name) => ({ in: `src/${name}.js`, out: name })), { in: "../static/css/app.css", out: "app" }],
  outdir,
  bundle: true,
  format: "esm",
  splitting: true,
  target: "es2022",
  entryNames: "[name]-[hash]",
  chunkNames: "chunk-[hash]",
  assetNames: "[name]-[hash]",
  minify: release,
  legalComments: "none",
  metafile: true,
  write: true,
  logLevel: "warning",
});

const built = new Map(); // entry name → { file, css }, relative to the page
for (const [file, output] of Object.entries(metafile.outputs)) {
  if (!output.entryPoint) continue;
  const asPage = (name) => `assets/${path.basename(name)}`;
  built.set(path.parse(output.entryPoint).name, {
    file: asPage(file),
    ...(output.cssBundle && { css: asPage(output.cssBundle) }),
  });
}

// Leave nothing of earlier builds behind: the folder is copied into dist/ as it is.
const current = new Set(Object.keys(metafile.outputs).map((file) => path.basename(file)));
for (const name of await readdir(outdir)) if (!current.has(name)) await rm(path.join(outdir, name));

await mkdir(path.join(web, "dist"), { recursive: true });
const names = Object.fromEntries(widgets.map((name) => [name, built.get(name)]));
await writeFile(path.join(web, "dist/assets.json"), JSON.stringify(names));
await writeFile(path.join(web, "dist/boot.txt"), built.get("boot").file);
await writeFile(path.join(web, "dist/style.txt"), built.get("app").file);
await writeFile(path.join(web, "dist/first.html"), firstPaint(path.dirname(web)));
