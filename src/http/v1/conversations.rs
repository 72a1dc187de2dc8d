//! Conversations: list, begin, read again.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::chat::event::WireMessage;
use crate::http::AppState;
use crate::http::bounded::Text;
use crate::http::error::ApiError;
use crate::http::extract::{ApiJson, ApiPath, ApiQuery};
use crate::http::ids::NewId;
use crate::http::principal::{Allowed, Converse};
use crate::http::problem::Problem;
use crate::model::conversation::{Conversation, ConversationMoment};
use crate::model::run::Run;
use crate::model::{After, DraftId, Page, PageLimit, PageRequest};

/// The routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, begin)).routes(routes!(read))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only conversations with these words in their title, in any case.
    #[param(value_type = Option<String>, max_length = 200)]
    q: Option<Text<1, 200>>,
    /// Rows at most.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<PageLimit>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<After<ConversationMoment>>,
}

/// The caller's conversations, the one spoken in last first.
#[utoipa::path(
    get, path = "/conversations", tag = "conversation", operation_id = "list_conversations", params(ListQuery),
    responses((status = 200, body = Page<Conversation>), (status = 400, body = Problem), (status = 401, body = Problem))
)]
async fn list(
    caller: Allowed<Converse>,
    State(state): State<AppState>,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Result<Json<Page<Conversation>>, ApiError> {
    let page = PageRequest::new(query.limit, query.after);
    let words = query.q.as_ref().map(Text::as_str);
    Ok(Json(state.db.list_conversations(&caller.principal.tenant, &caller.principal.user, words, &page).await?))
}

/// A new conversation.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginConversationRequest {
    /// A draft to go on with.
    #[serde(default)]
    draft_id: Option<DraftId>,
}

/// Begin a conversation, with an empty desk or with a draft that exists. A message to a new `threadId` begins one
/// too.
#[utoipa::path(
    post, path = "/conversations", tag = "conversation", operation_id = "begin_conversation", request_body = BeginConversationRequest,
    responses((status = 201, body = Conversation), (status = 404, body = Problem))
)]
async fn begin(
    caller: Allowed<Converse>,
    State(state): State<AppState>,
    new_id: NewId,
    ApiJson(request): ApiJson<BeginConversationRequest>,
) -> Result<(StatusCode, Json<Conversation>), ApiError> {
    let conversation = state.chat.begin_on(&caller.principal, new_id.conversation(), request.draft_id.as_ref()).await?;
    Ok((StatusCode::CREATED, Json(conversation)))
}

/// A conversation as it stands.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ConversationResponse {
    /// The conversation.
    conversation: Conversation,
    /// What was said, oldest first, as AG-UI writes messages.
    messages: Vec<WireMessage>,
    /// The state a run would begin with: `{draft, questions, submission, model}`.
    #[schema(value_type = Object)]
    state: Value,
    /// The turn that is not over; follow it with `GET /v1/runs/{run}/events`.
    active_run: Option<Run>,
}

/// Read a conversation again, for instance after the page was reloaded.
#[utoipa::path(
    get, path = "/conversations/{id}", tag = "conversation", operation_id = "get_conversation",
    params(("id" = String, Path, description = "An id of ours, or the `threadId` the client chose")),
    responses((status = 200, body = ConversationResponse), (status = 404, body = Problem))
)]
async fn read(
    caller: Allowed<Converse>,
    State(state): State<AppState>,
    ApiPath(thread): ApiPath<String>,
) -> Result<Json<ConversationResponse>, ApiError> {
    let history = state.chat.history(&caller.principal, &thread).await?;
    Ok(Json(ConversationResponse {
        messages: history.messages.iter().map(WireMessage::from).collect(),
        conversation: history.conversation,
        state: history.state,
        active_run: history.active_run,
    }))
}
