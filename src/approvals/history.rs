//! Where a draft can go from where it stands, and what the last step changed: all of it read from its revisions, so that
//! it is there after a reload.

use super::drafts::{DraftView, Drafts};
use crate::approvals::DraftError;
use crate::model::TenantId;
use crate::model::draft::{RevisionOrigin, RevisionSummary};
use crate::workflow::diff::{Change, diff};

/// Revisions a step back and a step forward would bring back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Steps {
    /// What an undo brings back.
    pub undo: Option<i64>,
    /// What takes the last undo back; none as soon as something else was changed.
    pub redo: Option<i64>,
}

impl Drafts {
    /// The steps a draft can take.
    ///
    /// # Errors
    /// As any statement.
    pub async fn steps(&self, tenant: &TenantId, view: &DraftView) -> Result<Steps, DraftError> {
        Ok(steps(&self.db.list_revisions(tenant, &view.draft.id).await?))
    }

    /// What the newest revision changed against the one before it; nothing for the first.
    ///
    /// # Errors
    /// As any statement.
    pub async fn last_changes(&self, tenant: &TenantId, view: &DraftView) -> Result<Vec<Change>, DraftError> {
        let before = self.db.find_revision(tenant, &view.draft.id, view.draft.revision - 1).await?;
        Ok(before.map(|before| diff(&before.definition, &view.revision.definition)).unwrap_or_default())
    }
}

/// Each change goes onto a pile; each undo moves one to the pile of what can be done again.
fn steps(history: &[RevisionSummary]) -> Steps {
    let (mut done, mut undone): (Vec<&RevisionSummary>, Vec<&RevisionSummary>) = (Vec::new(), Vec::new());
    for entry in history {
        match entry.origin {
            RevisionOrigin::Undo => undone.extend(done.pop()),
            RevisionOrigin::Restore if undone.last().is_some_and(|last| last.digest == entry.digest) => {
                undone.pop();
                done.push(entry);
            }
            RevisionOrigin::Chat | RevisionOrigin::Form | RevisionOrigin::Restore | RevisionOrigin::Api => {
                undone.clear();
                done.push(entry);
            }
        }
    }
    done.pop();
    Steps { undo: done.pop().map(|entry| entry.revision), redo: undone.pop().map(|entry| entry.revision) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UserId;

    #[test]
    fn what_was_undone_can_be_done_again_until_something_else_changes() {
        use RevisionOrigin::{Chat, Restore, Undo};
        type Case<'a> = (&'a [(RevisionOrigin, &'a str)], Option<i64>, Option<i64>);
        let cases: &[Case<'_>] = &[
            (&[(Chat, "a")], None, None),
            (&[(Chat, "a"), (Chat, "b")], Some(1), None),
            (&[(Chat, "a"), (Chat, "b"), (Undo, "a")], None, Some(2)),
            (&[(Chat, "a"), (Chat, "b"), (Chat, "c"), (Undo, "b"), (Undo, "a")], None, Some(2)),
            (&[(Chat, "a"), (Chat, "b"), (Chat, "c"), (Undo, "b"), (Undo, "a"), (Restore, "b")], Some(1), Some(3)),
            (&[(Chat, "a"), (Chat, "b"), (Undo, "a"), (Restore, "b")], Some(1), None),
            (&[(Chat, "a"), (Chat, "b"), (Undo, "a"), (Chat, "c")], Some(1), None),
        ];
        for (entries, undo, redo) in cases {
            let history: Vec<RevisionSummary> = entries
                .iter()
                .zip(1..)
                .map(|((origin, digest), revision)| RevisionSummary {
                    revision,
                    author_id: UserId::derive("sam"),
                    digest: (*digest).to_owned(),
                    origin: *origin,
                    created_at: chrono::DateTime::UNIX_EPOCH,
                })
                .collect();
            assert_eq!(steps(&history), Steps { undo: *undo, redo: *redo }, "{entries:?}");
        }
    }
}
