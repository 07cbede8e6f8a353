// The beginning of a lesson's words, in the first view (web/first.mjs) while the application is still on its way: whoever
// opens a lesson's link on a slow phone can begin to read. It is what the application shows there, so nothing changes when
// it takes over; where it would need the application to know (a figure, a term's own name), it ends.

const CLOSING = ["remember", "real-cluster"];

/** Title, number of steps, and the first step's title and paragraphs, the lesson's opening before them. */
function beginning(markdown) {
  const sections = markdown.split(/^## /m);
  const steps = sections.slice(1).filter((section) => !CLOSING.includes(section.split("\n", 1)[0].trim()));
  const [, title = "", opening = ""] = sections[0].match(/^# (.*)\n([^]*)$/m) ?? [];
  const [, heading = "", body = ""] = steps[0]?.match(/^### (.*)\n([^]*)$/m) ?? [];
  const paragraphs = `${opening}\n\n${body}`.split(/\n\s*\n/).map((text) => text.trim()).filter(Boolean);
  const end = paragraphs.findIndex((text) => /^(```|:::|[-*|>#]|\d+\. )|\[\[[^|\]]*\]\]|[^\]]\]\(/.test(text));
  return { title, steps: steps.length, heading, paragraphs: end < 0 ? paragraphs : paragraphs.slice(0, end) };
}

const element = (name, properties, ...inside) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...inside);
  return made;
};

/** `code`, **strong** and [[id|term]] as elements; all else is text, whatever it looks like. */
const words = (text) =>
  text
    .split(/(`[^`]+`|\*\*[^*]+\*\*|\[\[[^\]]+\]\])/)
    .map((part) => {
      if (/^`.+`$/s.test(part)) return element("code", {}, part.slice(1, -1));
      if (/^\*\*.+\*\*$/s.test(part)) return element("strong", {}, part.slice(2, -2));
      if (/^\[\[.+\]\]$/s.test(part)) return element("span", { className: "term" }, part.slice(2, -2).split("|")[1] ?? "");
      return part;
    });

/** Shows the beginning of lesson `id`, whose `files` have arrived; of one that was begun before only its title. */
export function foreword(id, files, begun) {
  const language = document.documentElement.lang;
  const pane = document.querySelector(`#first .first__work:lang(${language}) .pane--lesson`);
  const markdown = files[`${id}/${language}.md`];
  if (!pane || !markdown) return;
  const { title, steps, heading, paragraphs } = beginning(markdown);
  const rail = element("ol", { className: "rail" }, ...Array.from({ length: steps }, (_, at) => element("li", { className: at || begun ? "" : "now" })));
  const head = element("div", { className: "lesson__head" }, element("div", { className: "lesson__where" }, "\u00a0"), element("h2", {}, title), rail);
  const body = element("div", { className: "lesson__body" });
  if (!begun) body.append(element("h2", {}, heading), ...paragraphs.map((text) => element("p", {}, ...words(text))));
  pane.replaceChildren(head, body, element("p", { className: "lesson__foot" }, pane.querySelector(".say")?.textContent ?? ""));
}
