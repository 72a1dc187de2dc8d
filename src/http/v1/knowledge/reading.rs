//! Reading what a citation names, and what ships.

use std::str::FromStr;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use crate::approvals::reading::Reading;
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::{ApiPath, ApiQuery};
use crate::http::principal::{Allowed, Converse};
use crate::http::problem::Problem;
use crate::knowledge::{Article, article, articles};
use crate::model::knowledge::{DocumentPassage, KnowledgeDocument};
use crate::model::{After, DocumentId, Page, PageLimit, PageRequest};
use crate::workflow::template::{self, Parameter, Template};

/// What a citation names.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Document {
    /// A knowledge article.
    Article(Article),
    /// A template a draft may begin with.
    Template(Box<TemplateDocument>),
    /// One of the dealership's own.
    Own(Box<OwnDocument>),
}

/// A document of the dealership with its text.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OwnDocument {
    /// What is known of it.
    document: KnowledgeDocument,
    /// Its text, passage by passage.
    passages: Vec<DocumentPassage>,
}

/// A template as it can be read.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TemplateDocument {
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

/// An article, a template or one of the dealership's own documents, by the id that a citation names.
#[utoipa::path(get, path = "/knowledge/documents/{id}", tag = "knowledge", operation_id = "get_document", params(("id" = String, Path)),
    responses((status = 200, body = Document), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn read_document(
    State(state): State<AppState>,
    caller: Allowed<Converse>,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<Document>, ApiError> {
    if let Ok(id) = id.parse::<DocumentId>() {
        let tenant = &caller.principal.tenant;
        let found = state.db.find_knowledge_document(tenant, &id).await?;
        let document = found.ok_or_else(|| ApiError::not_found("document"))?;
        let passages = state.db.list_knowledge_passages(tenant, &id).await?;
        return Ok(Json(Document::Own(Box::new(OwnDocument { document, passages }))));
    }
    let template = || template::embedded().iter().find(|template| template.id == id);
    let found = article(&id).map(Document::Article);
    let found = found.or_else(|| template().map(|found| Document::Template(Box::new(found.into()))));
    found.map(Json).ok_or_else(|| ApiError::not_found("document"))
}

/// An article without its text.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ArticleEntry {
    /// Stable id, the one citations name.
    id: String,
    /// Title.
    title: String,
    /// Department or subject.
    category: String,
    /// Where it applies: `US`, states, `EU`; `all` for everywhere.
    jurisdictions: Vec<String>,
    /// When a person last checked it (`YYYY-MM-DD`).
    reviewed: String,
}

/// The id of an article that ships; nothing else is a place in their list.
#[derive(Debug)]
struct ArticleKey;

impl FromStr for ArticleKey {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        article(text).map(|_| Self).ok_or(())
    }
}

/// Which page of articles.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListArticlesQuery {
    /// Rows at most.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<PageLimit>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<After<ArticleKey>>,
}

/// The articles that ship, in the order of their ids.
#[utoipa::path(get, path = "/knowledge/articles", tag = "knowledge", operation_id = "list_articles",
    params(ListArticlesQuery),
    responses((status = 200, body = Page<ArticleEntry>), (status = 400, body = Problem), (status = 401, body = Problem)))]
pub(super) async fn list_articles(
    _: Allowed<Converse>,
    ApiQuery(query): ApiQuery<ListArticlesQuery>,
) -> Json<Page<ArticleEntry>> {
    let page = PageRequest::new(query.limit, query.after);
    let wanted = usize::try_from(page.limit + 1).unwrap_or(1);
    let entry = |article: Article| ArticleEntry {
        id: article.id,
        title: article.title,
        category: article.category,
        jurisdictions: article.jurisdictions,
        reviewed: article.reviewed,
    };
    let after = articles().filter(|article| article.id.as_str() > page.ascending());
    let entries = after.take(wanted).map(entry).collect();
    Json(Page::from_rows(entries, page.limit, |entry: &ArticleEntry| entry.id.clone()))
}
