//! One step of a turn: which tools to call, or what to say when there is nothing left to call.

use serde_json::{Value, json};

use super::language::{Lexicon, PolicyKind, Text};
use super::parse::{Parser, Plan};
use super::turn::{Author, Reply, ToolCallOut, Turn};
use super::{answer, clarify, closing, compose, edit, intent, repair, warn};
use crate::workflow::Catalog;

/// What the message wants.
pub(super) enum Wish<'a> {
    Question,
    Submit,
    Undo { redo: bool },
    Decline(&'a super::language::Policy),
    Edit(Option<edit::Edit>),
    Clarify(Vec<&'static str>),
    Create(Plan),
}

/// Answers one step of a turn.
#[must_use]
pub fn respond(turn: &Turn<'_>) -> Reply {
    let lexicon = Lexicon::embedded();
    let message = turn.messages.iter().rev().find(|m| m.author == Author::Staff).map_or("", |m| m.text.as_str());
    let text = Text::read(message, lexicon);
    let parser = Parser { text: &text, lexicon, catalog: Catalog::embedded() };
    let language = intent::language(&text, lexicon, turn.setting.language.as_deref());
    let wish = wish(&parser, turn, language);
    let acted = turn.results.iter().any(|r| !is_search(&r.name));
    if acted && let Some(correction) = repair::repair(turn) {
        return correction;
    }
    if acted {
        return closing::close(&parser, turn, &wish, language);
    }
    if turn.results.is_empty() {
        let calls = searches(&parser, turn, &wish);
        if !calls.is_empty() {
            return Reply { text: String::new(), calls };
        }
    }
    act(&parser, turn, wish, language)
}

/// Reading tools: they change nothing.
pub(super) fn is_search(name: &str) -> bool {
    matches!(name, "search_templates" | "search_knowledge" | "find_actions" | "explain_value")
}

fn wish<'a>(parser: &Parser<'a>, turn: &Turn<'_>, language: &str) -> Wish<'a> {
    let tokens = parser.tokens();
    let said = |name: &str| parser.intent(name, 0, tokens.len()).is_some();
    let policy = parser.lexicon.policy(tokens);
    if intent::pure(parser, turn.draft.is_some()) {
        return match policy {
            Some(policy) if policy.kind == PolicyKind::OutOfScope => Wish::Decline(policy),
            _ => Wish::Question,
        };
    }
    if turn.draft.is_some() {
        if said("undo") || said("redo") {
            return Wish::Undo { redo: said("redo") };
        }
        if said("submit") {
            return Wish::Submit;
        }
    }
    if let Some(policy) = policy {
        return Wish::Decline(policy);
    }
    if let Some(draft) = turn.draft {
        return Wish::Edit(edit::edit(parser, draft, turn, language));
    }
    let plan = parser.plan();
    let codes = clarify::codes(parser, &plan);
    if codes.is_empty() { Wish::Create(plan) } else { Wish::Clarify(codes) }
}

fn call(name: &str, arguments: Value) -> ToolCallOut {
    ToolCallOut { name: name.to_owned(), arguments }
}

fn searches(parser: &Parser<'_>, turn: &Turn<'_>, wish: &Wish<'_>) -> Vec<ToolCallOut> {
    let offered = |name: &str| turn.tools.contains(&name);
    let message = parser.text.raw.as_str();
    let query: String = message.chars().take(300).collect();
    let mut calls = Vec::new();
    if matches!(wish, Wish::Question) && answer::about_source(parser, turn) && offered("explain_value") {
        return vec![call("explain_value", json!({ "value": query }))];
    }
    let knowledge = match wish {
        Wish::Question => (!answer::about_draft(parser, turn)).then(|| query.clone()),
        Wish::Decline(policy) => policy.lookup.clone(),
        Wish::Create(_) => Some(query.clone()),
        Wish::Submit | Wish::Undo { .. } | Wish::Edit(_) | Wish::Clarify(_) => None,
    };
    if matches!(wish, Wish::Create(_)) && offered("search_templates") {
        calls.push(call("search_templates", json!({ "query": query, "limit": 3 })));
    }
    if let Some(query) = knowledge
        && offered("search_knowledge")
    {
        calls.push(call("search_knowledge", json!({ "query": query, "limit": 3 })));
    }
    calls
}

fn act(parser: &Parser<'_>, turn: &Turn<'_>, wish: Wish<'_>, language: &str) -> Reply {
    let offered = |name: &str| turn.tools.contains(&name);
    let say = |key: &str| Reply { text: parser.lexicon.phrase(key, language).to_owned(), calls: Vec::new() };
    let with = |calls: Vec<ToolCallOut>| Reply { text: String::new(), calls };
    match wish {
        Wish::Question => answer::answer(parser, turn, language),
        Wish::Submit if offered("submit_for_approval") => with(vec![call("submit_for_approval", json!({}))]),
        Wish::Undo { redo } if offered("undo_edit") => {
            with(vec![call("undo_edit", if redo { json!({ "redo": true }) } else { json!({}) })])
        }
        Wish::Undo { .. } => say("cannot_undo"),
        Wish::Decline(policy) if offered("decline") => {
            let pick =
                |map: &std::collections::BTreeMap<String, String>| map.get(language).or_else(|| map.get("en")).cloned();
            let warnings: Vec<Value> = policy
                .warnings
                .iter()
                .map(|code| json!({ "code": code, "text": warn::text_of(parser.lexicon, code, language) }))
                .collect();
            let kind = match policy.kind {
                PolicyKind::OutOfScope => "out_of_scope",
                PolicyKind::RefuseOrWarn => "refuse_or_warn",
            };
            let mut arguments = json!({ "kind": kind, "reason": pick(&policy.reason), "warnings": warnings });
            if let Some(instead) = pick(&policy.instead) {
                arguments["safe_alternative"] = json!(instead);
            }
            with(vec![call("decline", arguments)])
        }
        Wish::Edit(Some(edit)) if offered("edit_workflow") => {
            if edit.operations.is_empty() && edit.warnings.is_empty() {
                return with(ask(parser, turn, &edit.asks, language));
            }
            let mut arguments = json!({ "base_revision": turn.revision, "operations": edit.operations });
            if !edit.provenance.is_empty() {
                arguments["provenance"] = json!(edit.provenance);
            }
            if !edit.warnings.is_empty() {
                arguments["warnings"] = json!(edit.warnings);
            }
            let missed: Vec<String> = edit.missed.iter().map(|words| format!("“{words}”")).collect();
            let text = if missed.is_empty() {
                String::new()
            } else {
                parser.lexicon.phrase("not_done", language).replace("<list>", &missed.join(", "))
            };
            Reply { text, calls: vec![call("edit_workflow", arguments)] }
        }
        Wish::Edit(_) if offered("ask") => {
            let question = json!({ "code": "reference", "text": parser.lexicon.phrase("edit_question", language) });
            with(vec![call("ask", json!({ "questions": [question] }))])
        }
        Wish::Edit(_) => say("edit_unclear"),
        Wish::Clarify(codes) => {
            let calls = ask(parser, turn, &codes, language);
            if calls.is_empty() { say("not_understood") } else { with(calls) }
        }
        Wish::Create(plan) if offered("write_workflow") => with(create(parser, turn, &plan, language)),
        Wish::Submit | Wish::Decline(_) | Wish::Create(_) => say("not_understood"),
    }
}

fn ask(parser: &Parser<'_>, turn: &Turn<'_>, codes: &[&'static str], language: &str) -> Vec<ToolCallOut> {
    if codes.is_empty() || !turn.tools.contains(&"ask") {
        return Vec::new();
    }
    let questions: Vec<Value> = codes.iter().take(3).map(|c| clarify::question(parser.lexicon, c, language)).collect();
    vec![call("ask", json!({ "questions": questions }))]
}

fn create(parser: &Parser<'_>, turn: &Turn<'_>, plan: &Plan, language: &str) -> Vec<ToolCallOut> {
    let composed = compose::compose(parser, plan, turn.setting, language);
    let warnings = warn::warnings(parser, &composed.definition, language);
    let citations: Vec<&str> = answer::hits(turn).into_iter().take(1).map(|h| h.document).collect();
    let mut calls = vec![call(
        "write_workflow",
        json!({
            "title": composed.title,
            "summary": composed.summary,
            "definition": composed.definition,
            "provenance": composed.provenance,
            "warnings": warnings,
            "citations": citations
        }),
    )];
    let mut codes: Vec<&'static str> = plan.asks.iter().map(|a| a.code).collect();
    codes.extend(composed.missing.iter().copied());
    codes.sort_unstable();
    codes.dedup();
    calls.extend(ask(parser, turn, &codes, language));
    calls
}
