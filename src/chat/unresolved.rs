//! The honest list at the end of a turn whose draft the validator refused: what stands, and what does not work yet.

use crate::tools::best::Settled;
use crate::workflow::{Diagnostic, Language};

/// Points that are told; the rest is counted.
const MOST: usize = 6;

/// The list; empty when nothing is unresolved.
#[must_use]
pub fn words(settled: &Settled, language: Language) -> String {
    let (written, errors) = match settled {
        Settled::Nothing => return String::new(),
        Settled::Written(errors) => (true, errors),
        Settled::Kept(errors) => (false, errors),
    };
    let head = match (language, written) {
        (Language::En, true) => {
            "The draft is written, but it does not work yet and cannot be submitted. Still to be solved:"
        }
        (Language::En, false) => "That change was not made; the draft is as it was. What stood in the way:",
        (Language::Es, true) => {
            "El borrador está escrito, pero todavía no funciona y no se puede enviar. Queda por resolver:"
        }
        (Language::Es, false) => "Ese cambio no se hizo; el borrador sigue como estaba. Lo que lo impidió:",
    };
    let mut lines = vec![head.to_owned()];
    lines.extend(errors.iter().take(MOST).map(line));
    let more = errors.len().saturating_sub(MOST);
    if more > 0 {
        lines.push(match language {
            Language::En => format!("- and {more} more, shown in the draft"),
            Language::Es => format!("- y {more} más, que muestra el borrador"),
        });
    }
    lines.join("\n")
}

/// The validator's words; the place is shown in the draft.
fn line(found: &Diagnostic) -> String {
    let hint = found.hint.trim();
    if hint.is_empty() { format!("- {}", found.message) } else { format!("- {} ({hint})", found.message) }
}
