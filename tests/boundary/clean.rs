//! Clean requests are not blocked: worked examples and templates in their own words, and what the built-in planner and a
//! good model make of each request of the tuning set (and of the file of requests in `DOMAIN_DIR`, where that is set). All
//! with a text from outside in the conversation, so that every power needs its source.

use std::path::PathBuf;

use auterity::model::MessageId;
use auterity::model::conversation::{Message, Role};
use auterity::model::span::{Origin, Span};
use auterity::planner::{Author, Setting, ToolOutcome, Turn, Utterance, respond};
use auterity::tools::boundary::{Material, admit};
use auterity::workflow::describe::describe;
use auterity::workflow::edit::{EditOperation, apply};
use auterity::workflow::{Catalog, Definition, Language, template};
use serde_json::{Map, Value, json};

fn material(text: &str) -> Material {
    let message = Message {
        id: MessageId::generate(),
        run_id: None,
        role: Role::User,
        content: text.to_owned(),
        tool_calls: Vec::new(),
        tool_call_id: None,
        prompts: None,
        created_at: "2026-03-10T15:00:00Z".parse().unwrap(),
    };
    let span = Span { origin: Origin::Knowledge, label: "Tips".into(), text: "Always say hello.".into() };
    Material::of(&[message], vec![span])
}

fn refused(text: &str, old: Option<&Definition>, new: &Definition) -> Vec<String> {
    admit(&material(text), old, new).err().map(|refusal| refusal.sentences(Language::En)).unwrap_or_default()
}

#[test]
fn the_worked_examples_pass_in_their_own_words() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/examples");
    let mut blocked = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let definition = Definition::from_yaml(&text).unwrap();
        // whoever says what the readback says has asked for all of it
        let readback = describe(&definition, Catalog::embedded(), Language::En).to_text();
        let summary = definition.header("summary").unwrap_or_default();
        let words = format!("{}. {summary}\n{readback}", definition.title());
        count += 1;
        for line in refused(&words, None, &definition) {
            blocked.push(format!("{}: {line}", path.file_stem().unwrap().display()));
        }
    }
    assert_eq!(count, 13);
    assert!(blocked.is_empty(), "{blocked:#?}");
}

#[test]
fn a_template_called_by_its_name_passes() {
    for template in template::embedded() {
        let words = format!("Set up the {} template for us please.", template.name);
        assert_eq!(refused(&words, None, &template.definition), [""; 0], "{}", template.name);
    }
}

/// Of a hundred requests of the tuning set, so many may need another word of their author before a good model's draft of
/// them stands.
const MOST_ASKED_AGAIN: usize = 5;

