use super::*;

fn held(tasks: &str) -> bool {
    let definition = Definition::from_yaml(&format!("document: {{}}\ndo:\n{tasks}")).unwrap();
    let send = definition.task_named("send").unwrap();
    held_for_release(&definition, &send)
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
