//! `Last-Event-ID`: `<run>\n<header>`. What is taken as a number of this run is written back as the same id.
#![no_main]

use auterity::http::sse::frame_number;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some(at) = data.iter().position(|byte| *byte == b'\n') else { return };
    let (Ok(run), id) = (std::str::from_utf8(&data[..at]), &data[at + 1..]) else { return };
    if let Some(number) = frame_number(id, run) {
        assert!(number >= 0);
        assert_eq!(frame_number(format!("{run}:{number}").as_bytes(), run), Some(number));
        assert!(id.starts_with(run.as_bytes()));
    }
});