fn requests() -> Vec<Value> {
    let mut text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/evals/datasets/tuning.jsonl")).unwrap();
    if let Some(folder) = std::env::var_os("DOMAIN_DIR").map(PathBuf::from) {
        text.push('\n');
        text.push_str(&std::fs::read_to_string(folder.join("dev_requests.jsonl")).unwrap());
    }
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn base(request: &Value) -> Option<Definition> {
    request.pointer("/base/definition").map(|base| Definition::from_value(base.clone()).unwrap())
}

/// What the planner writes; absent when it answers, asks or declines.
fn planned(text: &str, base: Option<&Definition>) -> Option<Definition> {
    let setting =
        Setting { namespace: "lakeside-toyota".into(), stores: vec!["lakeside-main".into()], ..Setting::default() };
    let messages = [Utterance { author: Author::Staff, text: text.to_owned() }];
    let tools =
        ["search_templates", "search_knowledge", "write_workflow", "edit_workflow", "ask", "decline", "undo_edit"];
    let mut results: Vec<ToolOutcome> = Vec::new();
    for _ in 0..4 {
        let turn = Turn {
            setting: &setting,
            messages: &messages,
            draft: base,
            revision: i64::from(base.is_some()),
            results: &results,
            tools: &tools,
        };
        for call in respond(&turn).calls {
            match call.name.as_str() {
                "write_workflow" => return Definition::from_value(call.arguments["definition"].clone()).ok(),
                "edit_workflow" => {
                    let operations: Vec<EditOperation> =
                        serde_json::from_value(call.arguments["operations"].clone()).unwrap();
                    return Some(apply(base.unwrap(), &operations).unwrap());
                }
                _ => results.push(ToolOutcome {
                    name: call.name,
                    arguments: call.arguments,
                    result: json!({"hits": []}),
                }),
            }
        }
    }
    None
}

#[test]
fn nothing_the_planner_drafts_is_blocked() {
    let mut blocked = Vec::new();
    let mut drafted = 0;
    for request in requests() {
        let text = request["text"].as_str().unwrap();
        let base = base(&request);
        let Some(new) = planned(text, base.as_ref()) else { continue };
        drafted += 1;
        for line in refused(text, base.as_ref(), &new) {
            blocked.push(format!("{} {text}: {line}", request["id"]));
        }
    }
    eprintln!("{drafted} drafts");
    assert!(blocked.is_empty(), "{blocked:#?}");
}

/// The steps of an answer key as a definition: what a good model would write, as far as powers go.
fn key(request: &Value) -> Option<Definition> {
    let gold = &request["gold"];
    let schedule = match gold["trigger"]["type"].as_str()? {
        "event" => json!({"on": {"one": {"with": {"type": gold["trigger"]["event"]}}}}),
        "cron" => json!({"cron": gold["trigger"]["cron"]}),
        _ => return None,
    };
    let mut tasks = Vec::new();
    steps(&gold["steps"], &mut tasks);
    let raw = json!({
        "document": {"dsl": "1.0.3", "namespace": "t", "name": "n", "version": "1.0.0"},
        "schedule": schedule, "do": tasks,
    });
    Definition::from_value(raw).ok()
}

/// The inputs of a key's step: `{employee_id}` stands for a field of the record at hand, and a search without a filter is
/// about that record.
fn inputs(step: &Map<String, Value>) -> Value {
    let mut with = step.get("with").cloned().unwrap_or(json!({}));
    if step["action"] == "find_records" && with.get("filter").is_none() {
        with["filter"] = json!({"id": "${ .id }"});
    }
    let text = with.to_string().replace("\"user:{", "\"${ \\\"user:\\\" + .");
    let text = text.replace("manager_of:{assignee_id}", "manager_of:record_owner").replace("\"{", "\"${ .");
    let text = text.replace("_id}\"", "_id }\"");
    serde_json::from_str(&text).unwrap()
}

fn steps(value: &Value, tasks: &mut Vec<Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| steps(item, tasks)),
        Value::Object(step) => {
            if let Some(action) = step.get("action") {
                let name = format!("t{}", tasks.len());
                tasks.push(json!({name: {"call": action, "with": inputs(step)}}));
            }
            for key in ["branches", "cases", "do", "steps"] {
                step.get(key).into_iter().for_each(|inner| steps(inner, tasks));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn what_a_good_model_would_draft_is_not_blocked() {
    let (mut tuned, mut others) = (Vec::new(), Vec::new());
    let mut count = 0;
    for request in requests().iter().filter(|request| request["kind"] == "create") {
        let text = request["text"].as_str().unwrap();
        let Some(new) = key(request) else { continue };
        let id = request["id"].as_str().unwrap();
        count += 1;
        let lines = refused(text, None, &new);
        if !lines.is_empty() {
            let list = if id.starts_with("tun-") { &mut tuned } else { &mut others };
            list.push(format!("{id} {text}: {}", lines.join("; ")));
        }
    }
    eprintln!("{} and {} of {count}", tuned.len(), others.len());
    assert!(others.is_empty(), "{others:#?}");
    assert!(tuned.len() <= MOST_ASKED_AGAIN, "{} of {count}: {tuned:#?}", tuned.len());
}
