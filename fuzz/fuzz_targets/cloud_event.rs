//! A CloudEvent: strict JSON, then the event. The strict reader takes nothing that `serde_json` reads differently.
#![no_main]

use auterity::execution::intake::cloud_event;
use auterity::model::json;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    let Ok(value) = json::read(data) else { return };
    assert_eq!(serde_json::from_slice::<Value>(data).ok().as_ref(), Some(&value));
    if let Ok(event) = cloud_event::read(value, "lakeside-toyota") {
        assert!(!event.id.is_empty() && !event.source.is_empty() && !event.store_id.contains('\0'));
    }
});
