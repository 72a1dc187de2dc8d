//! AG-UI `RunAgentInput`: what is taken is a message of bounded length that people can see.
#![no_main]

use auterity::http::agent::RunAgentInput;
use auterity::http::extract::parse_json;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(input) = parse_json::<RunAgentInput>(data) else { return };
    let Ok(start) = input.into_start() else { return };
    assert!((1..=8000).contains(&start.text.chars().count()));
    assert!(!start.text.contains('\0') && !start.run.is_empty() && !start.thread.is_empty());
});
