use super::*;

fn held(tasks: &str) -> bool {
    let definition = Definition::from_yaml(&format!("document: {{}}\ndo:\n{tasks}")).unwrap();
    let send = definition.task_named("send").unwrap();
    Release::of(&definition).holds(&send)
}

const DRAFT: &str =
    "  - draft: { call: draft_text, with: { instruction: thank }, export: { as: '${ $context + { words: . } }' } }\n";
const ASK: &str = "  - ask: { call: request_approval, with: { details: '{{context.words.text}}' } }\n";
const HEAR: &str = "  - hear: { try: [ { heard: { listen: { to: { one: { with: { type: approval.decided } } } }, export: { as: '${ $context + { answer: .[0] } }' } } } ], catch: {} }\n";
const YES: &str = "$context.answer.decision == \"approved\"";

fn send(more: &str) -> String {
    format!("  - send: {{ call: send_sms, with: {{ body: '{{{{context.words.text}}}}' }}{more} }}\n")
}

#[test]
fn a_text_written_at_run_time_is_held_unless_somebody_agrees_to_it() {
    let plain = |body: &str| format!("  - send: {{ call: send_sms, with: {{ body: '{body}' }} }}\n");
    let copy =
        "  - copy: { set: { text: '${ $context.words.text }' }, export: { as: '${ $context + { copied: . } }' } }\n";
    let guarded = send(&format!(", if: '${{ {YES} }}'"));
    let cases = [
        (format!("{DRAFT}{}", plain("Hi")), false),
        (format!("{DRAFT}{}", send("")), true),
        (format!("{DRAFT}{}", plain("{{context.wordsmith.text}}")), false),
        (format!("{DRAFT}{}", plain("${ .text }")), true),
        (format!("{DRAFT}{copy}{}", plain("{{context.copied.text}}")), true),
        (plain("${ .text }"), false),
        (format!("{DRAFT}{ASK}{HEAR}{guarded}"), false),
        // asked, and not waited for; waited for, and sent whatever the answer
        (format!("{DRAFT}{ASK}{}", send("")), true),
        (format!("{DRAFT}{ASK}{guarded}"), true),
        (format!("{DRAFT}{ASK}{HEAR}{}", send("")), true),
        // asked afterwards, or about something else, or silence is a yes
        (format!("{DRAFT}{HEAR}{guarded}{ASK}"), true),
        (format!("{DRAFT}{}{HEAR}{guarded}", ASK.replace("context.words", "context.other")), true),
        (format!("{DRAFT}{}{HEAR}{guarded}", ASK.replace("with: {", "with: { default: approved,")), true),
        (format!("{DRAFT}{}{HEAR}{guarded}", ASK.replace("with: {", "with: { default: rejected,")), false),
    ];
    for (tasks, expected) in cases {
        assert_eq!(held(&tasks), expected, "{tasks}");
    }
}

#[test]
fn the_guard_turns_away_a_no_and_silence() {
    for (condition, expected) in [
        (YES, false),
        ("$context.answer.decision == \"approved\" and $context.words.text != null", false),
        ("$context.answer.decision == \"approved\" or $context.answer.decision == \"rejected\"", true),
        // silence is no yes, and neither is another answer
        ("$context.answer != null and $context.answer.decision != \"rejected\"", true),
        ("$context.answer.decision != \"rejected\"", true),
        ("$context.answer != null", true),
        ("$context.answer.decision == \"approved\" or $context.words.text == null", true),
        ("true", true),
        // what does not ask for the answer is no guard, however it turns out
        ("$context.words.text != null", true),
        ("$context.other.count > 3", true),
        ("$nobody.knows", true),
    ] {
        let guarded = send(&format!(", if: '${{ {condition} }}'"));
        assert_eq!(held(&format!("{DRAFT}{ASK}{HEAR}{guarded}")), expected, "{condition}");
        let block = format!(
            "  - block: {{ if: '${{ {condition} }}', do: [ {{ send: {{ call: send_sms, with: {{ body: '{{{{context.words.text}}}}' }} }} }} ] }}\n"
        );
        assert_eq!(held(&format!("{DRAFT}{ASK}{HEAR}{block}")), expected, "around: {condition}");
    }
}

