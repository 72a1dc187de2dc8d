//! The requests of one turn: instructions and tools as they are for the whole conversation, the window, the draft.

use std::sync::Arc;

use super::context::passages::Caps;
use super::context::{Frame, Window};
use super::head;
use super::service::Service;
use super::turn::Offer;
use crate::llm::{ChatRequest, Setting};
use crate::model::conversation::Message;
use crate::prompts::PromptError;
use crate::tools::Session;

/// Makes the requests of one turn, each the one before with something appended.
#[derive(Debug)]
pub struct Requests {
    service: Service,
    window: Window,
    reading: bool,
    closing: Arc<str>,
}

impl Requests {
    /// Requests of a turn. The last message of `history` is the one it answers.
    ///
    /// # Errors
    /// [`PromptError`].
    pub fn open(service: Service, session: &Session, history: &[Message], reading: bool) -> Result<Self, PromptError> {
        let parts = &service.parts;
        let offer = if reading { Offer::Reading } else { Offer::All };
        let frame = Frame {
            system: service.instructions.of(&parts.prompts, session, parts.config.max_repairs)?,
            tools: service.instructions.tool_tokens(&parts.registry, offer),
            draft: head::draft(&parts.prompts, session, reading)?,
            budget: parts.config.context_tokens.saturating_sub(parts.config.answer_tokens),
            caps: match parts.model.offline() {
                true => Caps::NONE,
                false => Caps { passage: parts.budget.passage_tokens, answer: parts.budget.answer_tokens },
            },
        };
        let (newest, earlier) =
            history.split_last().map_or((None, history), |(newest, earlier)| (Some(newest), earlier));
        let mut window = Window::open(frame, earlier);
        if let Some(newest) = newest {
            window.push(newest);
        }
        let closing = service.instructions.closing(&parts.prompts)?;
        Ok(Self { service, window, reading, closing })
    }

    /// Turns that the model does not get to read.
    pub const fn left_out(&self) -> usize {
        self.window.left_out()
    }

    /// Appends a message of the turn.
    pub fn push(&mut self, message: &Message) {
        self.window.push(message);
    }

    /// Shows the draft as it stands now: it was changed by something the model did not see.
    ///
    /// # Errors
    /// [`PromptError`].
    pub fn show_draft(&mut self, session: &Session) -> Result<(), PromptError> {
        self.window.show_draft(head::draft(&self.service.parts.prompts, session, self.reading)?);
        Ok(())
    }

    /// The next request, and the tokens it takes by our count.
    pub fn next(&mut self, session: &Session, offer: Offer) -> (ChatRequest, usize) {
        let closing = (offer == Offer::Nothing).then_some(&*self.closing);
        let (messages, tokens) = self.window.request(closing);
        let draft = session.desk.draft.as_ref();
        let request = ChatRequest {
            messages,
            tools: self.service.instructions.tools(&self.service.parts.registry, offer),
            max_tokens: self.service.parts.config.answer_tokens,
            setting: Setting {
                namespace: session.namespace.clone(),
                stores: head::stores(session),
                job_roles: session.principal.job_roles.clone(),
                draft: draft.map(|view| (view.draft.revision, view.revision.definition.raw().clone())),
            },
        };
        (request, tokens)
    }
}
