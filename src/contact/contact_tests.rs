use chrono::{DateTime, TimeDelta, Utc};

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A Tuesday, 10:00 in Chicago.
const TUESDAY: &str = "2026-03-10T15:00:00Z";

fn texas() -> Place {
    Place { state: "TX".into(), zone: chrono_tz::America::Chicago }
}

fn illinois() -> Place {
    Place { state: "IL".into(), zone: chrono_tz::America::Chicago }
}

fn request<'a>(channel: Channel, purpose: Purpose, on_file: OnFile, places: &'a [Place]) -> ContactRequest<'a> {
    ContactRequest {
        now: at(TUESDAY),
        channel,
        purpose,
        on_file,
        has_address: true,
        places,
        in_conversation: false,
        last_inquiry: None,
        last_business: None,
        dnc_listed: None,
        history: &[],
        store_zone: chrono_tz::America::Chicago,
        store_closed: &[],
    }
}

fn ask(request: &ContactRequest<'_>) -> Verdict {
    decide(Rules::embedded().unwrap(), request)
}

fn code(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allow { basis } => basis.code(),
        Verdict::Defer { reason, .. } | Verdict::Block { reason } => reason.code(),
    }
}

#[test]
fn every_cell_of_the_table() {
    use Channel::{Email, Phone, Sms};
    use Purpose::{Informational as Info, Marketing, Transactional as Asked};
    let given = OnFile::Given(at(TUESDAY) - TimeDelta::days(3));
    let columns = [OnFile::Nothing, given, OnFile::Written, OnFile::RevokedMarketing, OnFile::RevokedAll];
    let places = [texas()];
    for (channel, purpose, expected) in [
        (Sms, Asked, ["consent_missing", "asked_for", "asked_for", "asked_for", "opted_out"]),
        (Sms, Info, ["consent_missing", "inquiry", "written_consent", "inquiry", "opted_out"]),
        (
            Sms,
            Marketing,
            ["consent_missing", "written_consent_missing", "written_consent", "marketing_opted_out", "opted_out"],
        ),
        (Email, Asked, ["asked_for", "asked_for", "asked_for", "asked_for", "asked_for"]),
        (Email, Info, ["not_unsubscribed", "inquiry", "written_consent", "inquiry", "opted_out"]),
        (
            Email,
            Marketing,
            ["not_unsubscribed", "not_unsubscribed", "not_unsubscribed", "marketing_opted_out", "opted_out"],
        ),
        (Phone, Asked, ["asked_for", "asked_for", "asked_for", "asked_for", "asked_for"]),
        (Phone, Info, ["dnc_not_scrubbed", "dnc_not_scrubbed", "written_consent", "inquiry", "opted_out"]),
        (
            Phone,
            Marketing,
            ["dnc_not_scrubbed", "dnc_not_scrubbed", "written_consent", "marketing_opted_out", "opted_out"],
        ),
    ] {
        for (on_file, expected) in columns.into_iter().zip(expected) {
            let verdict = ask(&request(channel, purpose, on_file, &places));
            assert_eq!(code(verdict), expected, "{channel:?} {purpose:?} {on_file:?}");
        }
    }
}

#[test]
fn an_answer_to_an_inquiry_may_be_texted_for_ninety_days() {
    let places = [texas()];
    let on_day = |days: i64| {
        let given = OnFile::Given(at(TUESDAY) - TimeDelta::days(days));
        code(ask(&request(Channel::Sms, Purpose::Informational, given, &places)))
    };
    assert_eq!(on_day(90), "inquiry");
    assert_eq!(on_day(91), "inquiry_expired");
}

#[test]
fn calls_need_a_scrub_unless_there_is_a_relationship() {
    let places = [texas()];
    let given = OnFile::Given(at(TUESDAY) - TimeDelta::days(3));
    let mut call = request(Channel::Phone, Purpose::Informational, given, &places);
    call.last_inquiry = Some(at("2025-12-10T15:00:00Z"));
    assert_eq!(code(ask(&call)), "inquiry");
    call.last_inquiry = Some(at("2025-12-09T15:00:00Z"));
    assert_eq!(code(ask(&call)), "dnc_not_scrubbed");
    call.dnc_listed = Some(false);
    assert_eq!(code(ask(&call)), "dnc_scrubbed");
    call.dnc_listed = Some(true);
    assert_eq!(code(ask(&call)), "dnc_listed");
    call.purpose = Purpose::Marketing;
    call.last_business = Some(at("2024-10-01T15:00:00Z"));
    assert_eq!(code(ask(&call)), "business_relationship");
    call.last_business = Some(at("2024-09-01T15:00:00Z"));
    assert_eq!(code(ask(&call)), "dnc_listed");
}

