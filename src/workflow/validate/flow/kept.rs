//! What was kept with `export`, by name. Every state of the walk has its own, and most are the same as the one before:
//! they share it until one of them changes.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::known::Known;

/// Results by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept<'a>(Rc<BTreeMap<Rc<str>, Known<'a>>>);

impl<'a> Kept<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&Known<'a>> {
        self.0.get(name)
    }

    /// Name and result, sorted by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Rc<str>, &Known<'a>)> {
        copied(&self.0);
        self.0.iter()
    }

    pub(super) fn insert(&mut self, name: &str, known: Known<'a>) {
        self.own().insert(name.into(), known);
    }

    /// Changes what is kept under a name, if anything is.
    pub(super) fn change(&mut self, name: &str, change: impl FnOnce(&Known<'a>) -> Known<'a>) {
        if let Some(known) = self.get(name) {
            let changed = change(known);
            self.own().insert(name.into(), changed);
        }
    }

    /// Where two ways meet: what only one of them kept may be null.
    #[must_use]
    pub(super) fn joined(self, other: &Self) -> Self {
        if Rc::ptr_eq(&self.0, &other.0) {
            return self;
        }
        copied(&self.0);
        copied(&other.0);
        let ours = self.0.iter().map(|(name, known)| match other.0.get(name) {
            Some(theirs) => (name.clone(), known.joined(theirs)),
            None => (name.clone(), known.clone().or_null()),
        });
        let theirs = other.0.iter().filter(|(name, _)| !self.0.contains_key(*name));
        let theirs = theirs.map(|(name, known)| (name.clone(), known.clone().or_null()));
        Self(Rc::new(ours.chain(theirs).collect()))
    }

    /// Side by side: what each branch kept.
    pub(super) fn extend(&mut self, other: &Self) {
        if !Rc::ptr_eq(&self.0, &other.0) {
            copied(&other.0);
            let theirs = other.0.iter().map(|(name, known)| (name.clone(), known.clone()));
            self.own().extend(theirs);
        }
    }

    /// For a change: a copy, unless nobody shares it.
    fn own(&mut self) -> &mut BTreeMap<Rc<str>, Known<'a>> {
        if Rc::strong_count(&self.0) > 1 {
            copied(&self.0);
        }
        Rc::make_mut(&mut self.0)
    }
}

#[cfg(not(test))]
const fn copied<T>(_: &T) {}

/// Counts the entries gone through.
#[cfg(test)]
fn copied(entries: &BTreeMap<Rc<str>, Known<'_>>) {
    tests::WORK.with(|work| work.set(work.get() + entries.len()));
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::json;

    use crate::workflow::Definition;
    use crate::workflow::catalog::Catalog;
    use crate::workflow::validate::{ValidationContext, validate};

    thread_local! {
        pub(super) static WORK: Cell<usize> = const { Cell::new(0) };
    }

    /// Entries gone through for a draft in which every fourth step keeps a result and the next one reads it.
    fn work(steps: usize) -> usize {
        let tasks: Vec<_> = (0..steps)
            .map(|at| {
                let task = match at % 4 {
                    0 => json!({ "call": "check_consent", "with": { "customer_id": "c" }, "export": { "as": format!("${{ $context + {{ c{at}: . }} }}") } }),
                    1 => json!({ "if": format!("${{ $context.c{}.allowed }}", at - 1), "call": "notify_user", "with": { "to": "requester", "message": "{{context.c0.allowed}}" } }),
                    2 => json!({ "set": { "seen": format!("${{ $context.c{}.allowed }}", at - 2) } }),
                    _ => json!({ "wait": "PT5M" }),
                };
                json!({ format!("step{at}"): task })
            })
            .collect();
        let definition = Definition::from_value(json!({ "document": {}, "do": tasks })).unwrap();
        WORK.with(|work| work.set(0));
        assert!(!validate(&definition, &ValidationContext::new(Catalog::embedded())).is_empty(), "it has no header");
        WORK.with(Cell::get)
    }

    #[test]
    fn what_was_kept_is_gone_through_only_where_it_changes_or_ways_meet() {
        for steps in [40, 400] {
            let kept = steps / 4;
            // one copy for the export, one for what the condition says, two where the ways meet again
            let most = 4 * kept * (kept + 1) / 2 + kept;
            assert!((1..=most).contains(&work(steps)), "{steps} steps: {} of {most}", work(steps));
        }
    }
}
