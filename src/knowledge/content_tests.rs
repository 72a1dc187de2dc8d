//! What ships is whole, and says what the rules say.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use regex::Regex;
use serde_json::Value;

use super::*;

#[derive(RustEmbed)]
#[folder = "knowledge/rules/"]
struct RuleFiles;

/// Every article the product promises; drafts and answers cite them by these ids.
const ARTICLES: [&str; 40] = [
    "adf-leads",
    "advertising-pricing",
    "adverse-action",
    "ai-disclosure",
    "appointment-show-rate",
    "automation-policy",
    "can-spam",
    "cars-rule-status",
    "cash-8300",
    "credit-permissible-purpose",
    "declined-services",
    "dnc-rules",
    "ecoa-fair-lending",
    "fi-deal-flow",
    "follow-up-cadence",
    "glba-privacy",
    "inventory-aging",
    "language-access",
    "lead-routing",
    "lease-end-process",
    "payment-collections",
    "privacy-rights",
    "quiet-hours",
    "recall-rules",
    "record-retention",
    "red-flags",
    "review-rules",
    "ro-lifecycle",
    "safeguards-rule",
    "special-order-parts",
    "speed-to-lead",
    "state-mini-tcpa",
    "tcpa-consent",
    "tcpa-revocation",
    "title-odometer-docs",
    "trade-in-process",
    "used-car-rule",
    "vin-basics",
    "voicemail-ai-voice",
    "warranty-basics",
];

const CATEGORIES: [&str; 13] = [
    "Admin",
    "Auterity",
    "BDC",
    "Compliance",
    "F&I",
    "HR",
    "Inventory",
    "Marketing",
    "Parts",
    "Retention",
    "Sales",
    "Service",
    "Systems",
];

/// States whose hours a rule names, as the articles write them.
const STATES: [(&str, &str); 2] = [("CT", "connecticut"), ("TX", "texas")];

fn every_article() -> impl Iterator<Item = Article> {
    ARTICLES.iter().map(|id| article(id).unwrap_or_else(|| panic!("`{id}` does not ship, or cannot be read")))
}

fn rule(file: &str) -> Value {
    let embedded = RuleFiles::get(file).unwrap_or_else(|| panic!("{file} does not ship"));
    serde_saphyr::from_str(std::str::from_utf8(&embedded.data).unwrap()).unwrap()
}

fn number(value: &Value, pointer: &str) -> i64 {
    value.pointer(pointer).and_then(Value::as_i64).unwrap_or_else(|| panic!("{pointer} is no number"))
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is no date"))
}

/// The words of an article without emphasis, in lower case, with single spaces.
fn plain(article: &Article) -> String {
    let words: Vec<_> = article.body.split_whitespace().map(|word| word.replace("**", "").to_lowercase()).collect();
    words.join(" ")
}

/// Asserts that the article says `words`, wherever it emphasises or breaks them.
fn says(id: &str, words: &str) {
    let words = words.to_lowercase();
    let text = plain(&article(id).unwrap());
    assert!(text.contains(&words), "`{id}` does not say `{words}`, as a rule has it");
}

fn in_words(number: i64) -> &'static str {
    const WORDS: [&str; 11] = ["none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    WORDS[usize::try_from(number).unwrap()]
}

fn evening(hour: i64) -> i64 {
    if hour > 12 { hour - 12 } else { hour }
}

#[test]
fn all_forty_articles_ship_and_no_other() {
    let shipped: BTreeSet<String> = Articles::iter().map(|name| name.trim_end_matches(".md").to_owned()).collect();
    assert_eq!(shipped, ARTICLES.iter().map(|&id| id.to_owned()).collect());
    let titles: BTreeSet<String> = every_article().map(|article| article.title).collect();
    assert_eq!(titles.len(), ARTICLES.len(), "two articles have the same title");
}

