//! Why an ADF document is not taken.

use super::charset::CharsetError;

/// Leads taken from one document at most.
pub(super) const MAX_PROSPECTS: usize = 20;

/// Why a document is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdfError {
    /// Too large, too deep or too many elements.
    #[error("the document is too large or nested too deeply")]
    TooLarge,
    /// Not text in an encoding we know.
    #[error(transparent)]
    Charset(#[from] CharsetError),
    /// It declares a document type or entities.
    #[error("the document declares a document type or entities; ADF needs neither, and nothing is loaded or expanded")]
    Doctype,
    /// The end tag `</adf>` is missing.
    #[error("the document ends before </adf>; send it again as a whole")]
    Truncated,
    /// No `<adf>` or no `<prospect>` in it.
    #[error("the document holds no ADF prospect")]
    NoProspect,
    /// A prospect without a name, telephone or e-mail address.
    #[error("the prospect has no way to reach the customer: no name, telephone or e-mail address")]
    NoCustomer {
        /// Which prospect, from 0.
        prospect: usize,
    },
    /// A name of nothing but entities that nobody defined.
    #[error("the customer's name consists of entities that are not defined")]
    UnreadableName {
        /// Which prospect, from 0.
        prospect: usize,
    },
    /// More than [`MAX_PROSPECTS`].
    #[error("the document holds more than {MAX_PROSPECTS} prospects")]
    TooMany,
}

impl AdfError {
    /// Where in the document, as names and positions from 0; empty for the whole of it.
    #[must_use]
    pub fn pointer(&self) -> String {
        match self {
            Self::NoCustomer { prospect } => format!("/adf/prospect/{prospect}/customer"),
            Self::UnreadableName { prospect } => format!("/adf/prospect/{prospect}/customer/contact/name"),
            Self::TooLarge | Self::Charset(_) | Self::Doctype | Self::Truncated | Self::NoProspect | Self::TooMany => {
                String::new()
            }
        }
    }
}