fn entry(purpose: Purpose, granted: bool, evidence: bool, day: i64) -> ConsentEntry {
    ConsentEntry {
        channel: Channel::Sms,
        purpose,
        granted,
        evidence,
        inquiry: false,
        address: None,
        at: at(TUESDAY) + TimeDelta::days(day),
    }
}

#[test]
fn later_entries_of_the_file_win() {
    use Purpose::{Informational as Info, Marketing};
    let read = |entries: &[ConsentEntry]| OnFile::read(Channel::Sms, entries);
    let given = entry(Info, true, true, 0);
    let written = entry(Marketing, true, true, 1);
    let stop = entry(Info, false, false, 2);
    let no_offers = entry(Marketing, false, false, 2);
    assert_eq!(read(&[]), OnFile::Nothing);
    assert_eq!(OnFile::read(Channel::Email, std::slice::from_ref(&given)), OnFile::Nothing);
    assert_eq!(read(std::slice::from_ref(&given)), OnFile::Given(given.at));
    assert_eq!(read(&[entry(Marketing, true, false, 1)]), OnFile::Given(at(TUESDAY) + TimeDelta::days(1)));
    assert_eq!(read(&[given.clone(), written.clone()]), OnFile::Written);
    assert_eq!(read(&[given.clone(), written.clone(), no_offers.clone()]), OnFile::RevokedMarketing);
    assert_eq!(read(&[given.clone(), written, stop.clone()]), OnFile::RevokedAll);
    assert_eq!(read(&[given.clone(), stop.clone(), entry(Info, true, true, 2)]), OnFile::RevokedAll);
    assert_eq!(read(&[given.clone(), stop.clone(), entry(Info, true, true, 3)]), OnFile::RevokedMarketing);
    let asked_again = ConsentEntry { inquiry: true, ..entry(Info, true, true, 3) };
    assert_eq!(read(&[given.clone(), stop.clone(), asked_again]), OnFile::RevokedAll, "a new inquiry lifts no STOP");
    assert_eq!(read(&[given, stop, no_offers, entry(Marketing, true, true, 3)]), OnFile::Written);
}

#[test]
fn consent_is_about_a_number() {
    use Purpose::{Informational as Info, Marketing};
    let read = |entries: &[ConsentEntry]| OnFile::read(Channel::Sms, entries);
    let (old, new) = ("+15125550143", "+15125550199");
    let of = |entry: ConsentEntry, number: &str| ConsentEntry { address: Some(number.to_owned()), ..entry };
    let file =
        [of(entry(Info, false, false, 1), old), of(entry(Info, true, true, 2), new), entry(Marketing, true, true, 0)];
    let about = |number: &str| {
        let entries: Vec<ConsentEntry> = file.iter().filter(|e| e.is_about(number, number == old)).cloned().collect();
        read(&entries)
    };
    assert_eq!(about(old), OnFile::RevokedAll, "a STOP stays with its number");
    assert!(matches!(about(new), OnFile::Given(_)), "written consent was for the number on file");
    let person = [entry(Info, false, false, 1), of(entry(Info, true, true, 0), new)];
    let entries: Vec<ConsentEntry> = person.iter().filter(|e| e.is_about(new, false)).cloned().collect();
    assert_eq!(read(&entries), OnFile::RevokedAll, "a revocation without a number covers every number");
}

fn deferred(places: &[Place], now: &str) -> Option<DateTime<Utc>> {
    let mut text = request(Channel::Sms, Purpose::Informational, OnFile::Written, places);
    text.now = at(now);
    match ask(&text) {
        Verdict::Allow { .. } => None,
        Verdict::Defer { until, reason } => {
            assert_eq!(reason, Reason::QuietHours);
            Some(until)
        }
        Verdict::Block { reason } => panic!("{reason:?}"),
    }
}

