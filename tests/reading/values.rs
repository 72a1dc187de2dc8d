//! Single values in words: what the table of sources shows beside each place.

use auterity::approvals::reading::{Reading, Values};
use auterity::workflow::describe::values_in_words;
use auterity::workflow::provenance::{Provenance, Slot, Source, slots};
use auterity::workflow::{Catalog, Definition, Language};
use serde_json::json;

use crate::{example, examples};

fn all_stated(definition: &Definition) -> Provenance {
    Provenance(slots(definition).into_iter().map(|slot| (slot.pointer, Slot::plain(Source::Stated))).collect())
}

#[test]
fn every_value_of_every_example_is_told_in_both_languages_and_never_as_code() {
    let mut told = 0;
    for (name, definition) in examples() {
        let provenance = all_stated(&definition);
        let values = Values::of(&definition, &provenance);
        assert_eq!(values.en.keys().collect::<Vec<_>>(), provenance.0.keys().collect::<Vec<_>>(), "{name}");
        for (pointer, words) in values.en.iter().chain(&values.es) {
            assert!(!words.trim().is_empty() && !words.contains("${"), "{name} {pointer}: {words}");
            told += 1;
        }
    }
    assert!(told > 300, "{told}");
}

#[test]
fn events_people_times_and_conditions_have_words() {
    let definition = example("12-main-story");
    let (reply, ping) = ("/do/1/awaitReply/try/0/reply", "/do/1/awaitReply/catch/do/0/pingManager");
    let after = format!("{reply}/timeout/after");
    let event = format!("{reply}/listen/to/one/with/type");
    let to = format!("{ping}/with/to");
    let pointers = ["/schedule/on/one/with/type", &after, &event, &to, "/do/9/nowhere"];
    let told = |language| values_in_words(&definition, Catalog::embedded(), language, &pointers);
    let (en, es) = (told(Language::En), told(Language::Es));
    assert_eq!((en.len(), es.len()), (4, 4), "what stands nowhere is left out");
    assert_eq!((en[&after].as_str(), es[&after].as_str()), ("10 minutes", "10 minutos"));
    assert_eq!(en["/schedule/on/one/with/type"], "a lead arrives");
    assert!(es[&event].contains("cliente") && !es[&event].contains('.'), "{}", es[&event]);
    assert!(en[&to].contains("sales manager") && es[&to].contains("gerente"), "{} {}", en[&to], es[&to]);
}

#[test]
fn a_derived_summary_is_in_the_language_of_the_reader_and_a_written_one_stays() {
    let written = example("12-main-story");
    let derived = auterity::approvals::summary::summarised(&written, Language::En);
    let reading = Reading::of(&derived);
    let (en, es) = (reading.readback.en.summary.unwrap(), reading.readback.es.summary.unwrap());
    assert!(en.starts_with("When ") && es.starts_with("Cuando "), "{en} {es}");
    let mut own = written.into_raw();
    own["document"]["summary"] = json!("What Sam wrote.");
    let reading = Reading::of(&Definition::from_value(own).unwrap());
    assert_eq!(reading.readback.es.summary.as_deref(), Some("What Sam wrote."));
}
