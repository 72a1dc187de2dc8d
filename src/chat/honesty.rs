//! Honest narration. What changed is told by the server, from the diff; what the model says of it is checked when the
//! turn ends. A sentence that claims what did not happen is taken out of the answer and the truth put in its place.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::planner::lengths;

/// A kind of claim, with the words that make it in both languages.
struct Kind {
    claim: Claim,
    patterns: [&'static str; 2],
}

/// What a sentence claims to have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Claim {
    /// The draft was written or changed.
    Change,
    /// The draft was submitted, or sent to somebody for approval.
    Submission,
    /// Somebody approved it, or it runs.
    Approval,
    /// Somebody was texted, mailed, called or told: the conversation reaches nobody.
    Contact,
}

const KINDS: [Kind; 4] = [
    Kind {
        claim: Claim::Change,
        patterns: [
            r"(?i)\b(?:I|I['’]ve|we|we['’]ve)\s+(?:(?:have|just|also|now|already|successfully|went ahead and)\s+)*(?:added|changed|updated|removed|replaced|moved|set(?: up)?|created|drafted|renamed|deleted|built|modified|adjusted|written|wrote|saved|made|applied|shortened|extended|swapped|edited|fixed|put)\b|\b(?:the (?:draft|workflow|automation|change|changes|step|wait|message)|it|that|this) (?:has been|have been|was|were|is now|are now|is) (?:now )?(?:changed|updated|created|saved|added|removed|replaced|applied|set up)\b|^(?:done|all set|updated|changed|added|removed)\b[!.,:]",
            r"(?i)\b(?:he|hemos)\s+(?:(?:ya|también)\s+)*(?:añadido|agregado|cambiado|actualizado|eliminado|quitado|creado|movido|modificado|preparado|reemplazado|ajustado|escrito|guardado|hecho|puesto|aplicado)\b|\b(?:añadí|agregué|cambié|actualicé|eliminé|quité|creé|moví|modifiqué|reemplacé|ajusté|puse|hice|guardé)(?:\s|[.,;]|$)|\b(?:se ha|ha sido|fue|quedó|está) (?:cambiad|actualizad|cread|guardad|añadid|agregad|eliminad|modificad)[oa]\b|^(?:listo|hecho|cambiado|actualizado)\b[!.,:]",
        ],
    },
    Kind {
        claim: Claim::Submission,
        patterns: [
            r"(?i)\b(?:I|I['’]ve|we|we['’]ve)\s+(?:(?:have|just|also|now|already|gone ahead and|went ahead and)\s+)*(?:submitted\b|(?:sent|forwarded|passed|handed)\b[^.!?]*\b(?:approval|approve|review|manager|gm)\b)|\b(?:draft|workflow|automation|it|this|that) (?:has been|was|is|is now) (?:now |already )?(?:submitted|sent (?:off )?(?:for|to)[^.!?]*(?:approval|review|manager))",
            r"(?i)\b(?:he|hemos)\s+(?:ya\s+)?(?:sometido|(?:enviado|mandado|pasado)\b[^.!?]*\b(?:aprobación|aprobar|revisión|gerente))|\b(?:envié|mandé|sometí|pasé)\b[^.!?]*\b(?:aprobación|aprobar|revisión|gerente)|\b(?:ha sido|fue|está|quedó) (?:sometid[oa]|enviad[oa] a (?:aprobación|revisión))",
        ],
    },
    Kind {
        claim: Claim::Approval,
        patterns: [
            r"(?i)\b(?:I|I['’]ve|we|we['’]ve)\s+(?:(?:have|just|also|now|already|gone ahead and)\s+)*(?:approved|activated|published|deployed|launched|enabled|turned (?:it|this|that|the \w+) on|started (?:it|the (?:workflow|automation)))\b|\b(?:draft|workflow|automation|it|this|that) (?:has been|was|is|is now) (?:now |already )?(?:approved|active|activated|live|running|published|enabled)\b",
            r"(?i)\b(?:he|hemos)\s+(?:ya\s+)?(?:aprobado|activado|publicado|lanzado|encendido)\b|\b(?:aprobé|activé|publiqué|lancé)\b|\b(?:borrador|flujo|automatización) (?:ha sido|fue|está|ya está|quedó) (?:aprobad[oa]|activ[oa]|activad[oa]|en marcha)\b",
        ],
    },
    Kind {
        claim: Claim::Contact,
        patterns: [
            r"(?i)\b(?:I|I['’]ve|we|we['’]ve)\s+(?:(?:have|just|also|now|already|gone ahead and)\s+)*(?:texted|emailed|e-mailed|messaged|called|phoned|notified|alerted|informed|pinged|contacted|told|sent (?:him|her|them|the customers?|the (?:\w+ )?manager|a (?:text|message|notice|reminder|notification|copy)|an (?:e-?mail|alert)))\b",
            r"(?i)\b(?:he|hemos)\s+(?:ya\s+)?(?:avisado|notificado|llamado|contactado|informado|escrito al?|enviado (?:un|una) (?:texto|mensaje|correo|aviso))\b|\b(?:avisé|notifiqué|llamé|contacté|informé)(?:\s|[.,;]|$)",
        ],
    },
];