#[test]
fn the_front_matter_of_every_article_is_complete() {
    for (id, article) in ARTICLES.iter().zip(every_article()) {
        assert_eq!(article.id, *id);
        assert!(!article.title.trim().is_empty(), "{id}");
        assert!(CATEGORIES.contains(&article.category.as_str()), "{id}: `{}`", article.category);
        assert!(!article.sources.is_empty() && article.sources.iter().all(|s| s.trim().len() > 3), "{id}");
        assert!(date(&article.reviewed) >= date("2026-01-01"), "{id} was reviewed on {}", article.reviewed);
        let keywords: BTreeSet<&str> = article.keywords.split(", ").map(str::trim).collect();
        assert!(keywords.len() >= 5 && keywords.iter().all(|k| !k.is_empty()), "{id}: {keywords:?}");
        let known = |place: &str| place == "all" || place.len() == 2 && place.chars().all(|c| c.is_ascii_uppercase());
        assert!(!article.jurisdictions.is_empty(), "{id}");
        assert!(article.jurisdictions.iter().all(|place| known(place)), "{id}: {:?}", article.jurisdictions);
    }
}

#[test]
fn every_article_has_300_to_900_words_under_headings_that_can_be_cited() {
    for article in every_article() {
        let id = &article.id;
        let words = article.body.split_whitespace().count();
        assert!((300..=900).contains(&words), "{id} has {words} words");
        let chunks = chunk::split(&article.body);
        assert_eq!(chunks[0].heading, "", "{id} answers nothing before its first heading");
        let headings = article.body.lines().filter(|line| line.starts_with("## ")).count();
        let cited: BTreeSet<&str> = chunks.iter().map(|c| c.heading.as_str()).filter(|h| !h.is_empty()).collect();
        assert!(headings >= 4, "{id} has {headings} sections");
        // A section without text makes no passage, and two with one heading make one citation.
        assert_eq!(cited.len(), headings, "{id} has an empty section, or two with one heading");
        assert_eq!(chunks.len(), headings + 1, "{id} has a section too long for one passage");
        assert!(chunks.iter().all(|c| c.text.split_whitespace().count() >= 8), "{id} has a section without content");
    }
}

#[test]
fn every_rule_file_names_its_sources_and_its_review() {
    let files: Vec<_> = RuleFiles::iter().collect();
    assert!(files.len() >= 6, "{files:?}");
    for file in files {
        let rule = rule(&file);
        assert!(rule["title"].as_str().is_some_and(|title| !title.is_empty()), "{file}");
        assert!(rule["sources"].as_array().is_some_and(|sources| !sources.is_empty()), "{file}");
        assert!(date(rule["reviewed"].as_str().unwrap()) >= date("2026-01-01"), "{file}");
    }
}

#[test]
fn the_articles_name_the_hours_of_the_rules() {
    let hours = rule("quiet_hours.yaml");
    let window = |w: &Value| format!("{} am to {} pm", number(w, "/from"), evening(number(w, "/to")));
    let default = window(&hours["default"]);
    for id in ["quiet-hours", "state-mini-tcpa", "payment-collections"] {
        says(id, &default);
    }
    let states = hours["states"].as_object().unwrap();
    assert_eq!(states.len(), STATES.len(), "a state was added to the rules: name it in STATES and in the articles");
    // Besides ours: the federal window and what Texas itself allows.
    let mut known: BTreeSet<String> = ["8 am to 9 pm", "9 am to 9 pm"].map(str::to_owned).into();
    for (code, name) in STATES {
        let state = &states[code];
        let sunday = match state["sunday"].as_i64() {
            Some(12) => format!("noon to {} pm", evening(number(state, "/to"))),
            Some(hour) => format!("{hour} am to {} pm", evening(number(state, "/to"))),
            None => window(state),
        };
        says("quiet-hours", &format!("| {name} | {} | {sunday} |", window(state)));
        known.insert(window(state));
    }
    known.insert(default);
    let any_window = Regex::new(r"\d+ am to \d+ pm").unwrap();
    for article in every_article() {
        for found in any_window.find_iter(&plain(&article)) {
            assert!(known.contains(found.as_str()), "`{}` says {}, no rule does", article.id, found.as_str());
        }
    }
}

#[test]
fn the_articles_name_the_caps_of_the_rules() {
    let caps = rule("caps.yaml");
    let (week, month) = (number(&caps, "/marketing_texts/per_7_days"), number(&caps, "/marketing_texts/per_30_days"));
    says("follow-up-cadence", &format!("{} a week and {} a month", in_words(week), in_words(month)));
    let (count, hours) = (number(&caps, "/attempts/count"), number(&caps, "/attempts/hours"));
    let attempts = format!("at most {} contact attempts on one subject in {hours} hours", in_words(count));
    says("follow-up-cadence", &attempts);
    says("state-mini-tcpa", &attempts);
    let any_cap = Regex::new(r"at most (\w+) [a-z ]*in (\d+) hours").unwrap();
    for article in every_article() {
        for found in any_cap.captures_iter(&plain(&article)) {
            assert_eq!((&found[1], &found[2]), (in_words(count), hours.to_string().as_str()), "{}", article.id);
        }
    }
}

