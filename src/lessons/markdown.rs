//! Lesson Markdown as HTML that cannot run script.
//!
//! Raw HTML is shown as text, links keep only `https:`, `#` and `lesson:` targets. A fenced block with the language `run`
//! becomes buttons, one a line, that type the command into the terminal; `file NAME` becomes a button that opens the text as a
//! file; `figure KIND FILE` becomes a small living cluster. `[[term]]` and `[[term|words]]` tell a term of the glossary.

use pulldown_cmark::{CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd};

use super::glossary::Words;

/// A part of a step's prose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// HTML.
    Html(String),
    /// A figure.
    Figure(Figure),
}

/// A figure as the prose asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figure {
    /// `pod-diagram`, `selector-board` or `lifecycle-strip`.
    pub kind: String,
    /// The file with its manifests, in the lesson's folder `figures`; after loading, their text.
    pub manifests: String,
    /// What else stands on the fence: a duration, a selector.
    pub argument: String,
    /// HTML.
    pub caption: String,
}

/// The kinds of figures.
pub const FIGURES: &[&str] = &["pod-diagram", "selector-board", "lifecycle-strip"];

/// Something of the prose that can be clicked and acts on the playground.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Click {
    /// A command line.
    Run(RunBlock),
    /// A file: its name and text.
    File(String, String),
}

/// A command in the prose that can be clicked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunBlock {
    /// The command line.
    pub command: String,
    /// Whether it is meant to fail (`run fails`).
    pub fails: bool,
    /// Whether it keeps the terminal until it is ended (`run stays`).
    pub stays: bool,
    /// Whether it is meant for after the task (`run after`).
    pub after: bool,
}

/// What a text has that must be proved: clicks, figures, links and terms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// In order.
    pub clicks: Vec<Click>,
    /// In order.
    pub figures: Vec<Figure>,
    /// Targets of links.
    pub links: Vec<String>,
    /// Ids of terms.
    pub terms: Vec<String>,
    /// Languages of fences that are not known.
    pub unknown: Vec<String>,
}

/// Languages of fences that are only shown.
const SHOWN: &[&str] = &["", "yaml", "json", "text", "sh", "console", "diff"];

/// What must be proved of a text.
pub fn contents(markdown: &str) -> Contents {
    let mut found = Contents::default();
    let mut block: Option<(String, String)> = None;
    for event in Parser::new_ext(&with_terms(markdown, &|id, _| format!("[]({TERM}{id})")), Options::ENABLE_TABLES) {
        match (event, &mut block) {
            (Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))), _) => block = Some((language.to_string(), String::new())),
            (Event::Text(text), Some((_, body))) => body.push_str(&text),
            (Event::End(TagEnd::CodeBlock), Some(_)) => {
                if let Some((language, body)) = block.take() {
                    found.fence(&language, &body);
                }
            }
            (Event::Start(Tag::Link { dest_url, .. }), _) => match dest_url.strip_prefix(TERM) {
                Some(id) => found.terms.push(id.to_owned()),
                None => found.links.push(dest_url.to_string()),
            },
            _ => {}
        }
    }
    found
}

impl Contents {
    fn fence(&mut self, language: &str, body: &str) {
        if let Some(flags) = run_flags(language) {
            let lines = body.lines().filter(|line| !line.trim().is_empty());
            self.clicks.extend(lines.map(|line| Click::Run(RunBlock { command: line.to_owned(), ..flags.clone() })));
        } else if let Some(name) = language.strip_prefix("file ") {
            self.clicks.push(Click::File(name.trim().to_owned(), body.to_owned()));
        } else if let Some(figure) = figure(language, body) {
            self.figures.push(figure);
        } else if !SHOWN.contains(&language) {
            self.unknown.push(language.to_owned());
        }
    }
}

/// `run`, with what follows it.
fn run_flags(language: &str) -> Option<RunBlock> {
    let mut words = language.split_whitespace();
    if words.next() != Some("run") {
        return None;
    }
    let mut flags = RunBlock::default();
    for word in words {
        match word {
            "fails" => flags.fails = true,
            "stays" => flags.stays = true,
            "after" => flags.after = true,
            _ => return None,
        }
    }
    Some(flags)
}

/// `figure KIND FILE [ARGUMENT]`, its caption in the body.
fn figure(language: &str, body: &str) -> Option<Figure> {
    let rest = language.strip_prefix("figure ")?;
    let mut words = rest.splitn(3, ' ').map(str::trim);
    let mut next = || words.next().unwrap_or_default().to_owned();
    Some(Figure { kind: next(), manifests: next(), argument: next(), caption: body.trim().to_owned() })
}

