//! Changes of the shared state as RFC 6902 patches that refuse to apply to anything but the state they were made for.

use serde_json::{Value, json};

/// The patch from `old` to `new`, led by a `test` of the draft's revision (or of its absence); empty when nothing
/// changed.
#[must_use]
pub fn between(old: &Value, new: &Value) -> Vec<Value> {
    let changes = json_patch::diff(old, new);
    if changes.is_empty() {
        return Vec::new();
    }
    let guard = match old.pointer("/draft/revision") {
        Some(revision) => json!({"op": "test", "path": "/draft/revision", "value": revision}),
        None => json!({"op": "test", "path": "/draft", "value": null}),
    };
    let changes = changes.0.iter().filter_map(|change| serde_json::to_value(change).ok());
    std::iter::once(guard).chain(changes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_applies_to_its_own_revision_only() {
        let none = json!({"draft": null, "questions": []});
        let first = json!({"draft": {"revision": 1, "title": "A"}, "questions": []});
        let second = json!({"draft": {"revision": 2, "title": "B"}, "questions": [1]});
        for (from, to) in [(&none, &first), (&first, &second), (&second, &none)] {
            let patch: json_patch::Patch = serde_json::from_value(Value::Array(between(from, to))).unwrap();
            let mut state = from.clone();
            json_patch::patch(&mut state, &patch).unwrap();
            assert_eq!(&state, to);
            for other in [&none, &first, &second].into_iter().filter(|other| *other != from) {
                assert!(json_patch::patch(&mut other.clone(), &patch).is_err());
            }
        }
        assert!(between(&first, &first).is_empty());
    }
}