static CLAIMS: LazyLock<Vec<(Claim, usize, Regex)>> = LazyLock::new(|| {
    let all =
        KINDS.iter().flat_map(|kind| kind.patterns.iter().enumerate().map(move |(at, text)| (kind.claim, at, *text)));
    all.filter_map(|(claim, at, text)| Regex::new(text).ok().map(|regex| (claim, at, regex))).collect()
});

/// A picture in markdown: its address would be asked for whatever the text before it was made to carry.
static IMAGE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"!\[[^\]]*\]\([^)]*\)|(?i)<img\b[^>]*>").ok());

/// What really happened in a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deeds<'a> {
    /// The draft has a new revision.
    pub wrote: bool,
    /// The shared state at the end.
    pub state: &'a Value,
}

impl Deeds<'_> {
    /// Whether what a sentence claims is so.
    fn bear_out(&self, claim: Claim, sentence: &str) -> bool {
        let status = self.state.pointer("/draft/status").and_then(Value::as_str).unwrap_or_default();
        match claim {
            Claim::Change => self.wrote && self.has_lengths_of(sentence),
            // somebody did it, by the buttons; the model never does
            Claim::Submission => matches!(status, "submitted" | "approved") && !first_person(sentence),
            Claim::Approval => status == "approved" && !first_person(sentence),
            Claim::Contact => false,
        }
    }
}

impl Deeds<'_> {
    /// Whether the lengths of time that a sentence names stand in the draft, or in what changed of it: "I set it to
    /// five minutes" is a claim of five minutes.
    fn has_lengths_of(&self, sentence: &str) -> bool {
        let claimed = lengths(sentence);
        if claimed.is_empty() {
            return true;
        }
        let mut texts: Vec<&str> = Vec::new();
        for part in ["/draft/readback", "/draft/changes", "/draft/definition/do"] {
            strings(self.state.pointer(part).unwrap_or(&Value::Null), &mut texts);
        }
        let known = lengths(&texts.join(". "));
        claimed.iter().all(|length| known.iter().any(|other| (other - length).abs() < 0.5))
    }
}

/// Every text in a value that has words.
fn strings<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) if text.contains(' ') && !text.contains("${") => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(map) => map.values().for_each(|item| strings(item, found)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn first_person(sentence: &str) -> bool {
    let lower = sentence.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric());
    words.any(|word| {
        matches!(word, "i" | "ive" | "we" | "he" | "hemos" | "aprobé" | "activé" | "envié" | "mandé" | "publiqué")
    })
}

/// The answer with every false claim replaced by what is so; `None` when there is none.
#[must_use]
pub fn corrected(text: &str, deeds: &Deeds<'_>) -> Option<String> {
    let shown = IMAGE.as_ref().map_or(text.into(), |image| image.replace_all(text, "[…]"));
    let changed = shown != text;
    let mut kept = String::new();
    let mut told: Vec<(Claim, bool)> = Vec::new();
    for sentence in sentences(&shown) {
        let found = CLAIMS.iter().find(|(claim, _, regex)| {
            regex.is_match(sentence.trim()) && !negated(sentence) && !deeds.bear_out(*claim, sentence)
        });
        match found {
            None => kept.push_str(sentence),
            Some((claim, language, _)) => {
                if !told.iter().any(|(known, _)| known == claim) {
                    told.push((*claim, *language == 1));
                }
            }
        }
    }
    if told.is_empty() {
        return changed.then_some(kept);
    }
    let truths: Vec<String> = told.iter().map(|(claim, spanish)| truth(*claim, *spanish, deeds)).collect();
    let kept = kept.trim();
    let truths = truths.join(" ");
    Some(if kept.is_empty() { truths } else { format!("{truths}\n\n{kept}") })
}