/// The scheme of links that stand for terms.
const TERM: &str = "term:";

/// `markdown` with every `[[term]]` outside of code as `written` has it.
fn with_terms(markdown: &str, written: &dyn Fn(&str, &str) -> String) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut fenced = false;
    for line in markdown.split_inclusive('\n') {
        fenced ^= line.trim_start().starts_with("```");
        if fenced {
            out.push_str(line);
            continue;
        }
        for (index, part) in line.split('`').enumerate() {
            if index > 0 {
                out.push('`');
            }
            // Every second part stands between backticks.
            if index % 2 == 1 { out.push_str(part) } else { push_terms(&mut out, part, written) }
        }
    }
    out
}

fn push_terms(out: &mut String, mut text: &str, written: &dyn Fn(&str, &str) -> String) {
    while let Some((before, rest)) = text.split_once("[[") {
        let Some((inside, after)) = rest.split_once("]]") else { break };
        out.push_str(before);
        let (id, words) = inside.split_once('|').unwrap_or((inside, ""));
        out.push_str(&written(id.trim(), words.trim()));
        text = after;
    }
    out.push_str(text);
}

/// `markdown` as HTML, figures left out.
pub fn html(markdown: &str, words: &dyn Words) -> String {
    let pieces = pieces(markdown, words).into_iter();
    pieces.filter_map(|piece| if let Piece::Html(html) = piece { Some(html) } else { None }).collect()
}

/// A line of `markdown` as HTML for the middle of a sentence: no paragraph is made of it.
pub fn inline(markdown: &str, words: &dyn Words) -> String {
    let html = html(markdown, words);
    let line = html.trim().strip_prefix("<p>").and_then(|html| html.strip_suffix("</p>"));
    line.filter(|line| !line.contains("<p>")).unwrap_or(&html).to_owned()
}

/// `markdown` as HTML and figures, in order.
pub fn pieces(markdown: &str, words: &dyn Words) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut writer = Writer { words, events: Vec::new(), term: None, told: 0, seal: seal(markdown) };
    let mut block: Option<(String, String)> = None;
    let named = |id: &str, text: &str| {
        let shown = if text.is_empty() { words.term(id).map(|(term, _)| term) } else { None };
        format!("[{}]({TERM}{id})", shown.as_deref().unwrap_or(if text.is_empty() { id } else { text }))
    };
    for event in Parser::new_ext(&with_terms(markdown, &named), Options::ENABLE_TABLES) {
        match (event, &mut block) {
            (Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))), _) if is_special(&language) => {
                block = Some((language.to_string(), String::new()));
            }
            (Event::Text(text), Some((_, body))) => body.push_str(&text),
            (Event::End(TagEnd::CodeBlock), Some(_)) => {
                let Some((language, body)) = block.take() else { continue };
                match figure(&language, &body) {
                    Some(mut figure) => {
                        writer.flush(&mut pieces);
                        figure.caption = html(&figure.caption, words);
                        figure.manifests = words.figure(&figure.manifests).unwrap_or_default();
                        pieces.push(Piece::Figure(figure));
                    }
                    None => writer.events.push(Event::Html(special_block(&language, &body).into())),
                }
            }
            (event, None) => writer.event(event.into_static()),
            (_, Some(_)) => {}
        }
    }
    writer.flush(&mut pieces);
    pieces
}

struct Writer<'a> {
    words: &'a dyn Words,
    events: Vec<Event<'static>>,
    /// The term whose words are being written.
    term: Option<String>,
    told: usize,
    seal: u32,
}

impl Writer<'_> {
    fn event(&mut self, event: Event<'static>) {
        match event {
            Event::Html(raw) | Event::InlineHtml(raw) => self.events.push(Event::Text(raw)),
            Event::Start(Tag::Link { dest_url, .. }) if dest_url.starts_with(TERM) => {
                let id = dest_url.trim_start_matches(TERM).to_owned();
                let place = self.place();
                self.events.push(Event::InlineHtml(format!("<button type=\"button\" class=\"term\" popovertarget=\"{place}\">").into()));
                self.term = Some(id);
            }
            Event::End(TagEnd::Link) if self.term.is_some() => self.end_term(),
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let dest_url = safe_target(&dest_url);
                self.events.push(Event::Start(Tag::Link { link_type, dest_url, title, id }));
            }
            // A picture would have to be fetched; its words stand for it.
            Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => {}
            event => self.events.push(event),
        }
    }

    fn place(&self) -> String {
        format!("term-{:x}-{}", self.seal, self.told)
    }

    fn end_term(&mut self) {
        let place = self.place();
        self.told += 1;
        let id = self.term.take().unwrap_or_default();
        let (term, text) = self.words.term(&id).unwrap_or_default();
        let told = format!("</button><span popover class=\"told\" id=\"{place}\"><b>{}</b> {}</span>", escape(&term), escape(&text));
        self.events.push(Event::InlineHtml(told.into()));
    }

    fn flush(&mut self, pieces: &mut Vec<Piece>) {
        let mut out = String::new();
        pulldown_cmark::html::push_html(&mut out, std::mem::take(&mut self.events).into_iter());
        if !out.trim().is_empty() {
            pieces.push(Piece::Html(out));
        }
    }
}

