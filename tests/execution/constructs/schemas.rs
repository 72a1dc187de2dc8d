//! `input.schema`, `output.schema` and `export.schema`, of tasks, of the workflow and of `foreach`.

use auterity::model::ExecutionStatus;
use serde_json::{Value, json};

use crate::lab::{Lab, Script};

const VALIDATION: &str = "https://serverlessworkflow.io/spec/1.0.0/errors/validation";

async fn end_of(tasks: &str, input: Value) -> (ExecutionStatus, Option<Value>, Option<Value>) {
    let end = Lab::new(Script::new()).await.play(tasks, input).await;
    (end.status, end.output, end.error)
}

/// The error it ends with: where, and in which words.
async fn refused(tasks: &str, input: Value) -> (String, String) {
    let (status, output, error) = end_of(tasks, input).await;
    assert_eq!(status, ExecutionStatus::Faulted, "{tasks}: {output:?}");
    let error = error.unwrap();
    assert_eq!((&error["type"], &error["status"]), (&json!(VALIDATION), &json!(400)), "{tasks}");
    let text = |field: &str| error[field].as_str().unwrap_or_default().to_owned();
    (text("instance"), text("detail"))
}

const NUMBER: &str = "{ document: { type: object, required: [n], properties: { n: { type: integer, maximum: 5 } } } }";

#[tokio::test]
async fn a_tasks_input_is_checked_before_it_is_shaped() {
    let tasks =
        format!("do:\n  - a: {{ input: {{ schema: {NUMBER}, from: '${{ .n }}' }}, set: {{ got: '${{ . }}' }} }}\n");
    assert_eq!(end_of(&tasks, json!({ "n": 3 })).await.1, Some(json!({ "got": 3 })));
    let (at, why) = refused(&tasks, json!({ "n": 9 })).await;
    assert!(at == "/do/0/a" && why.starts_with("input/n: 9"), "{at} {why}");
    refused(&tasks, json!({})).await;
    // a task that is passed over asks for nothing
    let skipped = tasks.replace("- a: {", "- a: { if: '${ .n != null }',");
    assert_eq!(end_of(&skipped, json!({ "m": 1 })).await.1, Some(json!({ "m": 1 })));
}

#[tokio::test]
async fn a_tasks_output_is_checked_after_it_is_shaped_and_the_context_after_the_export() {
    let output = format!(
        "do:\n  - a: {{ set: {{ n: '${{ .n }}' }}, output: {{ schema: {NUMBER}, as: '${{ {{ n: (.n + 1) }} }}' }} }}\n"
    );
    assert_eq!(end_of(&output, json!({ "n": 4 })).await.1, Some(json!({ "n": 5 })));
    assert!(refused(&output, json!({ "n": 5 })).await.1.starts_with("output/n: 6"));
    let export = format!(
        "do:\n  - a: {{ set: {{ n: '${{ .n }}' }}, export: {{ schema: {NUMBER}, as: '${{ $context + . }}' }} }}\n  - b: {{ set: {{ kept: '${{ $context.n }}' }} }}\n"
    );
    assert_eq!(end_of(&export, json!({ "n": 4 })).await.1, Some(json!({ "kept": 4 })));
    assert!(refused(&export, json!({ "n": 6 })).await.1.starts_with("export/n: 6"));
}

#[tokio::test]
async fn a_try_catches_what_does_not_fit_and_goes_on_with_its_own_input() {
    let tasks = format!(
        r#"
do:
  - guarded:
      try:
        - a: {{ set: {{ n: 9 }}, output: {{ schema: {NUMBER}, as: '${{ {{ n: .n }} }}' }} }}
      catch:
        errors: {{ with: {{ type: '{VALIDATION}' }} }}
        do: [ {{ note: {{ set: {{ at: '${{ $error.instance }}', mine: '${{ $input.n }}' }} }} }} ]
"#
    );
    let expected = json!({ "at": "/do/0/guarded/try/0/a", "mine": 1 });
    assert_eq!(end_of(&tasks, json!({ "n": 1 })).await.1, Some(expected));
}

