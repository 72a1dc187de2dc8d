//! A conversation of one turn with tools that answer like the real ones.

use auterity::planner::{Author, Setting, ToolOutcome, Turn, Utterance, is_pure_question, respond};
use auterity::workflow::edit::{EditOperation, apply};
use auterity::workflow::{Catalog, Definition, Severity, ValidationContext, validate};
use serde_json::{Value, json};

pub const STORY: &str =
    "when a new internet lead comes in text them right away and if they dont answer in ten min ping the sales mgr";

/// What a turn led to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    pub kind: &'static str,
    pub definition: Option<Value>,
    pub provenance: Vec<Value>,
    pub operations: Vec<Value>,
    pub warnings: Vec<String>,
    pub questions: Vec<String>,
    pub called: Vec<String>,
    /// The closing words.
    pub text: String,
    /// All words of the turn.
    pub said: String,
}

const READING: [&str; 4] = ["search_templates", "search_knowledge", "find_actions", "decline"];
const ALL: [&str; 9] = [
    "search_templates",
    "search_knowledge",
    "find_actions",
    "write_workflow",
    "edit_workflow",
    "ask",
    "decline",
    "undo_edit",
    "submit_for_approval",
];

pub fn say(text: &str, draft: Option<&Value>) -> Outcome {
    let draft = draft.map(|d| Definition::from_value(d.clone()).unwrap());
    let setting = Setting {
        namespace: "lakeside-toyota".to_owned(),
        stores: vec!["lakeside-main".to_owned()],
        job_roles: Vec::new(),
        language: None,
    };
    let messages = [Utterance { author: Author::Staff, text: text.to_owned() }];
    let tools: &[&str] = if is_pure_question(text, draft.is_some()) { &READING } else { &ALL };
    let mut out = Outcome { kind: "question", ..Outcome::default() };
    let mut results: Vec<ToolOutcome> = Vec::new();
    for _ in 0..5 {
        let turn = Turn {
            setting: &setting,
            messages: &messages,
            draft: draft.as_ref(),
            revision: i64::from(draft.is_some()),
            results: &results,
            tools,
        };
        let reply = respond(&turn);
        out.text.clone_from(&reply.text);
        out.said.push_str(&reply.text);
        if reply.calls.is_empty() {
            return out;
        }
        for call in reply.calls {
            assert!(tools.contains(&call.name.as_str()), "`{}` was not offered for {text:?}", call.name);
            let arguments = &call.arguments;
            let codes = |key: &str| -> Vec<String> {
                let list = arguments.get(key).and_then(Value::as_array);
                list.into_iter().flatten().map(|w| w["code"].as_str().unwrap().to_owned()).collect()
            };
            let result = match call.name.as_str() {
                "search_knowledge" => json!({ "hits": [
                    { "document": "quiet-hours", "title": "When we may call or text", "text": "From 8 to 20.", "score": 1.0 }
                ] }),
                "write_workflow" => {
                    out.kind = "create";
                    out.definition = Some(arguments["definition"].clone());
                    out.provenance = arguments["provenance"].as_array().unwrap().clone();
                    out.warnings = codes("warnings");
                    let diagnostics = diagnosed(&arguments["definition"]);
                    json!({ "revision": 1, "digest": "", "changes": [], "diagnostics": diagnostics })
                }
                "edit_workflow" if draft.is_none() => {
                    let operations: Vec<EditOperation> =
                        serde_json::from_value(arguments["operations"].clone()).unwrap();
                    let written = Definition::from_value(out.definition.take().unwrap()).unwrap();
                    out.definition = Some(apply(&written, &operations).unwrap().into_raw());
                    json!({ "revision": 2, "digest": "", "changes": [], "diagnostics": [] })
                }
                "edit_workflow" => {
                    out.kind = "edit";
                    out.operations = arguments["operations"].as_array().unwrap().clone();
                    out.warnings = codes("warnings");
                    json!({ "revision": 2, "digest": "", "changes": [{ "words": "changed" }], "diagnostics": [] })
                }
                "ask" => {
                    out.questions = codes("questions");
                    if out.kind == "question" {
                        out.kind = "clarify";
                    }
                    json!({ "asked": out.questions.len() })
                }
                "decline" => {
                    out.kind = if arguments["kind"] == "out_of_scope" { "out_of_scope" } else { "refuse_or_warn" };
                    out.warnings = codes("warnings");
                    json!({})
                }
                _ => json!({ "hits": [] }),
            };
            out.called.push(call.name.clone());
            results.push(ToolOutcome { name: call.name, arguments: call.arguments, result });
        }
    }
    panic!("the planner never ends its turn on {text:?}");
}

