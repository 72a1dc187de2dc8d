use serde_json::json;

use super::*;

fn with(state: &Value) -> Deeds<'_> {
    Deeds { wrote: false, state }
}

#[test]
fn a_claim_without_a_change_is_replaced_by_the_revision() {
    let state = json!({"draft": {"revision": 3}});
    let said = corrected("Sure! I've updated the wait to five minutes. Shall I do more?", &with(&state)).unwrap();
    assert!(said.contains("revision 3") && !said.contains("five minutes"), "{said}");
    assert!(said.contains("Sure!") && said.ends_with("Shall I do more?"), "what is no claim stays: {said}");
    assert!(corrected("He cambiado la espera a cinco minutos.", &with(&state)).unwrap().contains("revisión 3"));
    assert!(corrected("I just added it.", &with(&json!({"draft": null}))).unwrap().contains("no draft"));
    for claim in [
        "Done. The wait is five minutes now.",
        "The draft has been updated.",
        "I went ahead and removed the approval.",
        "Listo, agregué el paso.",
        "El borrador fue actualizado.",
        "It's ready: I have now set the wait to zero.",
    ] {
        assert!(corrected(claim, &with(&state)).is_some(), "{claim}");
        assert_eq!(corrected(claim, &Deeds { wrote: true, state: &state }), None, "it is so: {claim}");
    }
}

#[test]
fn a_time_that_was_not_set_is_a_false_claim() {
    let state = json!({"draft": {"revision": 4,
        "readback": {"steps": [{"text": "wait 15 minutes"}]},
        "changes": [{"words": "pause: wait 10 minutes → 15 minutes"}]}});
    let deeds = Deeds { wrote: true, state: &state };
    let said = corrected("I've set the wait to five minutes. Anything else?", &deeds).unwrap();
    assert!(said.contains("list of changes") && said.ends_with("Anything else?"), "{said}");
    assert!(corrected("He cambiado la espera a 5 minutos.", &deeds).unwrap().contains("lista de cambios"));
    for so in [
        "I've set the wait to fifteen minutes.",
        "I changed it from ten minutes to 15 min.",
        "He cambiado la espera a 15 minutos.",
        "I've made the text friendlier.",
    ] {
        assert_eq!(corrected(so, &deeds), None, "{so}");
    }
}

#[test]
fn submitting_approving_and_texting_are_claims_too() {
    let open = json!({"draft": {"revision": 3, "status": "open"}});
    for (claim, truth) in [
        ("I've submitted it to your manager.", "submitted nothing"),
        ("I sent the draft to Maria for approval.", "submitted nothing"),
        ("The draft was submitted.", "submitted nothing"),
        ("I approved the workflow.", "A manager decides"),
        ("The workflow is now live.", "A manager decides"),
        ("I've texted the customer.", "nobody was contacted"),
        ("I notified the sales manager.", "nobody was contacted"),
        ("I sent them a reminder.", "nobody was contacted"),
        ("Lo he enviado a aprobación.", "no he enviado nada"),
        ("He activado el flujo.", "Decide un gerente"),
        ("Avisé al gerente de ventas.", "no se contactó a nadie"),
    ] {
        let deeds = Deeds { wrote: true, state: &open };
        let said = corrected(claim, &deeds).unwrap_or_else(|| panic!("{claim}"));
        assert!(said.contains(truth), "{claim}: {said}");
    }
    let approved = json!({"draft": {"revision": 3, "status": "approved"}});
    assert_eq!(corrected("The draft was approved.", &with(&approved)), None);
    assert!(corrected("I approved the draft.", &with(&approved)).is_some());
}

#[test]
fn a_picture_of_another_host_is_left_out() {
    let state = json!({"draft": null});
    let said = corrected("Hello ![x](https://evil.example/p?d=1) there.", &with(&state)).unwrap();
    assert_eq!(said, "Hello […] there.");
    assert_eq!(corrected("See [the article](https://a.example/x).", &with(&state)), None);
}

#[test]
fn talk_about_changes_is_no_claim() {
    let state = json!({"draft": {"revision": 3, "status": "open"}});
    for text in [
        "It waits ten minutes and then texts the manager.",
        "I have not changed anything.",
        "Would you like me to change it?",
        "The customer was added by the BDC.",
        "He can approve it.",
        "Once it is approved, it is live.",
        "When the lead comes in, the customer is texted.",
        "Submit it with the button beside the draft.",
        "The sales manager is notified after ten minutes.",
        "Si quiere, lo cambio.",
        "If it was sent for approval, the manager sees it.",
    ] {
        assert_eq!(corrected(text, &with(&state)), None, "{text}");
    }
}

#[test]
fn what_the_offline_planner_says_is_borne_out() {
    let lexicon = crate::planner::language::Lexicon::embedded();
    let state = json!({"draft": {"revision": 3, "status": "open"}});
    for (key, phrases) in &lexicon.phrases {
        for text in phrases.values() {
            assert_eq!(corrected(text, &Deeds { wrote: true, state: &state }), None, "{key}");
        }
    }
}

#[test]
fn what_was_refused_is_told_in_the_authors_language() {
    assert_eq!(left_out(&json!({"refused": []})), None);
    let said = left_out(&json!({"refused": ["reaching gm"], "language": "en"})).unwrap();
    assert!(said.contains("reaching gm") && said.contains("did not ask"), "{said}");
    assert!(left_out(&json!({"refused": ["avisar a gm"], "language": "es"})).unwrap().contains("usted no lo pidió"));
}

#[test]
fn every_pattern_of_a_claim_is_read() {
    assert_eq!(CLAIMS.len(), KINDS.iter().map(|kind| kind.patterns.len()).sum::<usize>());
    assert!(IMAGE.is_some());
}
