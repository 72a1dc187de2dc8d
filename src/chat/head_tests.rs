use std::fmt::Write;

use super::super::context::tokens;
use super::*;
use crate::auth::Principal;
use crate::model::span::Origin;
use crate::model::user::SystemRole;
use crate::model::{ConversationId, TenantId, UserId};
use crate::tools::Desk;
use crate::workflow::validate::{ValidationContext, validate};
use crate::workflow::{Definition, Language};

pub(in crate::chat) fn session() -> Session {
    Session {
        principal: Principal {
            tenant: TenantId::derive("lakeside"),
            user: UserId::derive("maria"),
            name: "Maria Lopez".into(),
            role: SystemRole::User,
            job_roles: vec!["sales_manager".into()],
            stores: Vec::new(),
            employee_id: None,
            sign_in: None,
        },
        conversation: ConversationId::derive("c"),
        dealership: "Lakeside Toyota".into(),
        namespace: "lakeside-toyota".into(),
        stores: vec!["lakeside-main".into(), "lakeside-west".into()],
        material: Material::default(),
        language: Language::En,
        insists: true,
        desk: Desk::default(),
    }
}

/// A rendered text under its tokens, as it is kept.
fn counted(text: &str) -> String {
    tokens::load_tokenizer();
    format!("tokens: {}\n\n{text}", tokens::count(text))
}

#[test]
fn every_section_of_the_instructions() {
    let prompts = Prompts::load().unwrap();
    let session = session();
    let stores = stores(&session);
    let sections = [
        (
            "role",
            prompts.render(&RolePrompt {
                dealership: session.dealership.clone(),
                author: session.principal.name.clone(),
                job_roles: session.principal.job_roles.clone(),
                stores: stores.clone(),
            }),
        ),
        ("tools", prompts.render(&ToolsPrompt { repairs: 3 })),
        ("crib", prompts.render(&crib(&session, stores))),
        ("contact_law", prompts.render(&contact_law())),
        ("asking", prompts.render(&AskingPrompt { questions: Codes::embedded().questions.clone() })),
        ("narrating", prompts.render(&NarratingPrompt {})),
        ("closing", closing(&prompts)),
        ("draft_none", draft(&prompts, &session, false)),
        ("draft_none_reading", draft(&prompts, &session, true)),
    ];
    let mut sum = String::new();
    for (name, text) in sections {
        let text = text.unwrap();
        let _ = writeln!(sum, "{name}: {}", tokens::count(&text));
        insta::assert_snapshot!(name, counted(&text));
    }
    let whole = instructions(&prompts, &session, 3).unwrap();
    let _ = writeln!(sum, "instructions: {}", tokens::count(&whole));
    insta::assert_snapshot!("tokens", sum);
    assert!(tokens::count(&whole) < 6000, "instructions are sent with every request");
}

#[test]
fn the_whole_catalog_is_never_in_the_instructions() {
    let prompts = Prompts::load().unwrap();
    let whole = instructions(&prompts, &session(), 3).unwrap();
    let catalog = Catalog::embedded();
    let named = catalog.actions().filter(|action| whole.contains(&action.name)).count();
    assert!(named < catalog.actions().len() / 4, "{named} actions are named");
    let named = catalog.events().filter(|event| whole.contains(&event.name)).count();
    assert!(named < catalog.events().len() / 4, "{named} events are named");
}

#[test]
fn the_instructions_are_the_same_bytes_whatever_the_draft() {
    let prompts = Prompts::load().unwrap();
    let mut session = session();
    let before = instructions(&prompts, &session, 3).unwrap();
    session.language = Language::Es;
    session.desk.wrote = true;
    session.material.note(Origin::Quoted, "", "text new leads");
    assert_eq!(instructions(&prompts, &session, 3).unwrap(), before);
}

#[test]
fn the_example_is_one_the_validator_has_nothing_against() {
    let example = Definition::from_value(serde_json::from_str(EXAMPLE).unwrap()).unwrap();
    let found = validate(&example, &ValidationContext::new(Catalog::embedded()));
    let errors: Vec<_> = found.iter().filter(|found| found.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}
