//! One sentence for headers and lists. It is derived from the readback and from nothing else, so it cannot say anything
//! else than the definition does.

use super::{Branch, Step, describe, words};
use crate::workflow::catalog::Catalog;
use crate::workflow::document::Definition;
use crate::workflow::text::Language;

/// Most steps said one by one.
const MOST: usize = 5;
/// Where the part of a line begins that a summary leaves out: texts, purposes, limits.
const DETAILS: [&str; 9] =
    [" (", "“", ", subject", ", asunto", ", due", ", con plazo", ", to be", ", at most", ", máximo"];

/// "When a lead arrives: text the customer; wait up to 5 minutes for the customer to write back; if nothing came, tell
/// every sales manager on shift." An empty definition has an empty summary.
#[must_use]
pub fn summary(definition: &Definition, catalog: &Catalog, language: Language) -> String {
    let readback = describe(definition, catalog, language);
    let mut clauses = Vec::new();
    collect(&readback.steps, &mut clauses);
    if clauses.is_empty() {
        return String::new();
    }
    let more = clauses.len().saturating_sub(MOST);
    clauses.truncate(MOST);
    if more > 0 {
        clauses.push(match (language, more) {
            (Language::En, 1) => "and one more step".to_owned(),
            (Language::En, more) => format!("and {more} more steps"),
            (Language::Es, 1) => "y un paso más".to_owned(),
            (Language::Es, more) => format!("y {more} pasos más"),
        });
    }
    format!("{}: {}.", readback.trigger, clauses.join("; "))
}

fn collect(steps: &[Step], clauses: &mut Vec<String>) {
    for step in steps {
        match step.kind.as_str() {
            // their lines only lead on to others
            "switch" | "set" | "raise" => {}
            "do" | "fork" if step.children.iter().any(|branch| !branch.steps.is_empty()) => {
                inside(&step.children, clauses);
            }
            "for" => {
                let mut each = Vec::new();
                inside(&step.children, &mut each);
                clauses.push(format!("{}: {}", clause(&step.text), each.join(", ")));
            }
            _ => {
                clauses.push(clause(&step.text));
                inside(&step.children, clauses);
            }
        }
    }
}

/// The steps of branches; the first step of a labelled one after its label: "if nothing came, tell …".
fn inside(branches: &[Branch], clauses: &mut Vec<String>) {
    for branch in branches {
        let first = clauses.len();
        collect(&branch.steps, clauses);
        if let Some(clause) = clauses.get_mut(first).filter(|_| !branch.label.is_empty()) {
            *clause = format!("{}, {clause}", words::uncapital(&branch.label));
        }
    }
}

/// The line of a step without its details.
fn clause(line: &str) -> String {
    let end = DETAILS.iter().filter_map(|detail| line.find(detail)).min().unwrap_or(line.len());
    let kept = line[..end].split(". ").next().unwrap_or_default();
    words::uncapital(kept.trim_end_matches([' ', ':', '.', ',']))
}
