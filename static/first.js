// Runs before anything is painted: theme, language, and which of the first views (web/first.mjs) is shown.
(() => {
  const root = document.documentElement;
  const known = (key) => {
    try {
      return localStorage.getItem(`podground.${key}`) ?? "";
    } catch {
      return ""; // storage is closed to us
    }
  };
  const one = (value, all, otherwise) => (all.includes(value) ? value : otherwise);
  root.lang = one(known("lang"), ["ko", "en"], navigator.language.startsWith("ko") ? "ko" : "en");
  root.dataset.theme = one(known("theme"), ["dark", "light"], matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark");
  const worked = known(`session:${known("place")}`).includes('{"Keys":');
  root.dataset.pane = "lesson"; // on a phone
  root.dataset.first = /^#\/(learn|sandbox|work)/.test(location.hash) ? "work" : worked ? "again" : "new";
})();
