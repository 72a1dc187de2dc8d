//! What is the same in every request of a conversation, made once: instructions are a few thousand tokens, and the same
//! people speak many times a day.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::context::{self, tokens};
use super::head;
use super::turn::Offer;
use crate::llm::ToolSpec;
use crate::prompts::{PromptError, Prompts};
use crate::tools::{Registry, Session};

/// Instructions that are kept at most.
const MOST_KEPT: usize = 256;

/// What instructions depend on, besides what ships with the server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Whose {
    dealership: String,
    namespace: String,
    author: String,
    job_roles: Vec<String>,
    stores: Vec<String>,
}

/// Instructions and tools that were made. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Instructions {
    kept: Arc<Mutex<HashMap<Whose, Arc<str>>>>,
    closing: Arc<OnceLock<Arc<str>>>,
    tools: Arc<OnceLock<Offered>>,
}

/// The tools as a model sees them.
#[derive(Debug, Default)]
struct Offered {
    all: Tools,
    reading: Tools,
    nothing: Tools,
}

/// Tools with the tokens they take.
#[derive(Debug, Default)]
struct Tools {
    specs: Arc<[ToolSpec]>,
    tokens: OnceLock<usize>,
}

impl Instructions {
    /// The instructions for a session; see [`head::instructions`].
    ///
    /// # Errors
    /// [`PromptError`].
    pub fn of(&self, prompts: &Prompts, session: &Session, repairs: u32) -> Result<Arc<str>, PromptError> {
        let whose = Whose {
            dealership: session.dealership.clone(),
            namespace: session.namespace.clone(),
            author: session.principal.name.clone(),
            job_roles: session.principal.job_roles.clone(),
            stores: head::stores(session),
        };
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept().get(&whose) {
            return Ok(Arc::clone(known));
        }
        let made: Arc<str> = head::instructions(prompts, session, repairs)?.into();
        let mut kept = kept();
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(whose, Arc::clone(&made));
        Ok(made)
    }

    /// The last word; see [`head::closing`].
    ///
    /// # Errors
    /// [`PromptError`].
    pub fn closing(&self, prompts: &Prompts) -> Result<Arc<str>, PromptError> {
        if let Some(known) = self.closing.get() {
            return Ok(Arc::clone(known));
        }
        let made: Arc<str> = head::closing(prompts)?.into();
        Ok(Arc::clone(self.closing.get_or_init(|| made)))
    }

    /// The tools on offer.
    pub fn tools(&self, registry: &Registry, offer: Offer) -> Arc<[ToolSpec]> {
        Arc::clone(&self.offered(registry, offer).specs)
    }

    /// The tokens they take.
    pub fn tool_tokens(&self, registry: &Registry, offer: Offer) -> usize {
        let tools = self.offered(registry, offer);
        match tools.tokens.get() {
            Some(known) => *known,
            // an estimate is not kept
            None if !tokens::loaded() => context::tool_tokens(&tools.specs),
            None => *tools.tokens.get_or_init(|| context::tool_tokens(&tools.specs)),
        }
    }

    fn offered(&self, registry: &Registry, offer: Offer) -> &Tools {
        let made = |writing| Tools { specs: registry.specs(writing).into(), tokens: OnceLock::new() };
        let offered =
            self.tools.get_or_init(|| Offered { all: made(true), reading: made(false), ..Offered::default() });
        match offer {
            Offer::All => &offered.all,
            Offer::Reading => &offered.reading,
            Offer::Nothing => &offered.nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::head::tests::session;
    use super::*;

    #[test]
    fn instructions_are_made_once_for_each_who_and_never_for_another() {
        let (prompts, made) = (Prompts::load().unwrap(), Instructions::default());
        let maria = session();
        let first = made.of(&prompts, &maria, 3).unwrap();
        assert_eq!(*first, head::instructions(&prompts, &maria, 3).unwrap());
        assert!(Arc::ptr_eq(&first, &made.of(&prompts, &maria, 3).unwrap()));

        let changes: [fn(&mut Session); 5] = [
            |other| other.dealership = "Elsewhere Ford".into(),
            |other| other.namespace = "elsewhere-ford".into(),
            |other| other.principal.name = "Sam Reed".into(),
            |other| other.principal.job_roles = vec!["salesperson".into()],
            |other| other.stores.push("lakeside-coast".into()),
        ];
        for change in changes {
            let mut other = session();
            change(&mut other);
            let theirs = made.of(&prompts, &other, 3).unwrap();
            assert_eq!(*theirs, head::instructions(&prompts, &other, 3).unwrap());
            assert_ne!(theirs, first);
        }
        for number in 0..2 * MOST_KEPT {
            let mut other = session();
            other.principal.name = number.to_string();
            assert!(made.of(&prompts, &other, 3).unwrap().contains(&number.to_string()));
        }
        assert!(made.kept.lock().unwrap().len() <= MOST_KEPT);
    }
}