#[test]
fn a_switch_guards_what_comes_after_it_unless_a_way_leads_around_it() {
    let switch = |yes: &str, other: &str| {
        format!(
            "  - choose: {{ switch: [ {{ yes: {{ when: '${{ {YES} }}', then: {yes} }} }}, {{ other: {{ then: {other} }} }} ] }}\n"
        )
    };
    let rest = "  - rest: { set: { x: 1 } }\n";
    let chosen = |before: &str, gate: String| held(&format!("{DRAFT}{before}{ASK}{HEAR}{gate}{}{rest}", send("")));
    assert!(!chosen("", switch("send", "end")));
    assert!(!chosen("", switch("continue", "rest")));
    assert!(chosen("", switch("send", "continue")), "the other way comes to it too");
    assert!(chosen("", switch("rest", "send")));
    let around = "  - few: { switch: [ { few: { then: send } } ] }\n";
    assert!(chosen(around, switch("send", "end")), "a jump leads around question and guard");
    let to_the_question = "  - few: { switch: [ { few: { then: ask } } ] }\n";
    assert!(!chosen(to_the_question, switch("send", "end")));
}

/// Drafts, asks, hears and sends under a condition, with one part of it written otherwise.
fn held_with(condition: &str, (part, instead): (&str, &str)) -> bool {
    let tasks = format!("{DRAFT}{ASK}{HEAR}{}", send(&format!(", if: '${{ {condition} }}'")));
    assert!(tasks.contains(part), "{part}");
    held(&tasks.replace(part, instead))
}

const AS_IT_IS: (&str, &str) = ("ask:", "ask:");

#[test]
fn what_else_a_condition_asks_makes_no_yes_of_silence() {
    for (condition, expected) in [
        // on silence the first part holds, and the second may as well
        ("$context.answer.decision != \"rejected\" and $context.words.text != null", true),
        ("$context.words.text != null and ($context.answer.decision == \"rejected\" | not)", true),
        ("($context.answer.decision // \"approved\") == \"approved\"", true),
        ("$context.answer.choice == \"send\"", true),
        ("$context.answer.decision == $context.words.text", true),
        // a yes is asked for, whatever else is
        ("$context.words.text != null and $context.answer.decision == \"approved\"", false),
        (
            "(($context.answer.decision // \"none\") == \"approved\") and ($workflow.input[0].data.n | test(\"x\"))",
            false,
        ),
        ("($context.answer == null or $context.answer.decision != \"approved\") | not", false),
        ("$context.answer.decision == \"approved\" and ($context.a == 1 or $context.b == 2)", false),
    ] {
        assert_eq!(held_with(condition, AS_IT_IS), expected, "{condition}");
    }
}

