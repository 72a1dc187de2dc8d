use sha2::{Digest, Sha256};

use super::*;

const VERSIONS: &str = include_str!("../../prompts/versions.txt");

/// The example is part of what `crib` says.
fn digest(name: &str, body: &str) -> String {
    let example = if name == "crib" { EXAMPLE } else { "" };
    hex::encode(Sha256::digest(format!("{body}{example}")))[..16].to_owned()
}

#[test]
fn a_changed_text_is_a_new_version() {
    let known: Vec<&str> = VERSIONS.lines().filter(|line| !line.starts_with('#')).collect();
    let mut wrong = Vec::new();
    for (name, source) in SOURCES {
        let (version, body) = front_matter(source).unwrap();
        let line = format!("{name}@{version} {}", digest(name, body));
        if !known.contains(&line.as_str()) {
            wrong.push(line);
        }
    }
    assert!(
        wrong.is_empty(),
        "give a changed text the next version and add its line to prompts/versions.txt:\n{}",
        wrong.join("\n")
    );
    for line in &known {
        let name = line.split(' ').next().unwrap();
        assert_eq!(
            known.iter().filter(|other| other.starts_with(&format!("{name} "))).count(),
            1,
            "{name} is one text"
        );
    }
}

#[test]
fn the_label_names_every_template_with_its_version() {
    let prompts = Prompts::load().unwrap();
    assert_eq!(prompts.label().split(' ').count(), SOURCES.len());
    assert!(prompts.label().starts_with("role@"), "{}", prompts.label());
}

#[test]
fn a_name_the_context_lacks_is_an_error() {
    #[derive(serde::Serialize)]
    struct Poor {}
    impl Context for Poor {
        const TEMPLATE: &'static str = "role";
    }
    assert!(Prompts::load().unwrap().render(&Poor {}).is_err());
}

#[test]
fn no_draft_is_said_so() {
    let prompts = Prompts::load().unwrap();
    assert_eq!(prompts.render(&DraftPrompt::default()).unwrap(), "There is no draft yet.");
}
