// A worker that compiles the application and rehearses its first minute (src/ui/rehearsal.rs), so that the page can be painted
// and answers meanwhile. A compiled module may be handed over between threads; browsers compile its functions when they are
// first called, which takes most of the application's start, and for all threads at once.

/** The second half, once it is there: what rehearsing needs of it, it gets (see `loadRest` in boot.js). */
let rest;

globalThis.podground = { loadRest: (exports) => new WebAssembly.Instance(rest, { p: exports }) };

/** Does it and tells the page; a failure is the page's to mend. */
async function tell(what, task) {
  try {
    postMessage({ what, result: await task() });
  } catch (error) {
    postMessage({ what, error: String(error) });
  }
}

const compile = (url) => WebAssembly.compileStreaming(fetch(url));

async function first({ js, wasm }) {
  let module;
  let application;
  await tell("wasm", async () => (module = await compile(wasm)));
  await tell("start", async () => {
    application = await import(js);
    await application.default({ module_or_path: module });
    application.rehearseStart();
  });
  return application;
}

let application;
addEventListener("message", async ({ data }) => {
  if (data.js) {
    application = first(data);
    return;
  }
  if (data.rest) await tell("rest", async () => (rest = await compile(data.rest)));
  try {
    (await application).rehearseCommands();
  } finally {
    close(); // its cluster goes with it
  }
});
