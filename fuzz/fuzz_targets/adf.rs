//! ADF/XML in whatever encoding: the first byte chooses the content type, the rest is the document. A lead that is taken
//! has somebody to answer, bounded fields, and nothing invisible in them.
#![no_main]

use auterity::execution::intake::adf;
use libfuzzer_sys::fuzz_target;

const CONTENT_TYPES: [Option<&str>; 6] = [
    None,
    Some("application/x-adf+xml"),
    Some("text/xml; charset=iso-8859-1"),
    Some("text/xml; charset=utf-16"),
    Some("text/plain; charset=\"windows-1252\""),
    Some("message/rfc822"),
];

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    let Ok(leads) = adf::read(body, CONTENT_TYPES[usize::from(*choice) % CONTENT_TYPES.len()]) else { return };
    assert!((1..=20).contains(&leads.len()));
    for lead in leads {
        let customer = &lead.customer;
        let names = [&customer.first_name, &customer.last_name];
        let reach = [&customer.email, &customer.mobile, &customer.phone];
        assert!(names.iter().any(|name| !name.is_empty()) || reach.iter().any(|way| way.is_some()));
        for text in names.into_iter().chain(reach.into_iter().flatten()).chain([&lead.source]) {
            assert!(text.chars().count() <= 254 && !text.chars().any(char::is_control), "{text:?}");
        }
    }
});
