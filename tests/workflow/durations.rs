//! Durations: reading, calendar arithmetic, words.

use auterity::workflow::Language;
use auterity::workflow::duration::IsoDuration;
use chrono::{DateTime, Utc};
use serde_json::json;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn reads_what_the_dsl_writes() {
    for (text, millis) in [
        ("PT10M", 600_000),
        ("P1DT2H", 93_600_000),
        ("PT0.5S", 500),
        ("PT1.5H", 5_400_000),
        ("P2W", 1_209_600_000),
        ("-P60D", -5_184_000_000),
        ("PT0S", 0),
    ] {
        let parsed = IsoDuration::parse(text).unwrap();
        assert_eq!(parsed.approximate_millis(), millis, "{text}");
        assert_eq!(IsoDuration::parse(&parsed.to_string()).unwrap().approximate_millis(), millis, "{text}");
    }
    for text in
        ["", "P", "PT", "10M", "P1H", "PT1D", "P1M1Y", "P1.D", "PT5", "P99999D", "PT1e3S", "P-1D", "1 day", "PTS", "-"]
    {
        assert!(IsoDuration::parse(text).is_err(), "{text}");
    }
    assert_eq!(IsoDuration::from_value(&json!({"minutes": 5, "seconds": 30})).unwrap().approximate_millis(), 330_000);
    for value in
        [json!({}), json!({"weeks": 1}), json!({"minutes": 1.5}), json!({"minutes": "5"}), json!(5), json!(null)]
    {
        assert!(IsoDuration::from_value(&value).is_err(), "{value}");
    }
}

#[test]
fn days_keep_the_local_time_and_hours_do_not() {
    let zone = chrono_tz::America::New_York;
    // clocks go forward on 2026-03-08 at 02:00
    let noon_before = at("2026-03-07T17:00:00Z");
    for (duration, expected) in [
        ("P1D", "2026-03-08T16:00:00Z"),
        ("PT24H", "2026-03-08T17:00:00Z"),
        ("P1DT1H", "2026-03-08T17:00:00Z"),
        ("P1W", "2026-03-14T16:00:00Z"),
        ("P1M", "2026-04-07T16:00:00Z"),
        ("-P1M", "2026-02-07T17:00:00Z"),
        ("-PT1H", "2026-03-07T16:00:00Z"),
    ] {
        assert_eq!(IsoDuration::parse(duration).unwrap().add_to(noon_before, zone), at(expected), "{duration}");
    }
    // the end of a month is kept inside the month; a skipped local time moves forward
    assert_eq!(IsoDuration::parse("P1M").unwrap().add_to(at("2026-01-31T17:00:00Z"), zone), at("2026-02-28T17:00:00Z"));
    assert_eq!(IsoDuration::parse("P1D").unwrap().add_to(at("2026-03-07T07:30:00Z"), zone), at("2026-03-08T07:00:00Z"));
}

#[test]
fn speaks_both_languages() {
    for (text, english, spanish) in [
        ("PT10M", "10 minutes", "10 minutos"),
        ("PT1H", "1 hour", "1 hora"),
        ("PT2H30M", "2 hours and 30 minutes", "2 horas y 30 minutos"),
        ("P1DT2H5M", "1 day, 2 hours and 5 minutes", "1 día, 2 horas y 5 minutos"),
        ("P1M", "1 month", "1 mes"),
        ("PT0S", "0 minutes", "0 minutos"),
    ] {
        let duration = IsoDuration::parse(text).unwrap();
        assert_eq!(duration.to_words(Language::En), english);
        assert_eq!(duration.to_words(Language::Es), spanish);
    }
}