#[test]
fn only_the_answer_to_the_question_about_this_text_counts() {
    let other = "  - other: { call: request_approval, with: { details: x }, export: { as: '${ $context + { b: . } }' } }\n  - hear:";
    let of = |name: &str| {
        let expect = format!(
            "approval.decided }}, correlate: {{ a: {{ from: '${{ .data.approval_id }}', expect: '${{ $context.{name}.approval_id }}' }} }} "
        );
        let own = "'{{context.words.text}}' }, export: { as: '${ $context + { a: . } }' } }\n";
        let tasks = format!("{DRAFT}{ASK}{HEAR}{}", send(&format!(", if: '${{ {YES} }}'")));
        let tasks = tasks.replacen("'{{context.words.text}}' } }\n", own, 1);
        held(&tasks.replace("  - hear:", other).replace("approval.decided }", &expect))
    };
    assert!(!of("a"));
    assert!(of("b"), "the answer to another question");
    for (part, instead, why) in [
        ("details:", "options: [send, keep], details:", "nobody knows which option is the yes"),
        (".[0] } }'", ".[1] } }'", "something else is kept of the answer"),
        (
            "  - hear:",
            "  - draft2: { call: draft_text, export: { as: '${ $context + { words: . } }' } }\n  - hear:",
            "written once more",
        ),
        (
            "catch: {}",
            "catch: { do: [ { none: { set: { decision: approved }, export: { as: '${ $context + { answer: . } }' } } } ] }",
            "another task keeps under the same name",
        ),
    ] {
        assert!(held_with(YES, (part, instead)), "{why}");
    }
    let decision = (".[0] } }'", ".[0].decision } }'");
    assert!(!held_with("$context.answer == \"approved\"", decision));
    assert!(held_with("$context.answer == \"rejected\"", decision), "sent on a no");
}

#[test]
fn in_a_loop_the_answer_to_an_earlier_item_is_no_answer_to_this_one() {
    let tasks = format!("{DRAFT}{ASK}{HEAR}{}", send(&format!(", if: '${{ {YES} }}'")));
    let inside = tasks.replace("  - ", "      - ");
    assert!(!held(&format!("  - each:\n      do:\n{inside}")));
    assert!(held(&format!("  - each:\n      for: {{ in: '${{ [1, 2] }}' }}\n      do:\n{inside}")));
}

#[test]
fn a_text_is_followed_through_variables() {
    let plain = |body: &str| format!("{DRAFT}  - send: {{ call: send_sms, with: {{ body: '{body}' }} }}\n");
    for (body, expected) in [
        ("${ .text + $workflow.input[0].data.sign_off }", true),
        ("${ ($context | .words.text) + $workflow.input[0].data.sign_off }", true),
        ("${ $context | tojson }", true),
        ("${ $workflow.input[0].data.text }", false),
        ("{{event.text}} {{customer.first_name}}", false),
    ] {
        assert_eq!(held(&plain(body)), expected, "{body}");
    }
    let each = |items: &str, body: &str| {
        held(&format!(
            "{DRAFT}  - each:\n      for: {{ each: line, in: '${{ {items} }}' }}\n      do:\n        - send: {{ call: send_sms, with: {{ body: '{body}' }} }}\n"
        ))
    };
    assert!(each("[$context.words.text]", "{{line}}"));
    assert!(each("[$context.words.text]", "${ $line }"));
    assert!(!each("$context.found.items", "{{line.first_name}}"));
}

#[test]
fn a_switch_that_asks_other_things_too_still_turns_a_no_away() {
    let switch = |cases: &str| {
        held(&format!(
            "{DRAFT}{ASK}{HEAR}  - choose: {{ switch: [ {cases} ] }}\n{}  - rest: {{ set: {{ x: 1 }} }}\n",
            send("")
        ))
    };
    let case = |name: &str, when: &str, then: &str| format!("{{ {name}: {{ when: '${{ {when} }}', then: {then} }} }}");
    let otherwise = |then: &str| format!("{{ other: {{ then: {then} }} }}");
    let vip = |then: &str| case("vip", "$context.words.score > 3", then);
    let yes = case("yes", YES, "send");
    assert!(
        !switch(&[vip("rest"), yes.clone(), otherwise("end")].join(", ")),
        "either way of the first is no way to it"
    );
    assert!(!switch(
        &[case("both", &format!("{YES} and $context.words.score > 3"), "send"), otherwise("rest")].join(", ")
    ));
    assert!(switch(&[vip("send"), yes.clone(), otherwise("end")].join(", ")), "some are sent without a yes");
    assert!(switch(&[yes.clone(), vip("rest")].join(", ")), "where no case holds it goes on");
    assert!(switch(&[case("no", "$context.answer.decision == \"rejected\"", "rest")].join(", ")), "silence goes on");
}
