//! Text with merge fields: filled in once. A value that looks like a field stays what it is.
#![no_main]

use std::sync::LazyLock;

use auterity::workflow::Language;
use auterity::workflow::text::{MergeRoots, MergeText};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

static ROOTS: LazyLock<MergeRoots> = LazyLock::new(|| {
    let roots = json!({
        "customer": {"first_name": "{{event.secret}}", "last_name": "Whitfield", "age": 41, "since": "2024-02-29"},
        "event": {"secret": "SECRET", "at": "2026-03-10T15:00:00Z", "price": 27995.5, "colors": ["red", "green", "blue"]},
        "store": {"name": "Lakeside", "none": null},
    });
    MergeRoots(roots.as_object().cloned().unwrap_or_default())
});

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(parsed) = MergeText::parse(text) else { return };
    let asks = parsed.fields().any(|field| field.root == "event");
    for language in [Language::En, Language::Es] {
        if let Ok(filled) = parsed.render(&ROOTS, language, chrono_tz::America::Chicago) {
            assert!(asks || text.contains("SECRET") || !filled.contains("SECRET"), "a value was filled in again");
        }
    }
});
