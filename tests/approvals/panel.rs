//! What an approver sees: texts as people would read them, what would stop it, where every value comes from.

use serde_json::{Value, json};

use crate::story::{MARIA, SAM, follow_up, goodwill, speed_to_lead};
use crate::support::TestApp;

async fn content(app: &TestApp, definition: Value) -> Value {
    let draft = app.draft(SAM, definition).await;
    let approval = app.submitted(SAM, &draft).await;
    app.get(MARIA, &format!("/v1/approvals/{approval}")).await.json()["draft"].clone()
}

/// A definition of this crate's examples or templates as a draft of the demo dealership.
fn at_home(mut definition: Value) -> Value {
    definition["document"]["namespace"] = json!("lakeside-toyota");
    definition["document"]["metadata"] = json!({ "stores": ["lakeside-main"] });
    definition
}

#[tokio::test]
async fn no_text_is_shown_as_it_is_written() {
    let app = TestApp::demo().await;
    let tenant = app.principal(SAM).await.tenant;
    let mut texts = 0;
    for template in auterity::workflow::template::embedded() {
        let definition =
            auterity::workflow::Definition::from_value(at_home(template.definition.raw().clone())).unwrap();
        let samples = auterity::approvals::samples::Samples::load(&app.app.state.db, &tenant, &definition);
        for message in samples.await.unwrap().messages(&definition) {
            let raw = ["{{", "}}", "${", "$context", "$workflow"];
            assert!(!raw.iter().any(|mark| message.rendered.contains(mark)), "{}: {message:?}", template.id);
            assert!(!message.rendered.trim().is_empty(), "{}: {message:?}", template.id);
            texts += 1;
        }
    }
    assert!(texts > 50, "the templates have texts: {texts}");
}

#[tokio::test]
async fn results_of_steps_are_shown_in_words() {
    let app = TestApp::demo().await;
    let mut definition = follow_up();
    *definition.pointer_mut("/do/1/textCustomer/with/body").unwrap() =
        json!("Hi {{customer.first_name}}, {{store.name}}: {{context.nothing.of_this}}. Reply STOP to opt out.");
    let draft = app.draft(SAM, definition).await;
    let tenant = app.principal(SAM).await.tenant;
    let stored = app.get(SAM, &format!("/v1/drafts/{}", draft.id)).await.json()["definition"].clone();
    let definition = auterity::workflow::Definition::from_value(stored).unwrap();
    let samples = auterity::approvals::samples::Samples::load(&app.app.state.db, &tenant, &definition);
    let samples = samples.await.unwrap();
    let texts: Vec<String> = samples.messages(&definition).into_iter().map(|message| message.rendered).collect();
    assert!(texts[0].contains("Lakeside Toyota: [nothing of this]."), "{texts:?}");
    assert!(!texts[0].starts_with("Hi [") && !texts[0].starts_with("Hi ,"), "{texts:?}");
    let person = samples.person().unwrap();
    assert!(texts[1].contains(&format!("The text to {person}")), "{texts:?}");
}

#[tokio::test]
async fn an_approver_sees_what_would_stop_it() {
    let app = TestApp::demo().await;
    let found = content(&app, speed_to_lead()).await;
    assert!(found["sample_person"].is_string());
    let words = |language: &str| -> Vec<String> {
        let list = found["brakes"][language].as_array().unwrap();
        list.iter().map(|brake| brake["words"].as_str().unwrap().to_owned()).collect()
    };
    let english = words("en");
    assert!(english[0].starts_with("It starts only if"), "{english:?}");
    assert!(english.iter().any(|line| line.contains("opted out")), "{english:?}");
    assert!(english.iter().any(|line| line.contains("pause or retire")), "{english:?}");
    assert_eq!(words("es").len(), english.len());

    let found = content(&app, goodwill()).await;
    let lines: Vec<&str> =
        found["brakes"]["en"].as_array().unwrap().iter().map(|brake| brake["words"].as_str().unwrap()).collect();
    assert!(lines.iter().any(|line| line.starts_with("It asks") && line.contains("sales manager")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("only if") && line.contains("credit")), "{lines:?}");
}

#[tokio::test]
async fn races_and_once_keys_are_brakes() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/examples");
    let (mut races, mut once) = (0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let text = std::fs::read_to_string(path).unwrap();
        let Ok(definition) = auterity::workflow::Definition::from_yaml(&text) else { continue };
        for language in [auterity::workflow::Language::En, auterity::workflow::Language::Es] {
            let catalog = auterity::workflow::catalog::Catalog::embedded();
            let brakes = auterity::workflow::describe::brakes(&definition, catalog, language);
            for brake in &brakes {
                assert!(!brake.words.contains("${") && !brake.words.contains("$context"), "{brake:?}");
                races += usize::from(brake.words.starts_with("It stops as soon as"));
                once += usize::from(brake.words.contains("at most once"));
            }
        }
    }
    assert!(races >= 2 && once >= 1, "{races} races, {once} once keys");
}