/// "I have not changed anything", "Should I have added it?": no claims.
fn negated(sentence: &str) -> bool {
    const DENIALS: [&str; 12] =
        ["not", "never", "nothing", "no", "haven", "hasn", "didn", "wasn", "isn", "nada", "aún", "cannot"];
    const CONDITIONS: [&str; 8] = ["if", "once", "when", "after", "until", "si", "cuando", "would"];
    let lower = sentence.trim().to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let conditional = words.iter().take(2).any(|word| CONDITIONS.contains(word));
    lower.ends_with('?') || conditional || words.iter().any(|word| DENIALS.contains(word))
}

/// The text in sentences, with whatever stands between them; joined they are the text.
fn sentences(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut from = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let ends = matches!(c, '\n')
            || matches!(c, '.' | '!' | '?') && chars.peek().is_none_or(|(_, next)| next.is_whitespace());
        if ends {
            let to = at + c.len_utf8();
            out.push(text.get(from..to).unwrap_or_default());
            from = to;
        }
    }
    out.push(text.get(from..).unwrap_or_default());
    out.retain(|sentence| !sentence.is_empty());
    out
}

fn truth(claim: Claim, spanish: bool, deeds: &Deeds<'_>) -> String {
    let revision = deeds.state.pointer("/draft/revision").and_then(Value::as_i64);
    match (claim, spanish, revision) {
        (Claim::Change, false, _) if deeds.wrote => {
            "To be exact: what changed is what the list of changes says, and no other time.".to_owned()
        }
        (Claim::Change, true, _) if deeds.wrote => {
            "Para ser exactos: cambió lo que dice la lista de cambios, y ningún otro tiempo.".to_owned()
        }
        (Claim::Change, false, Some(revision)) => {
            format!("To be exact: nothing in the draft changed in this turn. It is still revision {revision}.")
        }
        (Claim::Change, false, None) => {
            "To be exact: nothing was written in this turn. There is no draft yet.".to_owned()
        }
        (Claim::Change, true, Some(revision)) => {
            format!("Para ser exactos: nada cambió en el borrador en este turno. Sigue en la revisión {revision}.")
        }
        (Claim::Change, true, None) => {
            "Para ser exactos: no se escribió nada en este turno. Aún no hay borrador.".to_owned()
        }
        (Claim::Submission, false, _) => {
            "To be exact: I have submitted nothing. Only you can, with the button beside the draft.".to_owned()
        }
        (Claim::Submission, true, _) => {
            "Para ser exactos: no he enviado nada a aprobación. Solo usted puede, con el botón junto al borrador.".to_owned()
        }
        (Claim::Approval, false, _) => {
            "To be exact: nothing was approved or started here. A manager decides, and only then it runs.".to_owned()
        }
        (Claim::Approval, true, _) => {
            "Para ser exactos: aquí no se aprobó ni se inició nada. Decide un gerente, y solo entonces corre.".to_owned()
        }
        (Claim::Contact, false, _) => {
            "To be exact: nobody was contacted. A draft reaches people only once it is approved and runs.".to_owned()
        }
        (Claim::Contact, true, _) => {
            "Para ser exactos: no se contactó a nadie. Un borrador llega a las personas solo cuando está aprobado y corre."
                .to_owned()
        }
    }
}

/// What the author is told of things that a model wrote and nobody asked for; `None` when there were none.
#[must_use]
pub fn left_out(state: &Value) -> Option<String> {
    let refused = state.get("refused")?.as_array()?;
    let lines: Vec<String> = refused.iter().filter_map(Value::as_str).map(|line| format!("- {line}")).collect();
    if lines.is_empty() {
        return None;
    }
    let spanish = state.get("language").and_then(Value::as_str) == Some("es");
    let (head, foot) = if spanish {
        ("Esto no lo puse en el borrador, porque usted no lo pidió:", "Si lo quiere, dígalo con sus palabras.")
    } else {
        ("I kept this out of the draft, because you did not ask for it:", "If you want it, say so in your own words.")
    };
    Some(format!("{head}\n{}\n{foot}", lines.join("\n")))
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
#[path = "honesty_tests.rs"]
mod tests;