#[test]
fn the_articles_name_the_consent_of_the_rules() {
    let consent = rule("consent.yaml");
    let cell = |pointer: &str| consent.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
    let inquiry = number(&consent, "/inquiry_days");
    says("tcpa-consent", &format!("auterity ends this after {inquiry} days"));
    says("follow-up-cadence", &format!("after {inquiry} days an inquiry no longer permits informational texts"));
    let months = number(&consent, "/business_relationship_months");
    says("dnc-rules", &format!("after a purchase or service visit: {months} months"));
    says("declined-services", &format!("established business relationship, {months} months after the service visit"));
    let call = in_words(number(&consent, "/inquiry_call_months"));
    says("dnc-rules", &format!("after an inquiry: {call} months"));
    assert_eq!(
        (cell("/table/sms/marketing/given"), cell("/table/sms/marketing/written")),
        ("block".into(), "send".into())
    );
    says("tcpa-consent", "they need prior express written consent on file");
    assert_eq!(cell("/table/email/marketing/nothing"), "send_with_footer");
    says("can-spam", "consent is not required in advance");
    assert_eq!(cell("/table/email/transactional/revoked_all"), "send");
    says("tcpa-revocation", "transactional e-mail such as a receipt may still be sent");
    let opt_out = rule("opt_out.yaml");
    let words = opt_out["words"]["en"].as_array().unwrap();
    for word in ["stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe"] {
        assert!(words.iter().any(|w| w == word), "`{word}` ends contact by law");
        says("tcpa-revocation", word);
    }
}

#[test]
fn the_articles_name_the_approvals_of_the_rules() {
    let approvers = rule("approvers.yaml");
    let bulk = number(&approvers, "/bulk_audience");
    for id in ["automation-policy", "can-spam"] {
        says(id, &format!("audience above {bulk} people"));
    }
    let people = in_words(number(&approvers, "/two_person"));
    says("automation-policy", &format!("a bulk audience or money needs {people} people"));
}

#[test]
fn the_articles_name_the_periods_of_the_rules() {
    let retention = rule("retention.yaml");
    let keep = retention["keep"].as_object().unwrap();
    let period = |record: &str| {
        let rule = &keep[record];
        rule["months"]
            .as_i64()
            .map_or_else(|| format!("{} years", in_words(number(rule, "/years"))), |months| format!("{months} months"))
    };
    let named = [
        ("credit_applications", "record-retention", "| credit applications, adverse action | <> |"),
        ("credit_applications", "adverse-action", "copies for <>"),
        ("form_8300", "record-retention", "| form 8300 | <> |"),
        ("form_8300", "cash-8300", "keep copies <>"),
        ("odometer_statements", "record-retention", "| odometer statements | <> |"),
        ("odometer_statements", "title-odometer-docs", "keep the statements <>"),
        ("telemarketing_records", "record-retention", "| telemarketing records | <> |"),
        ("california_cars_act", "record-retention", "| california cars act records | <> |"),
        ("california_cars_act", "cars-rule-status", "requires records for <>"),
        ("privacy_requests", "record-retention", "| privacy requests | <> |"),
        ("privacy_requests", "privacy-rights", "log each request and its outcome for <>"),
        ("text_opt_outs", "record-retention", "a text opt-out in virginia is honoured for <>"),
        ("text_opt_outs", "state-mini-tcpa", "is honoured for <>"),
        ("text_opt_outs", "tcpa-revocation", "a text opt-out to be honoured for <>"),
    ];
    for (record, id, words) in named {
        says(id, &words.replace("<>", &period(record)));
    }
    assert!(keep.keys().all(|record| named.iter().any(|(known, ..)| known == record)), "a period no article names");
    let disposal = in_words(number(&retention, "/dispose/customer_information/years"));
    for id in ["record-retention", "safeguards-rule"] {
        says(id, &format!("within {disposal} years after its last use"));
    }
}