#[tokio::test]
async fn the_workflow_has_schemas_of_its_own() {
    let input = format!("input: {{ schema: {NUMBER} }}\ndo:\n  - a: {{ set: {{ done: true }} }}\n");
    assert_eq!(end_of(&input, json!({ "n": 3 })).await.0, ExecutionStatus::Completed);
    assert!(refused(&input, json!({ "n": "x" })).await.1.starts_with("input/n"));
    let output = format!(
        "output: {{ schema: {NUMBER}, as: '${{ {{ n: .m }} }}' }}\ndo:\n  - a: {{ set: {{ m: '${{ .n }}' }} }}\n"
    );
    assert_eq!(end_of(&output, json!({ "n": 3 })).await.1, Some(json!({ "n": 3 })));
    assert!(refused(&output, json!({ "n": 8 })).await.1.starts_with("output/n: 8"));
}

#[tokio::test]
async fn what_does_not_fit_the_schemas_of_foreach_or_inside_it_ends_its_item_alone() {
    const SHORT: &str = "{ schema: { document: { type: object, properties: { text: { maxLength: 3 } } } } }";
    let tasks = |inside: &str, around: &str| {
        format!(
            r#"
do:
  - hear:
      listen:
        to:
          any:
            - with: {{ type: customer.message.received }}
              correlate: {{ customer: {{ from: '${{ .data.customer_id }}', expect: '${{ "c1" }}' }} }}
          until: '${{ length > 1 }}'
      foreach:
        item: reply
        do: [ {{ take: {{ set: {{ text: '${{ $reply.text }}' }}{inside} }} }} ]{around}
"#
        )
    };
    let hear = async |tasks: String| {
        let lab = Lab::new(Script::new()).await;
        let _engine = lab.engine();
        let id = lab.run_tasks(&tasks, json!({})).await;
        lab.until(&id, |execution| execution.status == ExecutionStatus::Waiting).await;
        for (n, text) in ["much too long", "yes"].iter().enumerate() {
            lab.message(&format!("m{n}"), "c1", text).await;
        }
        let end = lab.until(&id, |execution| execution.status.is_over()).await;
        let failed = lab.lines(&id, "item").await.into_iter().map(|line| line.value["fault"].clone());
        (end, failed.collect::<Vec<Value>>())
    };
    let around =
        |part: &str| tasks("", &format!("\n        {part}: {{ as: '${{ . }}', {} }}", &SHORT[2..SHORT.len() - 2]));
    for (tasks, at, part) in [
        (tasks(&format!(", output: {SHORT}"), ""), "/do/0/hear/foreach/do/0/take", "output"),
        (around("output"), "/do/0/hear/foreach", "output"),
        (around("export"), "/do/0/hear/foreach", "export"),
    ] {
        let (end, failed) = hear(tasks).await;
        assert_eq!(end.output, Some(json!([{ "text": "yes" }])), "{:?}", end.error);
        let [fault] = failed.as_slice() else { panic!("{failed:?}") };
        assert_eq!((&fault["type"], &fault["instance"]), (&json!(VALIDATION), &json!(at)));
        assert!(fault["detail"].as_str().unwrap().starts_with(&format!("{part}/text")), "{fault}");
    }
    // the context that one item would have left is not there for the next
    let (end, _) = hear(
        around("export").replace("'${ . }'", "'${ $context + {text, n: (($context.n // 0) + 1)} }'")
            + "  - look: { set: { n: '${ $context.n }' } }\n",
    )
    .await;
    assert_eq!(end.output, Some(json!({ "n": 1 })), "{:?}", end.error);
}

#[tokio::test]
async fn a_schema_that_cannot_be_read_is_the_definitions_fault() {
    for schema in ["{ document: { type: 7 } }", "{ resource: { endpoint: 'https://x.example/s.json' } }"] {
        let tasks = format!("do:\n  - a: {{ input: {{ schema: {schema} }}, set: {{ x: 1 }} }}\n");
        let (status, _, error) = end_of(&tasks, json!({})).await;
        assert_eq!(status, ExecutionStatus::Faulted, "{schema}");
        assert!(error.unwrap()["type"].as_str().unwrap().ends_with("/configuration"), "{schema}");
    }
}
