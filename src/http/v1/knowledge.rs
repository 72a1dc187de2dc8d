//! Search the shipped knowledge, read what a citation names.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::approvals::reading::Reading;
use crate::http::AppState;
use crate::http::bounded::Whole;
use crate::http::error::ApiError;
use crate::http::extract::{ApiPath, ApiQuery};
use crate::http::principal::{Allowed, Converse};
use crate::http::problem::Problem;
use crate::knowledge::{Article, Hit, KnowledgeError, article};
use crate::workflow::template::{self, Parameter, Template};

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(search_knowledge)).routes(routes!(read_document))
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

/// What to look for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// Words, at most 2,000 characters count.
    q: String,
    /// `articles` (default) or `templates`.
    #[serde(default)]
    #[param(inline)]
    within: Within,
    /// Hits at most, 1 to 20.
    #[param(inline)]
    limit: Option<Whole<1, 20>>,
}

/// Where to look.
#[derive(Debug, Default, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum Within {
    #[default]
    Articles,
    Templates,
}

/// What was found, best first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Hits {
    hits: Vec<Hit>,
}

/// Finds passages of articles, or templates, by words.
#[utoipa::path(get, path = "/knowledge/search", tag = "knowledge", operation_id = "search_knowledge", params(SearchQuery),
    responses((status = 200, body = Hits), (status = 503, body = Problem)))]
async fn search_knowledge(
    State(state): State<AppState>,
    _: Allowed<Converse>,
    ApiQuery(query): ApiQuery<SearchQuery>,
) -> Result<Json<Hits>, ApiError> {
    let limit = query.limit.map_or(5, |limit| usize::try_from(i64::from(limit)).unwrap_or(5));
    let hits = match query.within {
        Within::Articles => state.knowledge.search_articles(&query.q, limit).await?,
        Within::Templates => state.knowledge.search_templates(&query.q, limit).await?,
    };
    Ok(Json(Hits { hits }))
}

/// What a citation names.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Document {
    /// A knowledge article.
    Article(Article),
    /// A template a draft may begin with.
    Template(Box<TemplateDocument>),
}

/// A template as it can be read.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct TemplateDocument {
    /// Stable id, the one citations name.
    id: String,
    /// Its name.
    title: String,
    /// The department it is for.
    department: String,
    /// What it does, in a sentence or two.
    description: String,
    /// The values to choose.
    parameters: Vec<Parameter>,
    /// How it reads and how it looks.
    #[serde(flatten)]
    reading: Reading,
}

impl From<&Template> for TemplateDocument {
    fn from(template: &Template) -> Self {
        Self {
            id: template.id.clone(),
            title: template.name.clone(),
            department: template.department.clone(),
            description: template.description.clone(),
            parameters: template.parameters.clone(),
            reading: Reading::of(&template.definition),
        }
    }
}

/// One shipped article or template, by the id that a citation names.
#[utoipa::path(get, path = "/knowledge/documents/{id}", tag = "knowledge", operation_id = "get_document", params(("id" = String, Path)),
    responses((status = 200, body = Document), (status = 404, body = Problem)))]
async fn read_document(_: Allowed<Converse>, ApiPath(id): ApiPath<String>) -> Result<Json<Document>, ApiError> {
    let template = || template::embedded().iter().find(|template| template.id == id);
    let found = article(&id).map(Document::Article);
    let found = found.or_else(|| template().map(|found| Document::Template(Box::new(found.into()))));
    found.map(Json).ok_or_else(|| ApiError::not_found("document"))
}