/// A draft that was written, valid, with every quote found in the request.
pub fn drafted(text: &str) -> Outcome {
    let out = say(text, None);
    assert_eq!(out.kind, "create", "{text:?} → {out:?}");
    let definition = out.definition.clone().unwrap();
    valid(&definition, text);
    for slot in &out.provenance {
        let pointer = slot["pointer"].as_str().unwrap();
        assert!(definition.pointer(pointer).is_some(), "{text:?}: no value at {pointer}");
        if let Some(quote) = slot.get("quote").and_then(Value::as_str) {
            assert!(text.contains(quote), "{text:?} does not say {quote:?}");
        }
    }
    out
}

pub fn valid(definition: &Value, text: &str) {
    let errors = errors(definition);
    assert!(errors.is_empty(), "{text:?}: {errors:#?}\n{definition:#}");
}

/// What the validator refuses, as a tool reports it.
fn diagnosed(definition: &Value) -> Vec<Value> {
    let definition = Definition::from_value(definition.clone()).unwrap();
    let stores = ["lakeside-main"];
    let context = ValidationContext::new(Catalog::embedded()).with_stores(&stores);
    let found = validate(&definition, &context).into_iter().filter(|d| d.severity == Severity::Error);
    found.map(|d| json!({ "severity": d.severity, "pointer": d.pointer, "message": d.message })).collect()
}

/// What the validator refuses.
pub fn errors(definition: &Value) -> Vec<String> {
    let definition = Definition::from_value(definition.clone()).unwrap();
    let stores = ["lakeside-main"];
    let context = ValidationContext::new(Catalog::embedded()).with_stores(&stores);
    let found = validate(&definition, &context);
    let errors = found.into_iter().filter(|d| d.severity == Severity::Error);
    errors.map(|d| format!("{} {} {}", d.code, d.pointer, d.message)).collect()
}

/// Actions and waits, depth first.
pub fn steps(definition: &Value) -> Vec<String> {
    let definition = Definition::from_value(definition.clone()).unwrap();
    let mut out = Vec::new();
    for task in definition.all_tasks() {
        let word = task.raw.get("call").and_then(Value::as_str).map(str::to_owned);
        let control = ["wait", "listen", "for"].into_iter().find(|k| task.raw.contains_key(*k)).map(str::to_owned);
        out.extend(word.or(control));
    }
    out
}

/// Actions with whom or until when, waits with their length, listens with their events; depth first.
pub fn outline(definition: &Value) -> Vec<String> {
    let definition = Definition::from_value(definition.clone()).unwrap();
    let mut out = Vec::new();
    for task in definition.all_tasks() {
        let raw = Value::Object(task.raw.clone());
        let at = |pointer: &str| raw.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        if let Some(action) = task.raw.get("call").and_then(Value::as_str) {
            let detail = match action {
                "notify_user" => at("/with/to"),
                "request_approval" => at("/with/approver"),
                "create_task" => at("/with/due_in"),
                _ => String::new(),
            };
            out.push(format!("{action} {detail}").trim_end().to_owned());
        } else if task.raw.contains_key("wait") {
            out.push(format!("wait {}", at("/wait")));
        } else if let Some(to) = raw.pointer("/listen/to") {
            let any = to["any"].as_array().cloned().unwrap_or_default();
            let one = to.get("one").cloned();
            let names: Vec<String> =
                any.into_iter().chain(one).map(|f| f["with"]["type"].as_str().unwrap().to_owned()).collect();
            out.push(format!("listen {} {}", names.join(","), at("/timeout/after")).trim_end().to_owned());
        } else if let Some(fork) = task.raw.get("fork") {
            out.push(if fork["compete"] == true { "race" } else { "fork" }.to_owned());
        } else if let Some(word) = ["for", "switch"].into_iter().find(|k| task.raw.contains_key(*k)) {
            out.push(word.to_owned());
        }
    }
    out
}
