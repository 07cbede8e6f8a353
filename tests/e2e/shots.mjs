// Takes the screenshots: every size, theme and language of the first visit, of a lesson under way and of the sandbox.
// `cargo xtask shots [DIR [NAME]]`. docs/screenshot.png is `lesson-1440-dark-en.png` of these.
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { launch, started, withPage } from "./harness.mjs";
import { inTerminal, ready } from "./workbench.mjs";

const [, , folder, wanted = ""] = process.argv;
const SIZES = [
  { name: "1440", width: 1440, height: 900 },
  { name: "1280", width: 1280, height: 800 },
  { name: "phone", width: 390, height: 844, phone: true },
];

const SCENES = {
  home: { hash: "", prepare: started },
  lesson: {
    hash: "#/learn/first-pod",
    prepare: async (page) => {
      await ready(page);
      await inTerminal(page, "kubectl run kubia --image=luksa/kubia --port=8080", "pod/kubia created");
      await inTerminal(page, "kubectl wait --for=condition=Ready pod/kubia", "condition met");
      await inTerminal(page, "kubectl get pods -o wide", "1/1 Running");
    },
  },
  sandbox: {
    hash: "#/sandbox/classroom",
    prepare: async (page) => {
      await ready(page);
      await inTerminal(page, "kubectl create deployment web --image=nginx --replicas=3", "created");
      await inTerminal(page, "kubectl run broken --image=nignx", "pod/broken created");
      await inTerminal(page, "kubectl wait --for=condition=Available deployment/web", "condition met");
      await inTerminal(page, "kubectl get pods", "1/1 Running");
    },
  },
};

await mkdir(folder, { recursive: true });
const browser = await launch();
let failed = 0;
for (const [scene, { hash, prepare }] of Object.entries(SCENES)) {
  for (const { name: size, ...viewport } of SIZES) {
    for (const theme of ["dark", "light"]) {
      for (const language of ["ko", "en"]) {
        const name = `${scene}-${size}-${theme}-${language}.png`;
        if (!name.includes(wanted)) continue;
        try {
          await withPage(browser, { hash, theme, language, ...viewport }, async (page) => {
            // A picture of what went wrong is worth having too.
            const wrong = await prepare(page).catch((error) => error);
            await page.waitForTimeout(500);
            await page.screenshot({ path: path.join(folder, name) });
            if (wrong) throw wrong;
          });
          console.log(name);
        } catch (error) {
          failed += 1;
          console.log(`${name}: ${error.message.split("\n", 4).join(" ")}`);
        }
      }
    }
  }
}
await browser.close();
process.exit(failed ? 1 : 0);
