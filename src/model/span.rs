//! Text that came into a conversation from anywhere but its author's own hand.

use serde::{Deserialize, Serialize};

use super::name::named;

named! {
    /// Where such text came from.
    Origin {
        /// A workflow template that was found.
        Template = "template",
        /// A passage of the knowledge base.
        Knowledge = "knowledge",
        /// What the page around the widget shows: fields of a customer, a lead, a repair order.
        Page = "page",
        /// The comment of whoever decided about the draft.
        Comment = "comment",
        /// A passage of somebody else's that the author pasted into a message.
        Quoted = "quoted",
        /// An earlier answer of the assistant.
        Assistant = "assistant",
        /// The answer of any other tool.
        Tool = "tool",
    }
}

/// One such text. It may inform wording; it never adds a step, a recipient, a host, a trigger or an audience.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Where it came from.
    pub origin: Origin,
    /// What it is called: a title, a field, a person.
    pub label: String,
    /// What it says.
    pub text: String,
}
