//! `auterity draft`: a file of requests in, a file of drafts out, no server and no key.

use std::process::Command;

use serde_json::{Value, json};

use crate::script;

#[test]
fn each_line_is_a_conversation_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("in.jsonl"), folder.path().join("out.jsonl"));
    let lines = [
        json!({"id": "a", "text": "When a new internet lead comes in, make a task for the sales manager."}),
        json!({"id": "b", "text": "make it 5 minutes instead", "base": {"definition": script::definition()}}),
        json!({"id": "c", "text": "How long does the task have?", "base": {"definition": script::definition()}}),
    ];
    std::fs::write(&from, lines.map(|line| format!("{line}\n")).concat()).unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_auterity"))
        .args(["draft", "--jsonl", from.to_str().unwrap(), "--out", to.to_str().unwrap()])
        .current_dir(folder.path())
        .env_remove("OPENAI_API_KEY")
        .env_remove("DATABASE_URL")
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let drafts: Vec<Value> =
        std::fs::read_to_string(&to).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |at: usize, key: &str| drafts[at][key].clone();
    assert_eq!((of(0, "id"), of(0, "kind")), (json!("a"), json!("create")), "{}", drafts[0]);
    assert_eq!(of(0, "definition")["schedule"]["on"]["one"]["with"]["type"], "lead.created");
    assert_eq!((of(1, "kind"), of(1, "definition").is_object()), (json!("edit"), true), "{}", drafts[1]);
    assert!(of(1, "definition").to_string().contains("PT5M"));
    assert_eq!((of(2, "kind"), of(2, "definition")), (json!("question"), Value::Null), "{}", drafts[2]);
    for draft in &drafts {
        assert!(!draft["reply"].as_str().unwrap().is_empty());
        for key in ["questions", "warnings", "citations", "provenance", "tokens", "ms"] {
            assert!(draft.get(key).is_some(), "{key} is missing");
        }
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 2, "nothing but the two files stays behind");
}
