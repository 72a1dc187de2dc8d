//! The definition: what is valid, what is refused and why, and agreement with the official schema.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]
#![expect(clippy::needless_pass_by_value, reason = "values are written where they are used")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

mod catalog;
mod catalogue;
mod conformance;
mod durations;
mod examples;
mod flow;
mod hours;
mod mutations;
mod properties;
mod rejections;
mod texts;

use std::fs;
use std::path::{Path, PathBuf};

use auterity::contact::Place;
use auterity::workflow::validate::conformance as shape_of;
use auterity::workflow::{Catalog, Definition, Diagnostic, Severity, ValidationContext, validate};

/// The 13 worked examples, by file name.
fn examples() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/examples");
    let found = yaml_files(&folder);
    assert_eq!(found.len(), 13);
    found
}

fn yaml_files(folder: &Path) -> Vec<(String, String)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    paths.sort();
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    paths.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

/// Both stores are in Texas, where nobody is texted before nine, nor before noon on Sundays.
fn places() -> [(&'static str, Place); 2] {
    let texas = || Place { state: "TX".to_owned(), zone: chrono_tz::America::Chicago };
    [("lakeside-main", texas()), ("lakeside-coast", texas())]
}

/// Diagnostics of a draft of the sample dealership.
fn check(definition: &Definition) -> Vec<Diagnostic> {
    let mut context = ValidationContext::new(Catalog::embedded()).with_stores(&["lakeside-main", "lakeside-coast"]);
    context.namespace = "lakeside-toyota";
    context.users = &["ana"];
    let places = places();
    context.places = &places;
    validate(definition, &context)
}

fn errors(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).collect()
}

fn assert_shape(name: &str, definition: &Definition) {
    let found = shape_of(definition);
    assert!(found.is_empty(), "{name}: {found:#?}");
}
