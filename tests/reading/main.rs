//! How definitions read: plain language, differences, drawings, templates.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![expect(clippy::panic, reason = "a test may stop at the first surprise")]

mod diffs;
mod generate;
mod properties;
mod readbacks;
mod summaries;
mod templates;
mod values;

use std::path::Path;

use auterity::workflow::Definition;

/// The worked definitions, as (file name without ending, definition).
fn examples() -> Vec<(String, Definition)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/examples");
    let mut found: Vec<(String, Definition)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, Definition::from_yaml(&text).unwrap())
        })
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(found.len(), 13);
    found
}

fn example(name: &str) -> Definition {
    examples().into_iter().find(|(own, _)| own == name).unwrap_or_else(|| panic!("no example {name}")).1
}
