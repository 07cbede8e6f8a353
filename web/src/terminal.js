// The terminal: xterm.js behind five verbs. Bytes in, keystrokes out; it knows nothing of shells or clusters.
//
// No composition listeners here: xterm.js handles input methods itself, and a second listener doubles Hangul syllables.
import { FitAddon } from "@xterm/addon-fit";
import { SearchAddon } from "@xterm/addon-search";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";

const SCROLLBACK_LINES = 5000;

/** The page's colours, read anew at each change of theme. */
function palette() {
  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(name).trim();
  return {
    background: token("--sunken"),
    foreground: token("--ink"),
    cursor: token("--ink"),
    cursorAccent: token("--sunken"),
    selectionBackground: token("--selection"),
    black: token("--ink-3"),
    red: token("--fail"),
    green: token("--run"),
    yellow: token("--wait"),
    blue: token("--make"),
    magenta: token("--stop"),
    cyan: token("--c-key"),
    white: token("--ink-2"),
    brightBlack: token("--ink-3"),
    brightRed: token("--fail"),
    brightGreen: token("--run"),
    brightYellow: token("--wait"),
    brightBlue: token("--make"),
    brightMagenta: token("--stop"),
    brightCyan: token("--c-key"),
    brightWhite: token("--ink"),
  };
}

/** xterm.js measures glyphs: it needs font names and pixels, not CSS variables and rem. */
function font(largerBy = 0) {
  const style = getComputedStyle(document.documentElement);
  const rem = parseFloat(style.fontSize) || 16;
  return { family: style.getPropertyValue("--font-mono").trim(), size: rem * 0.8125 + largerBy };
}

/** Keys that the page keeps for itself; returns true when the key was taken. */
function isPageKey(event) {
  return event.key === "F6" || (event.metaKey && event.key.toLowerCase() === "k");
}

function copyOrPaste(event, terminal) {
  if (event.type !== "keydown") return false;
  const key = event.key.toLowerCase();
  const chord = event.metaKey || (event.ctrlKey && event.shiftKey);
  const plainCopy = event.ctrlKey && !event.shiftKey && key === "c" && terminal.hasSelection();
  if ((chord && key === "c" && terminal.hasSelection()) || plainCopy) {
    navigator.clipboard?.writeText(terminal.getSelection());
    terminal.clearSelection();
    event.preventDefault();
    return true;
  }
  // Ctrl+V and Cmd+V: the browser pastes into xterm.js's own text area.
  return key === "v" && (event.ctrlKey || event.metaKey);
}

/** Marks words that the page can explain: a hint of a line under them, and their meaning on hover or tap. */
function explainWords(terminal, words, onWord) {
  if (!words.length) return;
  const pattern = new RegExp(`\\b(?:${words.join("|")})\\b`, "g");
  terminal.registerLinkProvider({
    provideLinks: (y, done) => {
      const text = terminal.buffer.active.getLine(y - 1)?.translateToString(true) ?? "";
      const links = [...text.matchAll(pattern)].map((match) => ({
        text: match[0],
        range: { start: { x: match.index + 1, y }, end: { x: match.index + match[0].length, y } },
        decorations: { underline: true, pointerCursor: false },
        activate: () => onWord(match[0]),
        hover: () => onWord(match[0]),
        leave: () => onWord(""),
      }));
      done(links.length ? links : undefined);
    },
  });
}

/**
 * @param {HTMLElement} host
 * @param {{label: string, screenReader: boolean, onData: (text: string) => void, onResize: (cols: number, rows: number) => void,
 *          onLeave: () => void, onFind: () => void,
 *          words: string[], onWord: (word: string) => void}} options  `words` are explained by the page
 */
export function mount(host, options) {
  const { family, size } = font();
  const terminal = new Terminal({
    fontFamily: family,
    fontSize: size,
    lineHeight: 1.3,
    letterSpacing: 0,
    cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    scrollback: SCROLLBACK_LINES,
    screenReaderMode: options.screenReader,
    theme: palette(),
    minimumContrastRatio: 4.5,
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  const search = new SearchAddon();
  terminal.loadAddon(search);
  terminal.loadAddon(new WebLinksAddon());
  let largerBy = 0;
  terminal.open(host);
  terminal.textarea?.setAttribute("aria-label", options.label);
  terminal.onData(options.onData);
  terminal.onResize(({ cols, rows }) => options.onResize(cols, rows));
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.key === "Escape" && !event.isComposing) {
      if (event.type === "keydown") options.onLeave();
      return false;
    }
    if (event.ctrlKey && event.shiftKey && event.key.toLowerCase() === "f") {
      if (event.type === "keydown") options.onFind();
      event.preventDefault();
      return false;
    }
    return !isPageKey(event) && !copyOrPaste(event, terminal);
  });

  explainWords(terminal, options.words, options.onWord);

  const refit = () => {
    if (host.clientWidth > 0 && host.clientHeight > 0) fit.fit();
  };
  const watcher = new ResizeObserver(refit);
  watcher.observe(host);
  refit();
  document.fonts?.ready.then(refit);

  return {
    write: (bytes) => terminal.write(bytes),
    focus: () => terminal.focus(),
    restyle: () => {
      terminal.options.theme = palette();
      terminal.options.fontSize = font(largerBy).size;
      refit();
    },
    setLetters: (points) => {
      largerBy = points;
      terminal.options.fontSize = font(largerBy).size;
      refit();
    },
    /** Whether the text is there; it is selected and scrolled to. */
    find: (text, backwards) => {
      if (!text) {
        search.clearDecorations();
        terminal.clearSelection();
        return false;
      }
      return backwards ? search.findPrevious(text, { incremental: false }) : search.findNext(text);
    },
    setScreenReader: (on) => {
      terminal.options.screenReaderMode = on;
    },
    setLabel: (label) => terminal.textarea?.setAttribute("aria-label", label),
    dispose: () => {
      watcher.disconnect();
      terminal.dispose();
    },
  };
}
