//! The catalogue of codes: data in `knowledge/diagnostics.yaml`, served as it is and made into a page.

use std::fmt::Write as _;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::diagnostic::Severity;

const DATA: &str = include_str!("../../../knowledge/diagnostics.yaml");

/// Codes about one thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeFamily {
    /// The first part of its codes: `flow`.
    pub family: String,
    /// What they are about.
    pub about: String,
    /// The same in Spanish.
    pub about_es: String,
    /// The codes.
    pub codes: Vec<Code>,
}

/// One code a diagnostic can have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// Stable: `flow.may_be_null`.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// What it means.
    pub means: String,
    /// What it means, in Spanish.
    pub means_es: String,
    /// What to do about it.
    pub fix: String,
    /// What to do about it, in Spanish.
    pub fix_es: String,
    /// A worked definition with one thing broken that gets it.
    pub example: Example,
}

/// A worked definition and the break in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Name of the worked definition.
    pub of: String,
    /// JSON pointers taken out, first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<String>,
    /// JSON pointer → value written.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub set: Map<String, Value>,
    /// JSON pointer of a list → item added at its end.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub append: Map<String, Value>,
    /// Other codes that follow from the same break.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// Name of a worked definition that is in force beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<String>,
}

static CODES: LazyLock<Vec<CodeFamily>> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is part of the binary; a test loads it")]
    serde_saphyr::from_str(DATA).expect("the catalogue of codes loads")
});

/// Every code, by family.
#[must_use]
pub fn catalogue() -> &'static [CodeFamily] {
    &CODES
}

/// The catalogue as a Markdown page.
#[must_use]
pub fn catalogue_page() -> String {
    let mut page = String::from(
        "# Diagnostics\n\nWhat validation says about a definition. An error forbids submission; a warning is for the author and \
         the manager to see.\nEach stands in English and below it in Spanish; each example is a worked definition with one thing broken; the tests check that it gets the \
         code.\n\nMade from `diagnostics.yaml` by `make generate`; also at `GET /v1/diagnostics`.\n",
    );
    for family in catalogue() {
        let _ = write!(page, "\n## {}\n\n{}\n\n*{}*\n", family.family, family.about, family.about_es);
        for code in &family.codes {
            let severity = match code.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "info",
            };
            let _ = write!(
                page,
                "\n### `{}`\n\n**{severity}** {}\n\nFix: {}\n\n*{} {}*\n\nExample: {}\n",
                code.code,
                code.means,
                code.fix,
                code.means_es,
                code.fix_es,
                in_words(&code.example)
            );
        }
    }
    page
}

fn in_words(example: &Example) -> String {
    let mut breaks: Vec<String> = example.remove.iter().map(|pointer| format!("without `{pointer}`")).collect();
    breaks.extend(example.set.iter().map(|(pointer, value)| format!("with `{pointer}` = `{value}`")));
    breaks.extend(example.append.iter().map(|(pointer, item)| format!("with `{item}` added to `{pointer}`")));
    breaks.extend(example.running.iter().map(|other| format!("while `{other}` is in force")));
    let mut words = format!("`{}` {}", example.of, breaks.join(", "));
    if !example.also.is_empty() {
        let also: Vec<String> = example.also.iter().map(|code| format!("`{code}`")).collect();
        let _ = write!(words, " (also gives {})", also.join(", "));
    }
    words
}
