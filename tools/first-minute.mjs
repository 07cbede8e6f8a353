// Plays what people do in their first minute on a page that notes which functions ran, and writes the numbers of those.
import { writeFileSync } from "node:fs";
import { launch, withPage } from "../tests/e2e/harness.mjs";
import { ready, terminalSays, type } from "../tests/e2e/workbench.mjs";

const ran = new Set();

/** Adds what has run on this page so far. */
async function note(page) {
  const numbers = await page.evaluate(() =>
    Object.entries(window.podground.wasm)
      .filter(([name, global]) => name.startsWith("ran:") && global.value)
      .map(([name]) => Number(name.slice(4))),
  );
  for (const number of numbers) ran.add(number);
}

const browser = await launch();
for (const device of [{ language: "en" }, { language: "ko", theme: "light", width: 412, height: 823, phone: true }]) {
  await withPage(browser, { hash: "#/", ...device }, async (page) => {
    await page.locator("#app a").first().waitFor();
    await page.waitForTimeout(5000); // until the cluster stands still
    await note(page);
  });
}
await withPage(browser, { hash: "#/learn/first-pod" }, async (page) => {
  await ready(page);
  await page.waitForTimeout(6000);
  await note(page);
});
await withPage(browser, { hash: "#/sandbox/classroom" }, async (page) => {
  await ready(page);
  await type(page, "kubectl get nodes");
  await terminalSays(page, "Ready");
  await type(page, "kubectl run kubia --image=luksa/kubia");
  await terminalSays(page, "pod/kubia created");
  await page.locator(".pane--pic .pod.is-run", { hasText: "kubia" }).first().waitFor({ timeout: 60_000 });
  await type(page, "kubectl get pods");
  await terminalSays(page, "Running");
  // A worker does this (web/src/compile.js), with the first half alone.
  await page.evaluate(() => {
    window.podground.wasm.rehearseStart();
    window.podground.wasm.rehearseCommands();
  });
  await note(page);
});
await browser.close();
writeFileSync(process.argv[2], [...ran].sort((a, b) => a - b).join("\n"));
console.log(`${ran.size} functions ran`);
