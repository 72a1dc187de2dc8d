//! What is asked, answered, refused or out of scope; in both languages.

use crate::support::say;

#[test]
fn a_question_is_answered_from_what_was_found_and_never_writes() {
    for text in
        ["may we call customers on sundays?", "how long do we have to answer", "¿a qué hora podemos mandar textos?"]
    {
        let out = say(text, None);
        assert_eq!(out.kind, "question", "{text:?} → {out:?}");
        assert!(out.text.contains("quiet-hours"), "{}", out.text);
        assert!(!out.called.iter().any(|c| c.contains("workflow") || c == "ask"), "{out:?}");
    }
}

#[test]
fn a_wish_in_the_shape_of_a_question_is_a_wish() {
    for text in ["can you text the customer when a part arrives?", "a part arrived? text the customer"] {
        assert_eq!(say(text, None).kind, "create", "{text:?}");
    }
}

#[test]
fn without_a_trigger_or_an_action_it_asks() {
    let out = say("set up the usual thing", None);
    assert_eq!(out.kind, "clarify");
    assert!(!out.questions.is_empty() && out.questions.len() <= 3, "{out:?}");
    assert_eq!(say("haz lo de siempre", None).kind, "clarify");
}

#[test]
fn unsafe_wishes_are_declined_with_a_reason() {
    let cases = [
        ("offer a free oil change to anyone who leaves a good review", "review_rule"),
        ("text everybody in the crm about the sale", "bulk_audience"),
        ("regalo una tarjeta por cada buena resena", "review_rule"),
    ];
    for (text, code) in cases {
        let out = say(text, None);
        assert_eq!(out.kind, "refuse_or_warn", "{text:?} → {out:?}");
        assert!(out.warnings.iter().any(|w| w == code), "{text:?} → {out:?}");
        assert!(!out.text.is_empty());
    }
}

#[test]
fn what_auterity_does_not_do_is_out_of_scope() {
    for text in ["what's the weather on sunday", "post the new arrivals on instagram", "cambia mi nomina"] {
        assert_eq!(say(text, None).kind, "out_of_scope", "{text:?}");
    }
}
