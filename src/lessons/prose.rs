//! `ko.md` and `en.md`: the words of a lesson.
//!
//! `# Title`, an opening, then one `## step-id` section a step: `### Title`, prose, and blocks that begin with
//! `:::task`, `:::check ID`, `:::hint ID`, `:::mistake ID` or `:::question ID` and end with `:::`. A `## remember`
//! section and a `## real-cluster` section close the lesson.

use std::collections::BTreeMap;

/// The words of a lesson in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prose {
    /// The title.
    pub title: String,
    /// Markdown between the title and the first step: what the learner will be able to do.
    pub opening: String,
    /// The steps, in the order in which they stand.
    pub steps: Vec<ProseStep>,
    /// Markdown: three lines to remember.
    pub remember: String,
    /// Markdown: what would differ on a real cluster.
    pub real_cluster: String,
}

/// The words of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProseStep {
    /// The step's id.
    pub id: String,
    /// Line of the section in the file, from 1.
    pub line: usize,
    /// The title.
    pub title: String,
    /// Markdown.
    pub body: String,
    /// One line of plain text.
    pub task: String,
    /// What each check says, by its id.
    pub checks: BTreeMap<String, String>,
    /// Markdown of each hint, by its id.
    pub hints: BTreeMap<String, String>,
    /// Markdown of the answers to wrong turns, by id.
    pub mistakes: BTreeMap<String, String>,
    /// The questions, by id.
    pub questions: BTreeMap<String, ProseQuestion>,
}

/// A question's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProseQuestion {
    /// Markdown.
    pub text: String,
    /// What to choose from; empty for a field to type into.
    pub choices: Vec<Choice>,
    /// Markdown, shown after the answer.
    pub explanation: String,
}

/// One choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Plain text.
    pub text: String,
    /// Whether it is right.
    pub right: bool,
}

impl Prose {
    /// Reads a file. `Err` holds the line (from 1) and what is wrong there.
    pub fn parse(text: &str) -> Result<Prose, (usize, String)> {
        let mut prose = Prose::default();
        let mut section: Option<String> = None;
        let mut block: Option<(usize, String, String, Vec<String>)> = None;
        let mut fenced = false;
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            if let Some((_, name, id, lines)) = &mut block {
                if line.trim() == ":::" {
                    let (name, id, lines) = (name.clone(), id.clone(), std::mem::take(lines));
                    prose.close_block(&name, &id, &lines).map_err(|why| (number, why))?;
                    block = None;
                } else {
                    lines.push(line.to_owned());
                }
                continue;
            }
            if line.starts_with("```") {
                fenced = !fenced;
            }
            if !fenced && let Some(opened) = line.strip_prefix(":::") {
                let (name, id) = opened.trim().split_once(' ').unwrap_or((opened.trim(), ""));
                block = Some((number, name.to_owned(), id.trim().to_owned(), Vec::new()));
            } else if !fenced && let Some(title) = line.strip_prefix("# ") {
                prose.title = title.trim().to_owned();
            } else if !fenced && let Some(id) = line.strip_prefix("## ") {
                let id = id.trim().to_owned();
                if !matches!(id.as_str(), "remember" | "real-cluster") {
                    prose.steps.push(ProseStep { id: id.clone(), line: number, ..ProseStep::default() });
                }
                section = Some(id);
            } else if !fenced && line.starts_with("### ") && prose.steps.last().is_some_and(|step| step.title.is_empty()) {
                if let Some(step) = prose.steps.last_mut() {
                    step.title = line.trim_start_matches('#').trim().to_owned();
                }
            } else {
                prose.add_line(section.as_deref(), line);
            }
        }
        match block {
            Some((number, name, ..)) => Err((number, format!("the block :::{name} is never closed with :::"))),
            None => Ok(prose),
        }
    }

    fn add_line(&mut self, section: Option<&str>, line: &str) {
        let target = match section {
            None => &mut self.opening,
            Some("remember") => &mut self.remember,
            Some("real-cluster") => &mut self.real_cluster,
            Some(_) => match self.steps.last_mut() {
                Some(step) => &mut step.body,
                None => return,
            },
        };
        target.push_str(line);
        target.push('\n');
    }

    fn close_block(&mut self, name: &str, id: &str, lines: &[String]) -> Result<(), String> {
        let Some(step) = self.steps.last_mut() else { return Err(format!("the block :::{name} stands before the first step")) };
        let text = lines.join("\n").trim().to_owned();
        let id = id.to_owned();
        let twice = match name {
            "task" => std::mem::replace(&mut step.task, text).chars().next().is_some(),
            "check" => step.checks.insert(id, text).is_some(),
            "hint" => step.hints.insert(id, text).is_some(),
            "mistake" => step.mistakes.insert(id, text).is_some(),
            "question" => step.questions.insert(id, question(lines)).is_some(),
            other => return Err(format!("there is no block :::{other}; there are task, check, hint, mistake and question")),
        };
        if twice { Err(format!("the block :::{name} stands twice")) } else { Ok(()) }
    }

    /// The words of the step called `id`.
    pub fn step(&self, id: &str) -> Option<&ProseStep> {
        self.steps.iter().find(|step| step.id == id)
    }
}

/// Text, then `- [ ] choice` and `- [x] right choice` lines, then the explanation.
fn question(lines: &[String]) -> ProseQuestion {
    let mut question = ProseQuestion::default();
    for line in lines {
        let choice = line.strip_prefix("- [ ] ").map(|text| (text, false)).or_else(|| line.strip_prefix("- [x] ").map(|text| (text, true)));
        match choice {
            Some((text, right)) => question.choices.push(Choice { text: text.trim().to_owned(), right }),
            None if question.choices.is_empty() && !line.starts_with("> ") => {
                question.text.push_str(line);
                question.text.push('\n');
            }
            None => {
                question.explanation.push_str(line.strip_prefix("> ").unwrap_or(line));
                question.explanation.push('\n');
            }
        }
    }
    question
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_and_blocks_are_told_apart() {
        let text = "# T\nopen\n## one\n### Title\nbody\n:::task\ndo\n:::\n:::question q\nwhy?\n- [x] a\n- [ ] b\n> because\n:::\n## remember\n- x\n";
        let prose = Prose::parse(text).unwrap();
        assert_eq!((prose.title.as_str(), prose.opening.as_str(), prose.remember.as_str()), ("T", "open\n", "- x\n"));
        let step = prose.step("one").unwrap();
        assert_eq!((step.title.as_str(), step.body.as_str(), step.task.as_str()), ("Title", "body\n", "do"));
        assert_eq!(step.questions["q"].explanation, "because\n");
        assert!(step.questions["q"].choices[0].right);
        assert_eq!(Prose::parse("# T\n## one\n:::task\nx").unwrap_err().0, 3);
    }
}