#[test]
fn quiet_hours_by_state_and_weekday() {
    for (places, now, until) in [
        // weekday in Illinois: 8 to 20 local (CDT = UTC-5)
        (vec![illinois()], "2026-03-10T12:59:59Z", Some("2026-03-10T13:00:00Z")),
        (vec![illinois()], "2026-03-10T13:00:00Z", None),
        (vec![illinois()], "2026-03-11T00:59:59Z", None),
        (vec![illinois()], "2026-03-11T01:00:00Z", Some("2026-03-11T13:00:00Z")),
        // midnight belongs to the new day
        (vec![illinois()], "2026-03-11T05:00:00Z", Some("2026-03-11T13:00:00Z")),
        // Texas from nine, on Sundays from noon; Saturday night waits for Sunday noon
        (vec![texas()], "2026-03-10T13:30:00Z", Some("2026-03-10T14:00:00Z")),
        (vec![texas()], "2026-03-15T02:00:00Z", Some("2026-03-15T17:00:00Z")),
        (vec![texas()], "2026-03-15T16:59:00Z", Some("2026-03-15T17:00:00Z")),
        (vec![texas()], "2026-03-15T17:00:00Z", None),
        // the night the clocks go forward: eight o'clock comes an hour earlier in UTC
        (vec![illinois()], "2026-03-08T04:00:00Z", Some("2026-03-08T13:00:00Z")),
        (vec![illinois()], "2026-03-07T04:00:00Z", Some("2026-03-07T14:00:00Z")),
        // the night they go back
        (vec![illinois()], "2026-11-01T03:00:00Z", Some("2026-11-01T14:00:00Z")),
        // two places: both must be open (8:00 in Los Angeles, before 20:00 in New York)
        (
            vec![
                Place { state: "NY".into(), zone: chrono_tz::America::New_York },
                Place { state: "CA".into(), zone: chrono_tz::America::Los_Angeles },
            ],
            "2026-03-10T12:30:00Z",
            Some("2026-03-10T15:00:00Z"),
        ),
    ] {
        assert_eq!(deferred(&places, now), until.map(at), "{places:?} {now}");
    }
}

#[test]
fn email_keeps_no_hours_and_a_reply_to_the_customer_does_not_wait() {
    let places = [texas()];
    let mut message = request(Channel::Email, Purpose::Informational, OnFile::Written, &places);
    message.now = at("2026-03-10T07:00:00Z");
    assert!(matches!(ask(&message), Verdict::Allow { .. }));
    message.channel = Channel::Sms;
    message.in_conversation = true;
    assert!(matches!(ask(&message), Verdict::Defer { .. }));
    message.purpose = Purpose::Transactional;
    assert!(matches!(ask(&message), Verdict::Allow { .. }));
}

#[test]
fn no_marketing_on_a_closed_day() {
    let places = [illinois()];
    let closed = ["2026-03-10".parse().unwrap()];
    let mut message = request(Channel::Email, Purpose::Marketing, OnFile::Written, &places);
    message.store_closed = &closed;
    let until = at("2026-03-11T13:00:00Z");
    assert_eq!(ask(&message), Verdict::Defer { until, reason: Reason::StoreClosed });
    message.purpose = Purpose::Transactional;
    assert!(matches!(ask(&message), Verdict::Allow { .. }));
}

fn texts(purpose: Purpose, hours_ago: &[i64]) -> Vec<Attempt> {
    let attempt = |hours: &i64| Attempt {
        at: at(TUESDAY) - TimeDelta::hours(*hours),
        channel: Channel::Sms,
        purpose,
        same_subject: true,
    };
    hours_ago.iter().map(attempt).collect()
}

#[test]
fn caps_block_marketing_and_put_off_the_rest() {
    let places = [texas()];
    let judge = |purpose, history: &[Attempt]| {
        let mut text = request(Channel::Sms, purpose, OnFile::Written, &places);
        text.history = history;
        ask(&text)
    };
    let weekly = texts(Purpose::Marketing, &[24 * 6]);
    assert_eq!(judge(Purpose::Marketing, &weekly), Verdict::Block { reason: Reason::MarketingWeeklyCap });
    assert!(matches!(judge(Purpose::Marketing, &texts(Purpose::Marketing, &[24 * 7])), Verdict::Allow { .. }));
    let monthly = texts(Purpose::Marketing, &[24 * 8, 24 * 15, 24 * 22, 24 * 29]);
    assert_eq!(judge(Purpose::Marketing, &monthly), Verdict::Block { reason: Reason::MarketingMonthlyCap });
    let three = texts(Purpose::Informational, &[1, 5, 20]);
    let free = at(TUESDAY) + TimeDelta::hours(4);
    assert_eq!(
        judge(Purpose::Informational, &three),
        Verdict::Defer { until: free, reason: Reason::AttemptCap },
        "the oldest of three falls out of the day four hours from now"
    );
    assert_eq!(judge(Purpose::Marketing, &three), Verdict::Block { reason: Reason::AttemptCap });
    assert!(matches!(judge(Purpose::Informational, &three[..2]), Verdict::Allow { .. }));
    let mut other = three.clone();
    other[0].same_subject = false;
    assert!(matches!(judge(Purpose::Informational, &other), Verdict::Allow { .. }));
}

