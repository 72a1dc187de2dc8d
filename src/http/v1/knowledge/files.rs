//! The dealership's own documents. Everybody finds and reads them; managers look after them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::http::AppState;
use crate::http::bounded::Text;
use crate::http::error::ApiError;
use crate::http::extract::{ApiBytes, ApiPath, ApiQuery};
use crate::http::principal::{Allowed, Converse, Curate};
use crate::http::problem::Problem;
use crate::knowledge::library::{About, NewFile, Outcome};
use crate::knowledge::service::IndexState;
use crate::model::knowledge::{KnowledgeDocument, Origin};
use crate::model::{After, DocumentId, Page, PageLimit, PageRequest};

/// Which page.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListDocumentsQuery {
    /// Rows at most.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<PageLimit>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<After<DocumentId>>,
}

/// The dealership's own documents, the oldest first.
#[utoipa::path(get, path = "/knowledge/documents", tag = "knowledge", operation_id = "list_documents",
    params(ListDocumentsQuery),
    responses((status = 200, body = Page<KnowledgeDocument>), (status = 400, body = Problem), (status = 401, body = Problem)))]
pub(super) async fn list(
    State(state): State<AppState>,
    caller: Allowed<Converse>,
    ApiQuery(query): ApiQuery<ListDocumentsQuery>,
) -> Result<Json<Page<KnowledgeDocument>>, ApiError> {
    let page = PageRequest::new(query.limit, query.after);
    Ok(Json(state.db.list_knowledge_documents(&caller.principal.tenant, &page).await?))
}

/// What is said about a file; what is not said is found in it or taken to be general.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UploadQuery {
    /// Its title; else that of its front matter, its first heading, or its name.
    #[param(value_type = Option<String>, max_length = 200)]
    title: Option<Text<1, 200>>,
    /// Departments that need it, with commas between them: `service,parts`.
    #[param(value_type = Option<String>, max_length = 400)]
    departments: Option<Text<1, 400>>,
    /// Where it applies, with commas: `US`, states, `EU`, `all`.
    #[param(value_type = Option<String>, max_length = 400)]
    jurisdictions: Option<Text<1, 400>>,
    /// The language it is written in: `en` or `es`.
    #[param(value_type = Option<String>, max_length = 2)]
    language: Option<Text<2, 2>>,
    /// When a person last checked it: `2026-06-30`.
    #[param(value_type = Option<String>, max_length = 10)]
    reviewed: Option<Text<10, 10>>,
}

impl From<UploadQuery> for About {
    fn from(query: UploadQuery) -> Self {
        let list = |text: Option<Text<1, 400>>| {
            let text = text.map(Text::into_string).unwrap_or_default();
            text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
        };
        Self {
            title: query.title.map(Text::into_string),
            departments: list(query.departments),
            jurisdictions: list(query.jurisdictions),
            language: query.language.map(Text::into_string),
            reviewed: query.reviewed.map(Text::into_string),
        }
    }
}

/// What became of a file.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Uploaded {
    /// The document as it is now.
    document: KnowledgeDocument,
    /// Whether it is new, replaced another or was there.
    outcome: Outcome,
}

/// Take a file in under a name: Markdown, text, HTML, PDF or DOCX, told by its content. It replaces the one of that name;
/// the same file again changes nothing. It is found at once, or as soon as the index is there again.
#[utoipa::path(put, path = "/knowledge/files/{name}", tag = "knowledge", operation_id = "upload_file",
    params(("name" = String, Path, description = "Name of the file, 1 to 200 characters"), UploadQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = Uploaded), (status = 201, body = Uploaded), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn upload(
    State(state): State<AppState>,
    caller: Allowed<Curate>,
    ApiPath(name): ApiPath<String>,
    ApiQuery(about): ApiQuery<UploadQuery>,
    ApiBytes(bytes): ApiBytes,
) -> Result<(StatusCode, Json<Uploaded>), ApiError> {
    let fits = (1..=200).contains(&name.chars().count()) && !name.chars().any(|c| c.is_control() || c == '/');
    if !fits {
        let problem = ApiError::unprocessable("file_name", "The name cannot be that of a file");
        return Err(problem.field("/name", "must have 1 to 200 characters, without `/` and control characters"));
    }
    let file = NewFile {
        origin: Origin::Upload,
        name,
        bytes: bytes.to_vec(),
        about: about.into(),
        by: Some(caller.principal.user.clone()),
    };
    let (document, outcome) = state.knowledge.add(&caller.principal.tenant, file).await?;
    let status = if outcome == Outcome::Added { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(Uploaded { document, outcome })))
}

/// Remove a document of the dealership: from now on nobody finds it.
#[utoipa::path(delete, path = "/knowledge/documents/{id}", tag = "knowledge", operation_id = "remove_document",
    params(("id" = DocumentId, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn remove(
    State(state): State<AppState>,
    caller: Allowed<Curate>,
    ApiPath(id): ApiPath<DocumentId>,
) -> Result<StatusCode, ApiError> {
    let Allowed { principal, .. } = &caller;
    match state.knowledge.delete(&principal.tenant, &id, Some(&principal.user)).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::not_found("document")),
    }
}

/// How searching stands: the engine, and whether it has everything the dealership added.
#[utoipa::path(get, path = "/knowledge/index", tag = "knowledge", operation_id = "read_index",
    responses((status = 200, body = IndexState), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(super) async fn index(
    State(state): State<AppState>,
    caller: Allowed<Curate>,
) -> Result<Json<IndexState>, ApiError> {
    Ok(Json(state.knowledge.index_state(&caller.principal.tenant).await?))
}

/// Write everything the dealership added into the index again. It goes on in the background; `GET` tells when it is
/// done, and searches find what is there meanwhile.
#[utoipa::path(post, path = "/knowledge/index", tag = "knowledge", operation_id = "reindex_knowledge",
    responses((status = 202, body = IndexState), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(super) async fn reindex(
    State(state): State<AppState>,
    caller: Allowed<Curate>,
) -> Result<(StatusCode, Json<IndexState>), ApiError> {
    let Allowed { principal, .. } = &caller;
    state.knowledge.reindex(&principal.tenant, &principal.user).await?;
    Ok((StatusCode::ACCEPTED, Json(state.knowledge.index_state(&principal.tenant).await?)))
}
