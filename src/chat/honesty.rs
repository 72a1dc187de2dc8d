//! Honest narration: words that claim a change where the diff shows none are corrected, plainly and at once.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

const ENGLISH: &str = r"(?i)\b(?:I|I've|I’ve|I have|we|we've)\s+(?:(?:just|also|now|have|already)\s+)*(?:added|changed|updated|removed|replaced|moved|set up|created|drafted|renamed|deleted|built|modified|adjusted)\b|\b(?:the draft|the workflow) (?:has been|was|is now) (?:changed|updated|created|saved)\b";
const SPANISH: &str = r"(?i)\b(?:he|hemos)\s+(?:ya\s+)?(?:añadido|agregado|cambiado|actualizado|eliminado|quitado|creado|movido|modificado|preparado|reemplazado)\b|\b(?:añadí|agregué|cambié|actualicé|eliminé|quité|creé|moví|modifiqué|reemplacé)(?:\s|[.,;]|$)";

static CLAIM_EN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(ENGLISH).ok());
static CLAIM_ES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(SPANISH).ok());

fn claims(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|regex| regex.is_match(text))
}

/// The sentence to add when `said` claims a change although nothing was written in this turn.
#[must_use]
pub fn correction(said: &str, state: &Value) -> Option<String> {
    let spanish = claims(&CLAIM_ES, said);
    if !spanish && !claims(&CLAIM_EN, said) {
        return None;
    }
    let revision = state.pointer("/draft/revision").and_then(Value::as_i64);
    Some(match (spanish, revision) {
        (false, Some(revision)) => {
            format!("To be exact: nothing in the draft changed in this turn. It is still revision {revision}.")
        }
        (false, None) => "To be exact: nothing was written in this turn. There is no draft yet.".to_owned(),
        (true, Some(revision)) => {
            format!("Para ser exactos: nada cambió en el borrador en este turno. Sigue en la revisión {revision}.")
        }
        (true, None) => "Para ser exactos: no se escribió nada en este turno. Aún no hay borrador.".to_owned(),
    })
}

/// What is added to an answer that reached its length limit.
#[must_use]
pub const fn cut_notice() -> &'static str {
    "(The answer reached its length limit and stops here.)"
}

/// What a user reads when a turn fails with this code.
#[must_use]
pub fn failure(code: &str) -> &'static str {
    match code {
        "model_rate_limited" => "The language model is busy. Nothing was lost; send the message again in a minute.",
        "model_credentials_refused" => {
            "The language model refused our key. Ask the operator to check the model settings."
        }
        "model_request_refused" => "The language model did not accept the request. The operator finds why in the log.",
        "model_timeout" => "The language model took too long. Nothing was lost; send the message again.",
        "model_answer_broken" => "The answer broke off. What was written is kept; send the message again to go on.",
        "model_answer_withheld" => "The language model withheld its answer. Say it in other words.",
        "model_answer_empty" => "The language model answered nothing. Send the message again or in other words.",
        "model_unavailable" => "The language model cannot be reached. Nothing was lost; try again in a minute.",
        "turn_too_long" => "The turn took too many steps and was ended. What was written is kept.",
        "interrupted" => "The server stopped in the middle of this turn. What was written is kept; go on from here.",
        _ => "Something went wrong on our side. What was written is kept; send the message again.",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_without_a_change_is_corrected_with_the_revision() {
        let state = json!({"draft": {"revision": 3}});
        assert!(correction("Done, I've updated the wait to five minutes.", &state).unwrap().contains("revision 3"));
        assert!(correction("He cambiado la espera a cinco minutos.", &state).unwrap().contains("revisión 3"));
        assert!(correction("I just added it.", &json!({"draft": null})).unwrap().contains("no draft"));
    }

    #[test]
    fn talk_about_changes_is_no_claim() {
        let state = json!({"draft": {"revision": 3}});
        for text in [
            "It waits ten minutes and then texts the manager.",
            "I have not changed anything.",
            "Would you like me to change it?",
            "The customer was added by the BDC.",
            "He can approve it.",
        ] {
            assert_eq!(correction(text, &state), None, "{text}");
        }
    }
}
