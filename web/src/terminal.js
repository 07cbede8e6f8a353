// The terminal: xterm.js, thin. Bytes in, keys out.
import { Terminal } from "@xterm/xterm";
import { FitAddon } from "@xterm/addon-fit";
import "@xterm/xterm/css/xterm.css";

/** Mounts a terminal in `parent`; `onData(text)` is given what is typed, `onResize(columns, rows)` the size. */
export function mount(parent, { onData = () => {}, onResize = () => {} } = {}) {
  const terminal = new Terminal({ cursorBlink: true, convertEol: true });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.open(parent);
  terminal.onData(onData);
  terminal.onResize(({ cols, rows }) => onResize(cols, rows));
  const observer = new ResizeObserver(() => fit.fit());
  observer.observe(parent);
  return {
    write: (text) => terminal.write(text),
    focus: () => terminal.focus(),
    destroy: () => (observer.disconnect(), terminal.dispose()),
  };
}