/// Where a link may lead: a page by https, a place of this page, a lesson. Anything else leads nowhere.
fn safe_target(target: &str) -> CowStr<'static> {
    if let Some(lesson) = target.strip_prefix("lesson:") {
        return format!("#/learn/{lesson}").into();
    }
    let safe = target.starts_with("https://") || target.starts_with('#');
    if safe { target.to_owned().into() } else { "#".into() }
}

/// Tells texts apart, so that what they tell has names of its own on the page.
fn seal(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

fn is_special(language: &str) -> bool {
    run_flags(language).is_some() || language.starts_with("file ") || language.starts_with("figure ")
}

fn special_block(language: &str, body: &str) -> String {
    if let Some(name) = language.strip_prefix("file ") {
        let (name, text) = (escape(name.trim()), escape(body));
        return format!(
            "<button type=\"button\" class=\"file\" data-file=\"{name}\" data-text=\"{text}\"><b>{name}</b><pre>{text}</pre></button>\n"
        );
    }
    let buttons = body.lines().filter(|line| !line.trim().is_empty()).map(|line| {
        let line = escape(line);
        format!("<button type=\"button\" class=\"cmd\" data-run=\"{line}\"><code>{line}</code></button>\n")
    });
    buttons.collect()
}

/// Text for HTML, in elements and in quoted attributes.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Told;

    impl Words for Told {
        fn term(&self, id: &str) -> Option<(String, String)> {
            (id == "pod").then(|| ("Pod".to_owned(), "a <box>".to_owned()))
        }
        fn figure(&self, file: &str) -> Option<String> {
            Some(format!("# {file}"))
        }
    }

    #[test]
    fn commands_become_buttons_and_html_stays_text() {
        let text = "a <script>x()</script> `b`\n\n```run\nkubectl get \"po\"\n```\n\n[l](javascript:x) <b onclick=y>";
        let html = html(text, &Told);
        assert!(html.contains("data-run=\"kubectl get &quot;po&quot;\""), "{html}");
        assert!(!html.contains("<script>") && !html.contains("javascript:") && !html.contains("<b onclick"), "{html}");
        let run = RunBlock { command: "kubectl get \"po\"".into(), ..RunBlock::default() };
        assert_eq!(contents(text).clicks, [Click::Run(run)]);
    }

    #[test]
    fn terms_are_told_and_code_is_left_alone() {
        let text = "A [[pod]], two [[pod|pods]], `[[ -f x ]]` and [a lesson](lesson:labels).\n\n```\n[[pod]]\n```\n";
        let html = html(text, &Told);
        assert!(html.contains(">Pod</button>") && html.contains(">pods</button>"), "{html}");
        assert!(html.contains("a &lt;box&gt;") && html.contains("<code>[[ -f x ]]</code>"), "{html}");
        assert!(html.contains("href=\"#/learn/labels\"") && html.contains("[[pod]]\n"), "{html}");
        let found = contents(text);
        assert_eq!((found.terms, found.links), (vec!["pod".to_owned(), "pod".to_owned()], vec!["lesson:labels".to_owned()]));
    }

    #[test]
    fn figures_stand_between_the_words() {
        let pieces = pieces("a\n\n```figure selector-board shop.yaml app=ui,rel!=beta\nTry *it*.\n```\n\nb", &Told);
        let [Piece::Html(_), Piece::Figure(figure), Piece::Html(_)] = &pieces[..] else { panic!("{pieces:?}") };
        assert_eq!((figure.kind.as_str(), figure.argument.as_str()), ("selector-board", "app=ui,rel!=beta"));
        assert_eq!((figure.manifests.as_str(), figure.caption.trim()), ("# shop.yaml", "<p>Try <em>it</em>.</p>"));
        assert_eq!(contents("```run after fails\nx\n```\n```python\ny\n```").unknown, ["python"]);
    }
}
