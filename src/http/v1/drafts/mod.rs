//! Drafts: write, edit, take back, submit.

mod create;
mod edit;
mod get;
mod list;
mod response;
mod revise;
mod revisions;
mod source;
mod submit;
mod undo;
mod validate;
mod withdraw;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::approvals::DraftError;
use crate::http::AppState;
use crate::http::bounded::{Few, Text};
use crate::http::error::ApiError;
use crate::http::problem::FieldProblem;
use crate::model::draft::DraftWarning;
use crate::tools::{Warning, with_questions};
use crate::workflow::diff::Change;
use crate::workflow::provenance::{self, Evidence, Provenance};
use crate::workflow::{Definition, Diagnostic, Language, ParseError, parse};

/// The routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(validate::validate))
        .routes(routes!(get::get))
        .routes(routes!(edit::edit))
        .routes(routes!(source::source))
        .routes(routes!(undo::undo))
        .routes(routes!(submit::submit))
        .routes(routes!(withdraw::withdraw))
        .routes(routes!(revisions::list, revise::revise))
        .routes(routes!(revisions::get))
}

/// The content of a revision.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// A Serverless Workflow DSL 1.0.3 document as JSON, at most 256 KiB.
    #[schema(value_type = Object)]
    definition: Value,
    /// Source of every value, by JSON pointer into the definition.
    #[serde(default)]
    #[schema(value_type = Object)]
    provenance: Provenance,
    /// What the approver should know.
    #[serde(default)]
    #[schema(value_type = Vec<WarningInput>)]
    warnings: Few<WarningInput, 50>,
}

/// Something the approver should know.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WarningInput {
    /// Stable code, `quiet_hours` and the like.
    code: Text<1, 64>,
    /// For people.
    text: Text<1, 1000>,
}

fn warnings(given: Few<WarningInput, 50>) -> Vec<DraftWarning> {
    let warning = |given: WarningInput| {
        DraftWarning::from(Warning { code: given.code.into_string(), text: given.text.into_string() })
    };
    given.into_vec().into_iter().map(warning).collect()
}

/// Sources as far as they hold without a conversation: nobody's words bear them out. Each hole gets its question.
fn checked(claimed: Provenance, definition: &Definition) -> Provenance {
    let verified = provenance::verify(claimed, definition, &Evidence::default());
    with_questions(verified, definition, Language::En)
}

/// Reads a document from a request body; `pointer` is where it stands in the body.
fn read_definition(value: Value, pointer: &str) -> Result<Definition, ApiError> {
    let size = value.to_string().len();
    let parsed = if size > parse::MAX_BYTES { Err(ParseError::TooLarge(size)) } else { Definition::from_value(value) };
    parsed.map_err(|error| invalid(error.to_string()).field(pointer, error.to_string()).cause(error))
}

/// 422 `invalid_definition`.
fn invalid(detail: impl Into<String>) -> ApiError {
    ApiError::unprocessable("invalid_definition", "The definition is not valid").detail(detail)
}

/// 422 `invalid_definition` with everything that is wrong; pointers are into the definition.
pub(super) fn invalid_definition(diagnostics: Vec<Diagnostic>) -> ApiError {
    let mut error = invalid("Correct what `errors` names; each hint says how.");
    error.fields = diagnostics
        .into_iter()
        .map(|found| FieldProblem {
            pointer: found.pointer,
            code: Some(found.code.to_owned()),
            message: found.message,
            hint: Some(found.hint),
            message_es: Some(found.message_es),
            hint_es: Some(found.hint_es),
        })
        .collect();
    error
}

/// Changes that a `stale_revision` names at most.
const MOST_CHANGES: usize = 50;

/// What somebody else changed; the pointer is into the definition.
fn changed(change: Change) -> FieldProblem {
    let (code, message_es) = (Some("changed".to_owned()), Some(change.words_es));
    FieldProblem { code, message_es, ..FieldProblem::new(change.pointer, change.words) }
}

/// 409 `stale_revision`.
pub(super) fn stale_revision(current: i64) -> ApiError {
    ApiError::conflict("stale_revision", "The draft changed in the meantime")
        .detail(format!("It stands at revision {current}. Read it again and repeat the change on that."))
}

impl From<DraftError> for ApiError {
    fn from(error: DraftError) -> Self {
        match error {
            DraftError::NotFound => Self::not_found("draft"),
            DraftError::NoSuchRevision(_) => Self::not_found("revision"),
            DraftError::StaleRevision { current, changes, by } => {
                let mut problem = stale_revision(current);
                if !by.is_empty() {
                    problem = problem.detail(format!(
                        "It stands at revision {current}, changed by {}. Read it again and repeat the change on that.",
                        by.join(", ")
                    ));
                }
                problem.fields = changes.into_iter().take(MOST_CHANGES).map(changed).collect();
                problem
            }
            DraftError::NothingToUndo => {
                Self::conflict("nothing_to_undo", "There is nothing to take back").detail("This is the first content.")
            }
            DraftError::Unchanged(revision) => Self::conflict("unchanged", "Nothing would change")
                .detail(format!("The content is what revision {revision} has.")),
            DraftError::Edit(refused) => {
                let mut problem =
                    Self::unprocessable("edit_refused", "The edit was refused").detail("Nothing changed.");
                let (code, hint) = (Some(refused.code.to_owned()), Some(refused.hint));
                let place = format!("/operations/{}", refused.index);
                problem.fields = vec![FieldProblem { code, hint, ..FieldProblem::new(place, refused.message) }];
                problem
            }
            DraftError::Canonical(error) => invalid("It holds a number that JSON cannot write.").cause(error),
            DraftError::Store(error) => error.into(),
        }
    }
}

/// The status of a write.
const CREATED: StatusCode = StatusCode::CREATED;
