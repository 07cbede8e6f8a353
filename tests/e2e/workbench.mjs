// What a person does on the workbench, in few words, for the tests beside this file.

/** Waits until the terminal and the editor can be used. */
export async function ready(page) {
  await page.locator(".term__host:not([hidden]) .xterm-helper-textarea").waitFor({ state: "attached" });
  await page.locator(".pane--edit .cm-content, .pane--edit .say").first().waitFor({ state: "attached" });
}

/** The text of the terminal in front, line by line. */
export const terminalText = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll(".term__host:not([hidden]) .xterm-rows > div")]
      .map((row) => row.textContent.replaceAll("\u00a0", " ").trimEnd())
      .join("\n")
      .trim(),
  );

/** Waits until the terminal shows a text (or matches a pattern), and returns all that it shows. */
export async function terminalShows(page, wanted, timeout = 20_000) {
  const end = Date.now() + timeout;
  for (;;) {
    const text = await terminalText(page);
    if (typeof wanted === "string" ? text.includes(wanted) : wanted.test(text)) return text;
    if (Date.now() > end) throw new Error(`the terminal never showed ${wanted}; it shows:\n${text}`);
    await page.waitForTimeout(50);
  }
}

/** Types a line at the prompt, as a person does. */
export async function type(page, line) {
  await page.locator(".term__host:not([hidden])").click();
  await page.keyboard.type(`${line}\n`);
}

/** A new file from the menu, by the name of its template. */
export async function newFile(page, template) {
  const menu = page.locator(".menu-button");
  if (await page.locator(".pane--edit .say .menu__item").count()) {
    await page.locator(".pane--edit .say .menu__item", { hasText: template }).first().click();
  } else {
    await menu.click();
    await page.locator(".menu .menu__item", { hasText: template }).first().click();
  }
  await page.locator(".cm-content").waitFor();
}

/** Where the keyboard is: the class of the pane around it. */
export const focusedPane = (page) =>
  page.evaluate(() => document.activeElement?.closest(".pane, .time")?.className.replace("pane ", "") ?? "");

/** Composes a syllable as an input method does, key by key. */
export async function compose(page, steps) {
  const client = await page.context().newCDPSession(page);
  for (const text of steps) {
    await client.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
  }
  await client.send("Input.insertText", { text: steps.at(-1) });
  await client.detach();
}

/** One blank for each run of blanks, none for the line breaks of the terminal's own wrapping. */
const flat = (text) => text.replace(/[^\S\n]+/g, " ");

/** Waits until the terminal shows a text, however wide it is. A text that starts with a newline starts a line. */
export async function terminalSays(page, wanted, timeout = 30_000) {
  const columns = wanted.startsWith("\n") ? flat(wanted) : flat(wanted).replaceAll(" ", "");
  const squeeze = (text) => (wanted.startsWith("\n") ? flat(text) : text.replace(/\s+/g, ""));
  const end = Date.now() + timeout;
  for (;;) {
    const text = await terminalText(page);
    if (squeeze(text).includes(columns)) return text;
    if (Date.now() > end) throw new Error(`the terminal never showed ${JSON.stringify(wanted)}; it shows:\n${text}`);
    await page.waitForTimeout(50);
  }
}

/** Runs a line on a cleared screen and waits for what it prints; returns the screen. */
export async function inTerminal(page, line, prints) {
  await page.locator(".term__host:not([hidden])").click();
  await page.keyboard.press("Control+l");
  await page.keyboard.type(`${line}\n`);
  return terminalSays(page, prints);
}

/** Puts a text in place of the editor's, as a paste does: nothing is indented or completed on the way. */
export async function replaceText(page, text) {
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await page.evaluate((text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    document.querySelector(".cm-content").dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}
