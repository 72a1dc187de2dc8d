//! Finding passages, templates and workflows.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use crate::http::AppState;
use crate::http::bounded::{Text, Whole};
use crate::http::error::ApiError;
use crate::http::extract::ApiQuery;
use crate::http::principal::{Allowed, Converse};
use crate::http::problem::Problem;
use crate::knowledge::vector::{Collection, Filter};
use crate::knowledge::{Ask, Hit};

/// What to look for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words, at most 2,000 characters count.
    q: String,
    /// `knowledge` (articles and own documents, the default), `templates` or `workflows` (own approved ones).
    #[serde(default)]
    #[param(inline)]
    within: Within,
    /// Hits at most, 1 to 20.
    #[param(inline)]
    limit: Option<Whole<1, 20>>,
    /// Only what this department needs, or every department.
    #[param(value_type = Option<String>, max_length = 40)]
    department: Option<Text<1, 40>>,
    /// Only what applies there: `US`, a state such as `CA` (with what applies in all states), `EU`.
    #[param(value_type = Option<String>, pattern = "^[A-Z]{2}$")]
    jurisdiction: Option<Jurisdiction>,
    /// Only what is found in this language: `en` or `es`.
    #[param(inline)]
    language: Option<Spoken>,
}

/// Two capital letters.
#[derive(Debug)]
struct Jurisdiction(String);

impl<'de> Deserialize<'de> for Jurisdiction {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let fits = text.len() == 2 && text.bytes().all(|letter| letter.is_ascii_uppercase());
        if fits { Ok(Self(text)) } else { Err(serde::de::Error::custom("must be two capital letters, as in `CA`")) }
    }
}

/// A language that passages are found in.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum Spoken {
    En,
    Es,
}

/// Where to look.
#[derive(Debug, Default, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum Within {
    #[default]
    Knowledge,
    Templates,
    Workflows,
}

/// What was found, best first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Hits {
    hits: Vec<Hit>,
}

/// Finds passages, templates or workflows, and says how.
#[utoipa::path(get, path = "/knowledge/search", tag = "knowledge", operation_id = "search_knowledge", params(SearchQuery),
    responses((status = 200, body = Hits), (status = 503, body = Problem)))]
pub(super) async fn search_knowledge(
    State(state): State<AppState>,
    caller: Allowed<Converse>,
    ApiQuery(query): ApiQuery<SearchQuery>,
) -> Result<Json<Hits>, ApiError> {
    let limit = query.limit.map_or(5, |limit| usize::try_from(i64::from(limit)).unwrap_or(5));
    let within = match query.within {
        Within::Knowledge => Collection::Knowledge,
        Within::Templates => Collection::Templates,
        Within::Workflows => Collection::Workflows,
    };
    let filter = Filter {
        tenant: Some(caller.principal.tenant.clone()),
        department: query.department.map(Text::into_string),
        jurisdiction: query.jurisdiction.map(|place| place.0),
        language: query.language.map(|language| match language {
            Spoken::En => "en".to_owned(),
            Spoken::Es => "es".to_owned(),
        }),
    };
    let hits = state.knowledge.search(&Ask { within, query: &query.q, limit, filter }).await?;
    Ok(Json(Hits { hits }))
}