#[test]
fn a_capped_message_waits_for_permitted_hours_too() {
    let places = [texas()];
    let history = texts(Purpose::Informational, &[1, 2, 12]);
    let mut text = request(Channel::Sms, Purpose::Informational, OnFile::Written, &places);
    text.history = &history;
    // free twelve hours from now, at 22:00 local: the next morning at nine it is
    let until = at("2026-03-11T14:00:00Z");
    assert_eq!(ask(&text), Verdict::Defer { until, reason: Reason::AttemptCap });
}

#[test]
fn where_somebody_may_be() {
    let rules = &Rules::embedded().unwrap().hours;
    let store = texas();
    let zones = |state, zip, phone| {
        let found = places(rules, state, zip, phone, &store);
        found.into_iter().map(|p| (p.state, p.zone.name().to_owned())).collect::<Vec<_>>()
    };
    let one = |state: &str, zone: &str| vec![(state.to_owned(), zone.to_owned())];
    assert_eq!(zones(Some("IL"), Some("60601"), Some("+15125550100")), one("IL", "America/Chicago"));
    assert_eq!(zones(Some("TX"), Some("79901"), None), one("TX", "America/Denver"));
    assert_eq!(zones(None, Some("06901"), None), one("CT", "America/New_York"));
    assert_eq!(zones(None, None, Some("(415) 555-0100")), one("CA", "America/Los_Angeles"));
    assert_eq!(zones(None, Some("10001"), Some("+1 415 555 0100")).len(), 2);
    assert_eq!(zones(None, None, None), one("TX", "America/Chicago"));
    assert_eq!(zones(None, None, Some("+44 20 7946 0000")), one("TX", "America/Chicago"));
    assert_eq!(zones(None, None, Some("+1 915 555 0100")), one("TX", "America/Denver"), "El Paso");
}

#[test]
fn where_two_zones_meet_the_stricter_holds() {
    let rules = &Rules::embedded().unwrap().hours;
    // Dodge City, Kansas, by ZIP code and by area code: either may be Central or Mountain.
    let dodge_city = places(rules, Some("KS"), Some("67801"), None, &illinois());
    let kansas_number = places(rules, None, None, Some("+1 620 555 0100"), &illinois());
    for found in [dodge_city, kansas_number] {
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(deferred(&found, "2026-03-11T00:30:00Z"), None, "7:30 pm Central, 6:30 pm Mountain");
        assert_eq!(deferred(&found, "2026-03-11T01:30:00Z"), Some(at("2026-03-11T14:00:00Z")), "8:30 pm Central");
        assert_eq!(deferred(&found, "2026-03-10T13:30:00Z"), Some(at("2026-03-10T14:00:00Z")), "7:30 am Mountain");
    }
}

#[test]
fn clear_words_end_contact() {
    let rules = &Rules::embedded().unwrap().opt_out;
    for text in [
        "STOP",
        "stop.",
        "Stop please",
        "Unsubscribe",
        "QUIT!",
        "no more texts",
        "Don't text me again",
        "please remove me from your list thanks",
        "ALTO",
        "no me escriban más",
        "Baja por favor",
        "no más mensajes gracias",
    ] {
        assert_eq!(rules.hear(text), Some(Heard::OptOut(Scope::All)), "{text}");
    }
    for text in ["no more offers please", "No quiero ofertas"] {
        assert_eq!(rules.hear(text), Some(Heard::OptOut(Scope::Marketing)), "{text}");
    }
    assert_eq!(rules.hear("START"), Some(Heard::Resubscribe));
    for text in [
        "",
        "please",
        "I will stop by at 5",
        "Can you cancel my 3 pm appointment?",
        "the end of the week works",
        "is it a stop-sale vehicle?",
        "Gracias, ¿a qué hora?",
    ] {
        assert_eq!(rules.hear(text), None, "{text}");
    }
}

#[test]
fn every_reason_has_a_code_and_words() {
    for reason in Reason::ALL {
        assert_eq!(Reason::of(reason.code()), Some(reason));
        assert_ne!(reason.words("en"), reason.words("es"));
    }
}
