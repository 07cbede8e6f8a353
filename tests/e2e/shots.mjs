// Takes the screenshots: every scene in every size, theme and language.
// `cargo xtask shots [DIR [NAME]]`. docs/screenshot.png is `lesson-1440-dark-en.png` of these.
//
// A scene is prepared once for the desktop sizes and once for each touch device; theme and language are switched on the
// page itself, as a person does.
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { launch, started, withPage } from "./harness.mjs";
import { inTerminal, ready } from "./workbench.mjs";

const [, , folder, wanted = ""] = process.argv;
const DEVICES = [
  {
    options: { width: 1440, height: 900 },
    sizes: [
      { name: "1920", width: 1920, height: 1080 },
      { name: "1440", width: 1440, height: 900 },
      { name: "1280", width: 1280, height: 800 },
      { name: "1024", width: 1024, height: 768 },
    ],
  },
  { options: { width: 834, height: 1112, phone: true }, sizes: [{ name: "tablet", width: 834, height: 1112 }] },
  { options: { width: 390, height: 844, phone: true }, sizes: [{ name: "phone", width: 390, height: 844 }] },
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

const busy = async (page) => {
  await ready(page);
  await inTerminal(page, "kubectl create deployment web --image=nginx --replicas=3", "created");
  await inTerminal(page, "kubectl run broken --image=nignx", "pod/broken created");
  await inTerminal(page, "kubectl wait --for=condition=Available deployment/web", "condition met");
};
const sandbox = "#/sandbox/classroom";
Object.assign(SCENES, {
  owners: {
    hash: sandbox,
    prepare: async (page) => {
      await busy(page);
      await showPicture(page);
      await page.locator(".pic__tool").nth(0).click();
    },
  },
  backstage: {
    hash: sandbox,
    prepare: async (page) => {
      await busy(page);
      await showPicture(page);
      await page.locator(".pic__tool").nth(1).click();
      await page.locator(".backstage select").selectOption({ label: "kubectl create deployment web --image=nginx --replicas=3" });
    },
  },
  menu: {
    hash: sandbox,
    prepare: async (page) => {
      await busy(page);
      await showPicture(page);
      await page.locator(".pic__tool").nth(2).click();
      await page.locator(".popup [role=menuitem]").first().click();
      await page.locator(".pic__tool").nth(2).click();
    },
    // The open menu covers the bar that switches theme and language.
    before: (page) => page.keyboard.press("Escape"),
    after: (page) => page.locator(".pic__tool").nth(2).click(),
  },
  past: {
    hash: sandbox,
    prepare: async (page) => {
      await busy(page);
      await showTime(page);
      await page.locator(".score__slider").focus();
      await page.keyboard.press("PageDown");
      await page.locator(".past").waitFor();
    },
  },
  inspector: {
    hash: sandbox,
    prepare: async (page) => {
      await busy(page);
      await showPicture(page);
      await page.locator("[data-pod='default/broken']").click();
      await page.keyboard.press("Enter");
      await page.locator(".insp").waitFor();
    },
  },
});

/** A phone shows one pane at a time. */
async function showPicture(page) {
  if (await page.locator(".tabbar").isVisible()) await page.locator(".tabbar button").nth(1).click();
}
async function showTime(page) {
  if (await page.locator(".tabbar").isVisible()) await page.locator(".tabbar button").nth(3).click();
}

/** Presses the top bar's buttons until the page is as wanted. */
async function dress(page, theme, language) {
  const root = page.locator("html");
  if ((await root.getAttribute("data-theme")) !== theme) await page.locator(".top [data-theme-button]").click();
  if ((await root.getAttribute("lang")) !== language) await page.locator(".top [data-lang-button]").click();
}

await mkdir(folder, { recursive: true });
const browser = await launch();
const names = (scene, sizes) =>
  sizes.flatMap((size) =>
    ["dark", "light"].flatMap((theme) =>
      ["ko", "en"].map((language) => ({ size, theme, language, name: `${scene}-${size.name}-${theme}-${language}.png` })),
    ),
  );
let failed = 0;
for (const [scene, { hash, prepare, before, after }] of Object.entries(SCENES)) {
  for (const { options, sizes } of DEVICES) {
    const shots = names(scene, sizes).filter(({ name }) => name.includes(wanted));
    if (!shots.length) continue;
    try {
      await withPage(browser, { hash, ...options }, async (page) => {
        // A picture of what went wrong is worth having too.
        const wrong = await prepare(page).catch((error) => error);
        for (const { size, theme, language, name } of shots) {
          await page.setViewportSize({ width: size.width, height: size.height });
          await before?.(page);
          await dress(page, theme, language);
          await after?.(page);
          await page.waitForTimeout(400);
          await page.screenshot({ path: path.join(folder, name) });
          console.log(name);
        }
        if (wrong) throw wrong;
      });
    } catch (error) {
      failed += 1;
      console.log(`${scene}, ${sizes.map((size) => size.name)}: ${error.message.split("\n", 4).join(" ")}`);
    }
  }
}
await browser.close();
process.exit(failed ? 1 : 0);
