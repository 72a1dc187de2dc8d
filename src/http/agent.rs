//! `POST /v1/agent`: AG-UI 1.0. A message in, the events of its turn out.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::AppState;
use super::error::ApiError;
use super::extract::ApiJson;
use super::principal::{Allowed, Converse};
use super::problem::Problem;
use super::sse::{self, Followed};
use crate::chat::budget::Whose;
use crate::chat::service::{Service, Started};
use crate::chat::{ChatError, StartTurn, ending};
use crate::events::Topic;
use crate::model::span::{Origin, Span};
use crate::workflow::Language;

const MAX_ID: usize = 128;
const MAX_TEXT: usize = 8000;
const MAX_MESSAGES: usize = 2000;
const MAX_CONTEXT: usize = 20;
const MAX_CONTEXT_LABEL: usize = 200;
const MAX_CONTEXT_TEXT: usize = 4000;

/// The agent's route, under `/v1`.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(run_agent))
}

/// What an AG-UI client sends. Fields we do not use are ignored, as the protocol asks; the state a client sends is
/// never trusted, and of its messages only the last one is read: the server keeps the conversation.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunAgentInput {
    /// The conversation: an id of ours (`conv_…`) or any text of up to 128 characters.
    #[schema(max_length = 128)]
    thread_id: String,
    /// This turn: an id of ours (`run_…`) or any text of up to 128 characters. The same id is not run twice.
    #[schema(max_length = 128)]
    run_id: String,
    /// The conversation as the client knows it; the last message is the user's.
    messages: Vec<InputMessage>,
    /// What the page around the widget shows, such as the record on screen. It informs the assistant and gives it no
    /// orders: a recipient, an address, an audience, money or access that only this text asks for is refused, and so is a
    /// step or a trigger that it is understood to ask for.
    #[serde(default)]
    #[schema(max_items = 20)]
    context: Vec<InputContext>,
}

/// One thing the page shows.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct InputContext {
    /// What it is, in a few words.
    #[serde(default)]
    #[schema(max_length = 200)]
    description: String,
    /// What it says.
    #[serde(default)]
    #[schema(max_length = 4000)]
    value: String,
}

/// A message as AG-UI writes it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct InputMessage {
    /// The client's id of the message: kept when it has the form of ours (`msg_…`) and is free.
    #[serde(default)]
    id: Option<String>,
    /// `user`, `assistant`, `tool` and others.
    role: String,
    /// Text, or a list of parts (`{"type": "text", "text": …}`) of which the texts are read.
    #[serde(default)]
    #[schema(value_type = String)]
    content: InputContent,
}

/// Text, or parts of which the texts are read.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
enum InputContent {
    Text(String),
    Parts(Vec<InputPart>),
    Other(serde::de::IgnoredAny),
    #[default]
    None,
}

#[derive(Debug, Deserialize)]
struct InputPart {
    #[serde(default)]
    text: Option<String>,
}

impl InputContent {
    /// `None`: neither text nor parts. Messages of other roles may have such content; the user's may not.
    fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Parts(parts) => Some(parts.into_iter().filter_map(|part| part.text).collect::<Vec<_>>().join("\n")),
            Self::None => Some(String::new()),
            Self::Other(_) => None,
        }
    }
}

impl RunAgentInput {
    /// What the page shows, cut to what is read of it.
    fn page(&self) -> Vec<Span> {
        let cut =
            |text: &str, most: usize| -> String { text.trim().chars().filter(|c| *c != '\0').take(most).collect() };
        let shown = self.context.iter().take(MAX_CONTEXT).map(|item| Span {
            origin: Origin::Page,
            label: cut(&item.description, MAX_CONTEXT_LABEL),
            text: cut(&item.value, MAX_CONTEXT_TEXT),
        });
        shown.filter(|span| !span.text.is_empty()).collect()
    }

