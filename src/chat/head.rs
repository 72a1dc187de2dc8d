//! The instructions a model gets: the templates of `/prompts`, filled from what the engine itself goes by, the catalog
//! and the contact rules. What holds for a whole conversation is one text, the same bytes in every request of it.

use std::collections::BTreeSet;

use super::codes::Codes;
use crate::approvals::policy;
use crate::contact;
use crate::prompts::{
    AskingPrompt, Caps, ClosingPrompt, ContactLawPrompt, CribPrompt, DraftPrompt, DraftText, EXAMPLE, Hours,
    MaterialPrompt, MaterialText, MergeRoot, NarratingPrompt, PromptError, Prompts, RolePrompt, StateHours,
    ToolsPrompt,
};
use crate::tools::Session;
use crate::tools::boundary::Material;
use crate::workflow::{Catalog, Severity, describe};

/// Roots of merge fields that do not depend on a workflow, with the field used most.
const MERGE_ROOTS: [(&str, &str); 4] =
    [("customer", "first_name"), ("owner", "first_name"), ("store", "name"), ("link", "booking")];
/// Findings of the validator that are told.
const MOST_PROBLEMS: usize = 12;
/// Texts from beside the messages that a model is shown at most; the newest.
const MATERIAL_TEXTS: usize = 16;

/// What is the same for every request of a conversation.
///
/// # Errors
/// [`PromptError`] when a template and its context do not fit.
pub fn instructions(prompts: &Prompts, session: &Session, repairs: u32) -> Result<String, PromptError> {
    let stores = stores(session);
    let parts = [
        prompts.render(&RolePrompt {
            dealership: session.dealership.clone(),
            author: session.principal.name.clone(),
            job_roles: session.principal.job_roles.clone(),
            stores: stores.clone(),
        })?,
        prompts.render(&ToolsPrompt { repairs })?,
        prompts.render(&crib(session, stores))?,
        prompts.render(&contact_law())?,
        prompts.render(&AskingPrompt { questions: Codes::embedded().questions.clone() })?,
        prompts.render(&NarratingPrompt {})?,
    ];
    Ok(parts.join("\n\n"))
}

/// The draft as it stands. `reading`: the author only asks.
///
/// # Errors
/// See [`instructions`].
pub fn draft(prompts: &Prompts, session: &Session, reading: bool) -> Result<String, PromptError> {
    let desk = &session.desk;
    let draft = desk.draft.as_ref().map(|view| {
        let definition = &view.revision.definition;
        let readback = describe::describe(definition, Catalog::embedded(), session.language).to_text();
        let lines = readback.lines().skip(1).filter(|line| !line.trim().is_empty());
        let found = desk.diagnostics.iter().filter(|found| found.severity == Severity::Error);
        DraftText {
            title: view.draft.title.clone(),
            revision: view.draft.revision,
            status: view.draft.status.as_str().to_owned(),
            readback: lines.map(ToOwned::to_owned).collect(),
            missing: view.revision.provenance.missing().into_iter().map(ToOwned::to_owned).collect(),
            problems: found
                .take(MOST_PROBLEMS)
                .map(|found| format!("`{}` {}: {} {}", found.code, found.pointer, found.message, found.hint))
                .collect(),
            definition: definition.raw().to_string(),
        }
    });
    let draft = prompts.render(&DraftPrompt { draft, reading })?;
    match material(&session.material) {
        Some(material) => Ok(format!("{draft}\n\n{}", prompts.render(&material)?)),
        None => Ok(draft),
    }
}

/// What the model is shown of the texts that came in beside the messages.
fn material(material: &Material) -> Option<MaterialPrompt> {
    let texts = material.beside().iter().take(MATERIAL_TEXTS).map(|span| MaterialText {
        origin: span.origin.to_string(),
        label: span.label.clone(),
        text: serde_json::Value::from(span.text.as_str()).to_string(),
    });
    let texts: Vec<MaterialText> = texts.collect();
    (!texts.is_empty()).then_some(MaterialPrompt { texts })
}

/// The last word when no tools are on offer any more.
///
/// # Errors
/// See [`instructions`].
pub fn closing(prompts: &Prompts) -> Result<String, PromptError> {
    prompts.render(&ClosingPrompt {})
}

/// The stores the author works in; all of the tenant's for who works in every store.
pub fn stores(session: &Session) -> Vec<String> {
    match session.principal.stores.as_slice() {
        [] => session.stores.clone(),
        own => own.iter().map(ToString::to_string).collect(),
    }
}

fn crib(session: &Session, stores: Vec<String>) -> CribPrompt {
    let catalog = Catalog::embedded();
    let families: BTreeSet<&str> = catalog.actions().map(|action| action.family.as_str()).collect();
    let merge_roots = MERGE_ROOTS.iter().filter_map(|(root, first)| {
        let fields = catalog.merge_root(root)?;
        Some(MergeRoot {
            first: format!("{{{{{root}.{first}}}}}"),
            others: fields.names().filter(|name| name != first).map(ToOwned::to_owned).collect(),
        })
    });
    CribPrompt {
        dsl: "1.0.3".to_owned(),
        namespace: session.namespace.clone(),
        stores,
        roles: catalog.roles().to_vec(),
        teams: catalog.teams().to_vec(),
        merge_roots: merge_roots.collect(),
        families: families.into_iter().map(ToOwned::to_owned).collect(),
        actions: catalog.actions().len(),
        events: catalog.events().len(),
        example: EXAMPLE.trim().to_owned(),
    }
}

/// The rules the validator and the gate go by; a rule file that cannot be read stops the server long before this.
fn contact_law() -> ContactLawPrompt {
    let Ok(rules) = contact::Rules::embedded() else { return ContactLawPrompt::default() };
    let (from, to) = rules.hours.default_hours();
    let reviewed = [rules.consent.reviewed, rules.hours.reviewed, rules.caps.reviewed, rules.opt_out.reviewed];
    let stricter = rules.hours.stricter();
    let approvers = policy::Rules::embedded();
    ContactLawPrompt {
        reviewed: reviewed.into_iter().min().map(|day| day.to_string()).unwrap_or_default(),
        inquiry_days: rules.consent.inquiry_days,
        business_relationship_months: rules.consent.business_relationship_months,
        hours: Hours { from, to },
        stricter: stricter
            .map(|(state, from, to, sunday)| StateHours { state: state.to_owned(), from, to, sunday })
            .collect(),
        caps: Caps {
            per_7_days: rules.caps.marketing_texts.per_7_days,
            per_30_days: rules.caps.marketing_texts.per_30_days,
            attempts: rules.caps.attempts.count,
            attempt_hours: rules.caps.attempts.hours,
        },
        bulk_audience: approvers.bulk_audience,
        two_person: approvers.two_person,
        warnings: Codes::embedded().warnings.clone(),
    }
}

#[cfg(test)]
#[path = "head_tests.rs"]
pub(super) mod tests;
