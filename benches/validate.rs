//! How long it takes to validate a draft of 50 steps and to plan one from a sentence.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and may stop at the first surprise")]

use std::hint::black_box;
use std::time::Instant;

use auterity::workflow::Definition;
use auterity::workflow::catalog::Catalog;
use auterity::workflow::validate::{ValidationContext, is_valid, validate};
use serde_json::json;

fn draft(steps: usize) -> Definition {
    let tasks: Vec<_> = (0..steps)
        .map(|i| {
            let customer = "${ $workflow.input[0].data.customer_id }";
            let task = match i % 4 {
                0 => json!({ "call": "create_task", "with": { "assignee": "record_owner", "title": format!("Call {{{{customer.name}}}} ({i})"), "due_in": "PT1H" } }),
                1 => json!({ "call": "check_consent", "with": { "customer_id": customer, "channel": "sms", "purpose": "informational" }, "export": { "as": format!("${{ $context + {{ c{i}: . }} }}") } }),
                2 => json!({ "if": format!("${{ $context.c{}.allowed }}", i - 1), "call": "notify_user", "with": { "to": "role:sales_manager", "message": "{{customer.name}} may be texted" } }),
                _ => json!({ "wait": "PT5M" }),
            };
            json!({ format!("step{i}"): task })
        })
        .collect();
    Definition::from_value(json!({
        "document": { "dsl": "1.0.3", "namespace": "bench", "name": "fifty-steps", "version": "1.0.0", "title": "Fifty steps" },
        "schedule": { "on": { "one": { "with": { "type": "lead.created" } } } },
        "do": tasks,
    }))
    .unwrap()
}

fn main() {
    let context = ValidationContext::new(Catalog::embedded());
    for steps in [5, 50, 500] {
        let draft = draft(steps);
        let first = Instant::now();
        let found = validate(&draft, &context);
        let cold = first.elapsed().as_secs_f64() * 1000.0;
        assert!(is_valid(&found), "{found:#?}");
        let mut took: Vec<f64> = (0..200)
            .map(|_| {
                let begun = Instant::now();
                black_box(validate(black_box(&draft), &context));
                begun.elapsed().as_secs_f64() * 1000.0
            })
            .collect();
        took.sort_by(f64::total_cmp);
        println!(
            "validate a draft of {steps:>3} steps  {:.3} ms  (median of {}, first {cold:.1} ms)",
            took[100],
            took.len()
        );
    }
}
