//! Codes of questions and warnings with their meaning, from `knowledge/codes.yaml`.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::prompts::Code;

/// The shipped codes.
#[derive(Debug, Default)]
pub struct Codes {
    /// What a question may be about.
    pub questions: Vec<Code>,
    /// What a warning may be about.
    pub warnings: Vec<Code>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    questions: Map<String, Value>,
    warnings: Map<String, Value>,
}

static CODES: LazyLock<Codes> = LazyLock::new(|| {
    // a test reads the file; were it broken, the prompts would name no codes
    let file: Option<File> = serde_saphyr::from_str(include_str!("../../knowledge/codes.yaml")).ok();
    file.map(|file| Codes { questions: list(&file.questions), warnings: list(&file.warnings) }).unwrap_or_default()
});

impl Codes {
    /// The shipped codes.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &CODES
    }
}

fn list(codes: &Map<String, Value>) -> Vec<Code> {
    let code = |(code, meaning): (&String, &Value)| Code {
        code: code.clone(),
        meaning: meaning.as_str().unwrap_or_default().to_owned(),
    };
    codes.iter().map(code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_there_with_its_meaning_and_in_the_order_of_the_file() {
        let codes = Codes::embedded();
        assert_eq!((codes.questions.len(), codes.warnings.len()), (16, 33));
        assert_eq!(codes.questions[0].code, "trigger_event");
        assert!(codes.questions.iter().chain(&codes.warnings).all(|code| !code.meaning.is_empty()));
    }
}
