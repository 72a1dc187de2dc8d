//! Which running workflows write to the same people.

use std::collections::BTreeSet;

use serde_json::Value;

use super::diagnostic::{Findings, ValidationContext};
use crate::workflow::both::{Both, both};
use crate::workflow::catalog::{Catalog, RiskClass};
use crate::workflow::describe;
use crate::workflow::document::{Definition, Schedule, TaskKind};
use crate::workflow::text::Language;

/// Warns of every running workflow but the one this is a version of (they share namespace and name).
pub(super) fn check(definition: &Definition, context: &ValidationContext<'_>, found: &mut Findings) {
    let is_same = |other: &Definition| {
        other.header("name") == definition.header("name") && other.header("namespace") == definition.header("namespace")
    };
    for other in context.running.iter().filter(|other| !is_same(other)) {
        let shared = overlap(definition, other, context.catalog);
        if !shared.is_empty() {
            let shared = shared.iter().map(|name| in_words(name)).collect::<Vec<_>>();
            let shared = Both::joined(&shared, &Both::same(", "));
            let message = both!(
                "“{title}” is running and writes to the same people: {shared}",
                "“{title}” está en marcha y escribe a las mismas personas: {shared}",
                title = other.title();
                shared
            );
            let hint = both!(
                "Retire one of them, or let their conditions exclude each other.",
                "Retire uno de los dos, o haga que sus condiciones se excluyan."
            );
            found.warning("policy.overlap", "/schedule", message, hint);
        }
    }
}

/// A trigger as a clause, a kind of record in the plural: "when a lead arrives", "leads".
fn in_words(name: &str) -> Both {
    let event = |language| describe::event_words(name, language);
    if let (Some(en), Some(es)) = (event(Language::En), event(Language::Es)) {
        return both!("when {en}", "cuando {es}");
    }
    let records = |language| describe::entity_words(name, language).unwrap_or(name);
    Both { en: records(Language::En).to_owned(), es: records(Language::Es).to_owned() }
}

/// What both workflows reach customers about: shared triggers, or for scheduled ones the kind of record they search.
/// Empty when either writes to nobody, or they run in different stores.
#[must_use]
pub fn overlap(one: &Definition, other: &Definition, catalog: &Catalog) -> Vec<String> {
    let (mine, theirs) = (one.stores(), other.stores());
    let apart = !mine.is_empty() && !theirs.is_empty() && !mine.iter().any(|store| theirs.contains(store));
    if apart || !reaches_customers(one, catalog) || !reaches_customers(other, catalog) {
        return Vec::new();
    }
    audiences(one).intersection(&audiences(other)).cloned().collect()
}

fn reaches_customers(definition: &Definition, catalog: &Catalog) -> bool {
    definition.all_tasks().iter().any(|task| match task.kind() {
        TaskKind::Call { action, .. } => {
            catalog.action(action).is_some_and(|action| action.risk == RiskClass::CustomerFacing)
        }
        _ => false,
    })
}

fn audiences(definition: &Definition) -> BTreeSet<String> {
    if let Schedule::On(strategy) = definition.schedule() {
        let types = strategy.filters.iter().filter_map(|filter| filter.event_type());
        return types.map(ToOwned::to_owned).collect();
    }
    let searched = definition.all_tasks().into_iter().filter_map(|task| match task.kind() {
        TaskKind::Call { action: "find_records", with } => with?.get("entity").and_then(Value::as_str),
        _ => None,
    });
    searched.map(ToOwned::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workflow(trigger: &str, action: &str, stores: &str) -> Definition {
        let text = format!(
            "document: {{ metadata: {{ stores: [{stores}] }} }}\nschedule: {trigger}\ndo:\n  - find: {{ call: find_records, with: {{ entity: lead }} }}\n  - act: {{ call: {action} }}\n"
        );
        Definition::from_yaml(&text).unwrap()
    }

    #[test]
    fn the_same_trigger_in_the_same_store_overlaps() {
        let lead = "{ on: { one: { with: { type: lead.created } } } }";
        let two = "{ on: { any: [ { with: { type: call.missed } }, { with: { type: lead.created } } ] } }";
        let daily = "{ cron: '0 9 * * *' }";
        let cases = [
            (workflow(lead, "send_sms", "main"), workflow(two, "send_email", ""), vec!["lead.created"]),
            (workflow(lead, "send_sms", "main"), workflow(lead, "send_sms", "coast"), vec![]),
            (workflow(lead, "send_sms", "main"), workflow(lead, "notify_user", "main"), vec![]),
            (workflow(lead, "send_sms", ""), workflow(daily, "send_sms", ""), vec![]),
            (workflow(daily, "send_sms", ""), workflow("{ every: P1D }", "send_survey", ""), vec!["lead"]),
        ];
        for (one, other, expected) in cases {
            assert_eq!(overlap(&one, &other, Catalog::embedded()), expected, "{:?}", one.raw());
            assert_eq!(overlap(&other, &one, Catalog::embedded()), expected, "and the other way round");
        }
    }
}