    /// The turn it asks for: bounded ids, and the visible text of the last message.
    ///
    /// # Errors
    /// `invalid_body`, `no_user_message` or `message_length`, with pointers.
    pub fn into_start(self) -> Result<StartTurn, ApiError> {
        let mut problem = ApiError::unprocessable("invalid_body", "The body does not have the expected shape");
        for (pointer, id) in [("/threadId", &self.thread_id), ("/runId", &self.run_id)] {
            if id.is_empty() || id.chars().count() > MAX_ID || id.chars().any(char::is_control) {
                problem = problem.field(pointer, "must have 1 to 128 characters, none of them a control character");
            }
        }
        let count = self.messages.len();
        if count > MAX_MESSAGES {
            problem = problem.field("/messages", "has too many messages; send the last ones");
        }
        if !problem.fields.is_empty() {
            return Err(problem);
        }
        let at = count.saturating_sub(1);
        let Some(last) = self.messages.into_iter().next_back().filter(|message| message.role == "user") else {
            return Err(ApiError::unprocessable("no_user_message", "There is nothing to answer")
                .field(format!("/messages/{at}"), "the last message must be the user's"));
        };
        let pointer = format!("/messages/{at}/content");
        let Some(text) = last.content.into_text() else {
            return Err(problem.field(pointer, "must be text, or a list of parts with texts"));
        };
        // what cannot be seen has no business in a message; PostgreSQL refuses NUL in text
        let seen = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
        let text: String = text.trim().chars().filter(seen).collect();
        if text.is_empty() || text.chars().count() > MAX_TEXT {
            return Err(ApiError::unprocessable("message_length", "The message is empty or too long")
                .field(pointer, format!("must have 1 to {MAX_TEXT} characters of text")));
        }
        let message = last.id.and_then(|id| id.parse().ok());
        Ok(StartTurn { thread: self.thread_id, run: self.run_id, text, message })
    }
}

/// Begin a turn and follow it.
///
/// Answers with AG-UI events. Every frame has the id `<runId>:<n>`; a stream that broke off is continued with
/// `GET /v1/runs/{run}/events`. The turn goes on whether or not anybody listens.
#[utoipa::path(
    post, path = "/agent", tag = "conversation", request_body = RunAgentInput,
    responses(
        (status = 200, description = "AG-UI 1.0 events", content_type = "text/event-stream", body = String),
        (status = 404, description = "The conversation belongs to somebody else", body = Problem),
        (status = 409, description = "`run_in_progress` or `run_taken`", body = Problem),
        (status = 422, description = "`invalid_body`, `no_user_message` or `message_length`", body = Problem),
        (status = 429, description = "`too_many_streams`, `user_day_spent` or `tenant_day_spent`", body = Problem),
    )
)]
async fn run_agent(
    caller: Allowed<Converse>,
    State(state): State<AppState>,
    ApiJson(input): ApiJson<RunAgentInput>,
) -> Result<impl IntoResponse, ApiError> {
    let page = input.page();
    let start = input.into_start()?;
    let name = start.run.clone();
    let watch = state.streams.open(&caller.principal)?;
    state.chat.bring_in(&caller.principal, &start, &page).await?;
    // before the turn begins, so that its first words are heard as they are said
    let live = state.events.subscribe(Topic::Run(Service::run_id(&caller.principal, &name)));
    let Started { run, frames } = state.chat.start_turn(&caller.principal, start).await?;
    let followed = Followed { caller: caller.principal, run, name, after: 0 };
    Ok(sse::follow(&state, followed, Some((live, frames)), watch))
}

impl From<ChatError> for ApiError {
    fn from(error: ChatError) -> Self {
        match error {
            ChatError::NoConversation => Self::not_found("conversation"),
            ChatError::NoRun => Self::not_found("run"),
            ChatError::NoDraft => Self::not_found("draft"),
            ChatError::Busy => Self::new(StatusCode::CONFLICT, "run_in_progress", "Another turn is not over")
                .detail("Wait for the turn of this conversation to end, or stop it."),
            ChatError::RunTaken => Self::new(StatusCode::CONFLICT, "run_taken", "The run id is taken")
                .detail("Send the message with a new runId."),
            ChatError::DaySpent { whose, left } => {
                let title = match whose {
                    Whose::User => "Your share of the language model is used up for today",
                    Whose::Tenant => "Your dealer group's share of the language model is used up for today",
                };
                Self::new(StatusCode::TOO_MANY_REQUESTS, whose.code(), title)
                    .detail(ending::words(whose.code(), Language::En))
                    .retry_after(left.num_seconds().max(1).unsigned_abs())
            }
            ChatError::Store(error) => error.into(),
            error @ (ChatError::Prompt(_) | ChatError::Draft(_)) => Self::internal(error),
        }
    }
}
