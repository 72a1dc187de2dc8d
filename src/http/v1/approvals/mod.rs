//! The approval queue: what waits for a decision, in full, and the decision.

mod decide;
mod delegate;
mod get;
mod list;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::drafts::{invalid_definition, stale_revision};
use crate::approvals::ApprovalError;
use crate::http::AppState;
use crate::http::error::ApiError;

/// The routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(get::get))
        .routes(routes!(decide::decide))
        .routes(routes!(delegate::delegate))
}

impl From<ApprovalError> for ApiError {
    fn from(error: ApprovalError) -> Self {
        match error {
            ApprovalError::NoDraft => Self::not_found("draft"),
            ApprovalError::NotFound => Self::not_found("approval request"),
            ApprovalError::NoWorkflow => Self::not_found("workflow"),
            ApprovalError::StaleRevision { current } => stale_revision(current),
            ApprovalError::DigestMismatch { .. } => {
                Self::conflict("digest_mismatch", "This is not the content in question")
                    .detail("The digest differs from that of the frozen content. Read it again before you decide.")
            }
            ApprovalError::WrongStatus(status) => Self::conflict("wrong_status", "The draft does not allow this now")
                .detail(match status {
                    crate::model::draft::DraftStatus::ChangesRequested => {
                        "Changes were requested: write a new revision first.".to_owned()
                    }
                    other => format!("It is {other}."),
                }),
            ApprovalError::WrongWorkflowStatus(status) => {
                Self::conflict("wrong_status", "The workflow does not allow this now")
                    .detail(format!("It is {status}."))
            }
            ApprovalError::Invalid(diagnostics) => invalid_definition(diagnostics),
            ApprovalError::Missing(holes) => {
                let error = Self::unprocessable("values_missing", "Some values are still missing")
                    .detail("Give the values that `errors` names, then submit.");
                let asked = |question: Option<String>| question.unwrap_or_else(|| "is not known yet".to_owned());
                holes.into_iter().fold(error, |error, (pointer, question)| error.field(pointer, asked(question)))
            }
            ApprovalError::NotAuthor => Self::forbidden("not_author", "Only an author of the draft may do this"),
            ApprovalError::NotPending(status) => {
                Self::conflict("not_pending", "There is nothing to decide any more").detail(format!("It is {status}."))
            }
            ApprovalError::AuthorCannotDecide => {
                Self::forbidden("author_cannot_decide", "An author cannot decide on their own draft")
                    .detail("You wrote on it since it was last approved. Somebody else must decide.")
            }
            ApprovalError::NotApprover { approver } => {
                Self::forbidden("not_approver", "You are not asked to decide this")
                    .detail(format!("It is decided by {}, in the stores concerned.", spoken(&approver)))
            }
            ApprovalError::HandedOn => Self::forbidden("handed_on", "You handed this to somebody else")
                .detail("Whoever has it now can hand it back."),
            ApprovalError::NotEligible => Self::unprocessable("not_eligible", "That person cannot decide this")
                .field("/to", "must be somebody who may decide it and has not: `successors` of the request names them"),
            ApprovalError::NobodyMayDecide { required } => {
                Self::conflict("nobody_may_decide", "There is nobody to decide this").detail(format!(
                    "It needs {required} of: managers of the department in the stores concerned, the general manager, the dealership's admins; not those who wrote it."
                ))
            }
            ApprovalError::DecidedAlready(_) => Self::conflict("already_decided", "You have decided already")
                .detail("A different person is needed for the second approval."),
            ApprovalError::CommentRequired => {
                Self::unprocessable("comment_required", "Say why").field("/comment", "is required unless you approve")
            }
            ApprovalError::UnknownChoice(options) => {
                let words = if options.is_empty() {
                    "there is nothing to choose from".to_owned()
                } else {
                    format!("must be one of: {}", options.join(", "))
                };
                Self::unprocessable("unknown_choice", "The choice is not offered").field("/choice", words)
            }
            ApprovalError::Store(error) => error.into(),
            ApprovalError::Canonical(error) => Self::internal(error),
        }
    }
}

/// `role:fi_director,role:fi_manager` for people.
fn spoken(approver: &str) -> String {
    let words = approver.split(',').map(|part| part.rsplit(':').next().unwrap_or(part).replace('_', " "));
    words.collect::<Vec<_>>().join(" or ")
}
