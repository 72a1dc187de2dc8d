//! Knowledge: search it, read what a citation names, and look after the dealership's own documents.

mod files;
mod reading;
mod search;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::config::LARGEST_FILE;
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::knowledge::KnowledgeError;
use crate::knowledge::library::LibraryError;

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<AppState> {
    // a file may be larger than other bodies; the setting is asked when it is there
    let upload = OpenApiRouter::new().routes(routes!(files::upload)).layer(DefaultBodyLimit::max(LARGEST_FILE));
    OpenApiRouter::new()
        .routes(routes!(search::search_knowledge))
        .routes(routes!(reading::list_articles))
        .routes(routes!(files::list))
        .routes(routes!(reading::read_document, files::remove))
        .routes(routes!(files::index, files::reindex))
        .merge(upload)
}

impl From<KnowledgeError> for ApiError {
    fn from(error: KnowledgeError) -> Self {
        match error {
            KnowledgeError::Unavailable => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "knowledge_unavailable", "Knowledge cannot be searched now")
                    .detail("Drafting goes on without citations; try again in a moment.")
            }
            KnowledgeError::Failed(_) => Self::internal(error),
        }
    }
}

impl From<LibraryError> for ApiError {
    fn from(error: LibraryError) -> Self {
        let (code, detail) = (error.code(), error.to_string());
        match error {
            LibraryError::Store(error) => error.into(),
            LibraryError::TooLarge { .. } => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, code, "The file is too large").detail(detail)
            }
            LibraryError::Full => Self::conflict(code, "There are too many documents").detail(detail),
            LibraryError::About { field, problem } => {
                Self::unprocessable(code, "What is said about the file cannot be").field(format!("?{field}"), problem)
            }
            LibraryError::Unreadable(_) | LibraryError::TooLong(_) => {
                Self::unprocessable(code, "The file cannot be taken in").detail(detail)
            }
        }
    }
}
