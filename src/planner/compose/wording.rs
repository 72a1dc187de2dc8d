//! Texts for people, written when the workflow is drafted. A text is only chosen where every field it names exists.

use super::Composer;
use crate::planner::language::Wording;
use crate::planner::parse::Act;

/// What a text is for.
pub struct Written {
    /// Subject, for e-mail.
    pub subject: String,
    /// The text.
    pub text: String,
}

impl Composer<'_, '_> {
    /// The text an act writes.
    #[must_use]
    pub fn written(&self, act: &Act) -> Written {
        let language = if act.spanish { "es" } else { self.language.as_str() };
        let key =
            if self.situation.is_empty() { act.action.clone() } else { format!("{}/{}", act.action, self.situation) };
        let chosen = self.choose(&key, act, language).or_else(|| self.choose(&act.action, act, language));
        let Some(wording) = chosen else { return Written { subject: String::new(), text: self.fallback() } };
        let say = |map: &std::collections::BTreeMap<String, String>| {
            map.get(language)
                .or_else(|| map.get("en"))
                .cloned()
                .unwrap_or_default()
                .replace("<limit>", &self.limit_words)
        };
        Written { subject: say(&wording.subject), text: say(&wording.text) }
    }

    fn choose(&self, key: &str, act: &Act, language: &str) -> Option<&Wording> {
        let name = self.event.map_or("", |e| e.name.as_str());
        let tokens = self.parser.tokens();
        let mut best: Option<(usize, &Wording)> = None;
        for wording in self.parser.lexicon.wordings.iter().filter(|w| w.action == key) {
            let general = wording.events.is_empty();
            let here =
                wording.events.iter().any(|e| e == name || e.strip_suffix('*').is_some_and(|p| name.starts_with(p)));
            if !general
                && (!here || !self.loops.is_empty() && act.action.starts_with("send") && name.starts_with("lead"))
            {
                continue;
            }
            let said = self.parser.lexicon.best(&wording.compiled, tokens, act.span.from, act.span.to).is_some();
            if !wording.patterns.is_empty() && !said {
                continue;
            }
            let text = wording.text.get(language).or_else(|| wording.text.get("en"));
            if !text.is_some_and(|t| self.speakable(t)) {
                continue;
            }
            let score = usize::from(here) * 2 + usize::from(said) * 3;
            if best.is_none_or(|(s, _)| score > s) {
                best = Some((score, wording));
            }
        }
        best.map(|(_, wording)| wording)
    }

    /// Whether every merge field of a text is there and never null.
    fn speakable(&self, text: &str) -> bool {
        let mut rest = text;
        while let Some((_, after)) = rest.split_once("{{") {
            let Some((field, tail)) = after.split_once("}}") else { return false };
            rest = tail;
            let path = field.split('|').next().unwrap_or_default().trim();
            let Some((root, path)) = path.split_once('.') else {
                if self.loops.iter().any(|l| l.each == path) {
                    continue;
                }
                return false;
            };
            let known = match root {
                "customer" => self.has_customer(),
                "owner" | "store" | "link" => true,
                "context" => path.split('.').next().is_some_and(|name| self.kept.contains(name)),
                "event" => self.event.is_some_and(|e| {
                    let parts: Vec<&str> = path.split('.').collect();
                    (1..=parts.len()).all(|n| e.data.at_path(&parts[..n].join(".")).is_some_and(|f| !f.nullable))
                }),
                item => self.loops.iter().any(|l| {
                    l.each == item
                        && self
                            .parser
                            .catalog
                            .entity(&l.entity)
                            .and_then(|e| e.fields.at_path(path))
                            .is_some_and(|f| !f.nullable)
                }),
            };
            if !known {
                return false;
            }
        }
        true
    }

    /// When no text fits: what started the workflow, in the author's words.
    fn fallback(&self) -> String {
        let said = match self.trigger {
            crate::planner::parse::Trigger::Event { said, .. } | crate::planner::parse::Trigger::Time { said, .. } => {
                *said
            }
            crate::planner::parse::Trigger::Unknown => crate::planner::parse::Span::default(),
        };
        let quote = super::header::capital(self.parser.text.quote(said.from, said.to).trim()).replace(['{', '}'], "");
        let quote = if quote.is_empty() { "Auterity".to_owned() } else { quote };
        if self.has_customer() { format!("{quote}: {{{{customer.name}}}}") } else { quote }
    }
}
