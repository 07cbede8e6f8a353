import { launch, withPage } from "./harness.mjs";
import { inTerminal, ready, newFile } from "./workbench.mjs";
const b = await launch();
const step = async (name, f) => { try { await f(); } catch (e) { console.log(name, e.message.split("\n").slice(0,3).join(" ")); } };
const theme = process.argv[2] ?? "dark", language = process.argv[3] ?? "ko";
try { await withPage(b, { hash: "#/sandbox/classroom", theme, language }, async (page) => {
  const shot = (n) => page.waitForTimeout(400).then(() => page.screenshot({ path: `/tmp/sh/b/${n}-${theme}-${language}.png` }));
  await ready(page);
  await inTerminal(page, "kubectl create deployment web --image=nginx --replicas=3; kubectl expose deployment web --port 80", "exposed");
  await inTerminal(page, "kubectl run broken --image=nignx", "pod/broken created");
  await inTerminal(page, "kubectl wait --for=condition=Available deployment/web", "condition met");
  await shot("work");
  await step("owners", async () => { await page.locator(".pic__tool").nth(0).click(); await shot("owners"); await page.locator(".pic__tool").nth(0).click(); });
  await step("menu", async () => { await page.locator("[data-node='node-2']").click({ button: "right" }); await shot("menu"); await page.locator(".popup [role=menuitem]").nth(3).click(); await page.waitForTimeout(300); await shot("fault"); });
  await step("back", async () => { await page.locator(".pic__tool").nth(1).click(); await page.locator(".backstage select").selectOption({ index: 3 }); await shot("backstage"); await page.locator(".backstage .btn--icon").last().click(); });
  await step("past", async () => { await page.locator(".score__slider").focus(); await page.keyboard.press("PageDown"); await page.keyboard.press("PageDown"); await page.locator(".past").waitFor(); await shot("past"); });
  await step("compare", async () => { await page.locator(".past .btn").first().click(); await shot("compare"); await page.keyboard.press("Escape"); await page.locator(".past .btn--go").click(); });
  await step("insp", async () => { await page.locator(".cut__head .btn--icon").first().click(); await shot("inspect"); await page.locator(".insp [role=tab]").nth(2).click(); await shot("yaml"); });
  await step("edit", async () => { await newFile(page, language === "ko" ? "파드" : "Pod"); await page.locator(".cm-content").click(); await page.keyboard.press("Control+End"); await page.keyboard.type("  rest"); await page.waitForTimeout(500); await shot("complete"); await page.keyboard.press("Escape"); await page.keyboard.press("Control+z");await page.keyboard.press("Control+Enter"); await page.waitForTimeout(1500); await page.locator(".foot__ghosts").click(); await shot("ghosts"); });
}); } catch (e) { console.log(e.message.slice(0, 800)); }
await b.close();
