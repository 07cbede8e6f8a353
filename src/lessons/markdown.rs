//! Lesson Markdown as HTML that cannot run script.
//!
//! Raw HTML is shown as text, links keep only `https:` and `#` targets. A fenced block with the language `run` becomes
//! buttons, one a line, that type the command into the terminal; `file NAME` becomes a button that opens the text as a file.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A command in the prose that can be clicked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunBlock {
    /// The command line.
    pub command: String,
    /// Whether it is meant to fail (written `run fails`).
    pub fails: bool,
}

/// The commands of a text that can be clicked, in order.
pub fn run_blocks(markdown: &str) -> Vec<RunBlock> {
    let mut blocks = Vec::new();
    let mut fails = None;
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                fails = match &*language {
                    "run" => Some(false),
                    "run fails" => Some(true),
                    _ => None,
                };
            }
            Event::Text(text) => {
                if let Some(fails) = fails {
                    blocks.extend(text.lines().map(|line| RunBlock { command: line.to_owned(), fails }));
                }
            }
            Event::End(TagEnd::CodeBlock) => fails = None,
            _ => {}
        }
    }
    blocks
}

/// `markdown` as HTML.
pub fn html(markdown: &str) -> String {
    let mut out = String::new();
    let mut events = Vec::new();
    let mut block: Option<(String, String)> = None;
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match (event, &mut block) {
            (Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))), _) if is_special(&language) => {
                block = Some((language.to_string(), String::new()));
            }
            (Event::Text(text), Some((_, body))) => body.push_str(&text),
            (Event::End(TagEnd::CodeBlock), Some(_)) => {
                if let Some((language, body)) = block.take() {
                    events.push(Event::Html(special_block(&language, &body).into()));
                }
            }
            (Event::Html(raw) | Event::InlineHtml(raw), None) => events.push(Event::Text(raw)),
            (Event::Start(Tag::Link { link_type, dest_url, title, id }), None) => {
                let safe = dest_url.starts_with("https://") || dest_url.starts_with('#');
                let dest_url = if safe { dest_url } else { "#".into() };
                events.push(Event::Start(Tag::Link { link_type, dest_url, title, id }));
            }
            // A picture would have to be fetched; its words stand for it.
            (Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image), None) => {}
            (event, None) => events.push(event),
            (_, Some(_)) => {}
        }
    }
    pulldown_cmark::html::push_html(&mut out, events.into_iter());
    out
}

fn is_special(language: &str) -> bool {
    language == "run" || language == "run fails" || language.starts_with("file ")
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
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_become_buttons_and_html_stays_text() {
        let text = "a <script>x()</script> `b`\n\n```run\nkubectl get \"po\"\n```\n\n[l](javascript:x) <b onclick=y>";
        let html = html(text);
        assert!(html.contains("data-run=\"kubectl get &quot;po&quot;\""), "{html}");
        assert!(!html.contains("<script>") && !html.contains("javascript:") && !html.contains("<b onclick"), "{html}");
        assert_eq!(run_blocks(text), [RunBlock { command: "kubectl get \"po\"".into(), fails: false }]);
    }
}
