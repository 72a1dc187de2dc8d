//! The lexicon loads, and nothing that is typed brings the planner down.

use auterity::planner::language::Lexicon;
use proptest::prelude::*;

use crate::support::{drafted, say};

#[test]
fn every_file_of_the_lexicon_loads() {
    assert_eq!(Lexicon::faults(), Vec::<String>::new());
}

#[test]
fn names_in_the_lexicon_are_names_of_the_catalog() {
    let catalog = auterity::workflow::Catalog::embedded();
    let lexicon = Lexicon::embedded();
    for (event, _) in &lexicon.events {
        assert!(catalog.event(event).is_some(), "no event {event}");
    }
    for frame in &lexicon.actions {
        for action in frame.customer.iter().chain(&frame.staff) {
            assert!(catalog.action(action).is_some(), "no action {action}");
        }
    }
    for audience in &lexicon.audiences {
        assert!(catalog.entity(&audience.entity).is_some(), "no entity {}", audience.entity);
    }
    for person in &lexicon.people {
        let known = match person.recipient.split_once(':') {
            Some(("role", name)) => catalog.roles().iter().any(|r| r == name),
            Some(("team", name)) => catalog.teams().iter().any(|t| t == name),
            _ => true,
        };
        assert!(known, "nobody is {}", person.recipient);
    }
    let words = &lexicon.powers;
    for (frame, actions) in &words.carries_out {
        assert!(lexicon.actions.iter().any(|known| known.frame == *frame), "no frame {frame}");
        for action in actions {
            assert!(catalog.action(action).is_some(), "no action {action}");
        }
    }
    for action in words.holds_back.iter().chain(&words.reaching).chain(&words.weighty) {
        assert!(catalog.action(action).is_some(), "no action {action}");
    }
    for intent in words.taking.iter().chain(&words.changing).chain(&words.undoing) {
        assert!(lexicon.intents.contains_key(intent), "no intent {intent}");
    }
}

#[test]
fn typos_are_read_as_the_word_meant() {
    let got = drafted("when a part arives text the custmer").definition.unwrap();
    assert_eq!(got["schedule"]["on"]["one"]["with"]["type"], "part.arrived");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_survived(text in "\\PC{0,120}") {
        say(&text, None);
    }

    #[test]
    fn any_words_are_survived(words in proptest::collection::vec(
        prop_oneof!["when|if|then|every|at|text|email|them|lead|10|minutes|monday|gm|no|reply|after|\\$|,|\\.|12:30|½|ñ"], 0..14)) {
        let text = words.join(" ");
        say(&text, None);
        let base = drafted("a part arrived, text the customer").definition.unwrap();
        say(&text, Some(&base));
    }
}
