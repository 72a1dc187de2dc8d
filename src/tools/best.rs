//! When a turn ends and the validator refused what the model wrote: the best of it is written after all, with its errors
//! for everybody to see, unless a draft that is at least as good stands already.

use super::drafting::{Content, Drafting, is_hole};
use super::error::ToolError;
use super::session::Session;
use crate::model::DraftId;
use crate::workflow::provenance::Provenance;
use crate::workflow::{Diagnostic, Severity};

/// A content that was refused.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The revision it was made for; `None` for a first one.
    pub base: Option<(DraftId, i64)>,
    /// What was to be written.
    pub content: Content,
    /// What stood against it.
    pub errors: Vec<Diagnostic>,
}

/// What became of what was refused.
#[derive(Debug, Clone, PartialEq)]
pub enum Settled {
    /// Nothing was refused, or what came later was written.
    Nothing,
    /// The best attempt was written, with these errors.
    Written(Vec<Diagnostic>),
    /// The draft stays as it is, for the best attempt has these errors.
    Kept(Vec<Diagnostic>),
}

/// The errors among findings that are not holes the author will fill.
pub(super) fn errors(found: &[Diagnostic], provenance: &Provenance) -> Vec<Diagnostic> {
    found.iter().filter(|one| one.severity == Severity::Error && !is_hole(one, provenance)).cloned().collect()
}

/// The attempt with the fewest errors; of equal ones the last.
fn best(attempts: Vec<Attempt>) -> Option<Attempt> {
    attempts.into_iter().rev().min_by_key(|attempt| attempt.errors.len())
}

impl Drafting {
    /// Settles what this turn's refused attempts come to.
    ///
    /// # Errors
    /// [`ToolError::Fatal`] when a part of ours failed.
    pub async fn settle(&self, session: &mut Session) -> Result<Settled, ToolError> {
        let attempts = std::mem::take(&mut session.desk.attempts);
        let Some(best) = best(attempts).filter(|_| session.desk.declined.is_none()) else {
            return Ok(Settled::Nothing);
        };
        if let Some(standing) = &session.desk.draft {
            let standing = errors(&session.desk.diagnostics, &standing.revision.provenance);
            if standing.len() <= best.errors.len() {
                return Ok(Settled::Kept(best.errors));
            }
        }
        session.insists = false;
        let written = self.write(session, best.base, best.content).await;
        session.insists = true;
        match written {
            Ok(_) => Ok(Settled::Written(best.errors)),
            // somebody else changed the draft meanwhile, or it may not be written for another reason: it stays as it is
            Err(ToolError::Respond { .. }) => Ok(Settled::Kept(best.errors)),
            Err(fatal @ ToolError::Fatal(_)) => Err(fatal),
        }
    }
}
