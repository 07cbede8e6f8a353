// Takes the screenshots: every scene in every size, theme and language.
// `cargo xtask shots [DIR [NAME]]`; NAME is a part of their names, or a pattern. docs/screenshot.png is `lesson-1440-dark-en.png` of these.
//
// A scene is prepared once for the desktop sizes and once for each touch device; theme and language are switched on the
// page itself, as a person does.
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { launch, withPage } from "./harness.mjs";
import { SCENES } from "./scenes.mjs";

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
    const shots = names(scene, sizes).filter(({ name }) => name.match(wanted));
    if (!shots.length) continue;
    try {
      await withPage(browser, { hash, ...options }, async (page) => {
        // A picture of what went wrong is worth having too.
        const wrong = await prepare(page).catch((error) => error);
        if (wrong) console.log(`${scene}: ${wrong.message}`);
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
