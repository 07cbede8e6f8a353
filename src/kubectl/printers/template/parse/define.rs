//! Templates inside a template: `define`, `block` and `template`.

use super::{Node, Parsed, Parser, Tok};
use crate::kubectl::printers::gofmt::quote;
use std::collections::BTreeMap;

/// The templates of a text by their names.
pub type Templates = BTreeMap<String, Vec<Node>>;

/// Whether nothing would be printed. Models parse.IsEmptyTree.
fn is_empty(nodes: &[Node]) -> bool {
    nodes.iter().all(|node| matches!(node, Node::Text(text) if text.trim().is_empty()))
}

impl Parser<'_> {
    /// Passes over the beginning of a definition, where one stands.
    pub(super) fn passes_define(&mut self) -> bool {
        let begin = self.at;
        if self.next().tok == Tok::Open && self.next_non_space().tok == Tok::Ident("define".into()) {
            return true;
        }
        self.at = begin;
        false
    }

    /// `{{define "NAME"}}…{{end}}` from the name on.
    pub(super) fn definition(&mut self) -> Parsed<()> {
        let context = "define clause";
        let (name, _) = self.name(context)?;
        self.expect_close(context)?;
        self.body(name, context)
    }

    /// `{{block "NAME" PIPELINE}}…{{end}}` from the name on: a definition, and its use.
    pub(super) fn block(&mut self) -> Parsed<Node> {
        let context = "block clause";
        let (name, pos) = self.name(context)?;
        let pipe = self.pipeline(context, &Tok::Close)?;
        self.body(name.clone(), context)?;
        Ok(Node::Template { name, pos, pipe: Some(pipe) })
    }

    /// `{{template "NAME" PIPELINE}}` from the name on.
    pub(super) fn template(&mut self) -> Parsed<Node> {
        let context = "template clause";
        let (name, pos) = self.name(context)?;
        let closed = self.next_non_space().tok == Tok::Close;
        if !closed {
            self.at -= 1;
        }
        let pipe = if closed { None } else { Some(self.pipeline(context, &Tok::Close)?) };
        Ok(Node::Template { name, pos, pipe })
    }

    fn name(&mut self, context: &str) -> Parsed<(String, usize)> {
        let token = self.next_non_space();
        match token.tok {
            Tok::Str(name, _) => Ok((name, token.pos)),
            _ => self.unexpected(&token, context),
        }
    }

    /// What a definition holds; it knows no variables of what is around it.
    fn body(&mut self, name: String, context: &str) -> Parsed<()> {
        let outside = (std::mem::replace(&mut self.variables, vec!["$".into()]), std::mem::take(&mut self.loops));
        let (nodes, end) = self.list()?;
        match end.as_deref() {
            None => return self.fail("unexpected EOF"),
            Some("end") => {}
            Some(word) => return self.fail(&format!("unexpected {{{{{word}}}}} in {context}")),
        }
        (self.variables, self.loops) = outside;
        self.add(name, nodes)
    }

    /// Keeps a template; an empty one replaces none. Models parse.Tree.add.
    pub(super) fn add(&mut self, name: String, nodes: Vec<Node>) -> Parsed<()> {
        if self.templates.get(&name).is_none_or(|known| is_empty(known)) {
            self.templates.insert(name, nodes);
        } else if !is_empty(&nodes) {
            return self.fail(&format!("template: multiple definition of template {}", quote(&name)));
        }
        Ok(())
    }
}
