//! Changes in plain words.

use serde_json::Value;

use super::{Change, ChangeKind};
use crate::workflow::describe::words;
use crate::workflow::document::Definition;
use crate::workflow::text::Language;

/// Writes the words of every change.
pub(super) fn write(old: &Definition, new: &Definition, changes: &mut [Change], language: Language) {
    let _ = (old, new);
    for change in changes {
        change.words = sentence(change, language);
    }
}

fn sentence(change: &Change, language: Language) -> String {
    let field = change.pointer.rsplit('/').next().unwrap_or_default();
    let label = words::field(field, language).map_or_else(|| words::plain(field), str::to_owned);
    let show = |value: &Option<Value>| value.as_ref().map_or_else(String::new, ToString::to_string);
    match change.kind {
        ChangeKind::Added => format!("{} {label}", words::pick(language, "Added", "Se agregó")),
        ChangeKind::Removed => format!("{} {label}", words::pick(language, "Removed", "Se quitó")),
        ChangeKind::Moved => format!("{} {label}", words::pick(language, "Moved", "Se movió")),
        ChangeKind::Changed => format!("{label}: {} → {}", show(&change.before), show(&change.after)),
    }
}
