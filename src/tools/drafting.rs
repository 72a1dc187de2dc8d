//! What the writing tools share: validate, keep or hand back, and report the real difference.

use serde_json::{Value, json};

use super::ask::Question;
use super::best::{self, Attempt};
use super::boundary::{self, Refusal};
use super::error::ToolError;
use super::holes;
use super::session::Session;
use crate::approvals::summary::summarised;
use crate::approvals::{DraftError, DraftView, Drafts, NewRevision};
use crate::model::DraftId;
use crate::model::draft::{DraftWarning, RevisionOrigin};
use crate::workflow::diff::{Change, ChangeKind, diff};
use crate::workflow::provenance::{Provenance, Source};
use crate::workflow::{Definition, Diagnostic, Language, provenance};

/// Writes drafts for the tools.
#[derive(Debug, Clone)]
pub struct Drafting {
    /// Where revisions are written.
    pub drafts: Drafts,
}

/// A new content for the draft.
#[derive(Debug, Clone)]
pub struct Content {
    /// The document.
    pub definition: Definition,
    /// Where its values come from, as claimed.
    pub provenance: Provenance,
    /// What its author should know.
    pub warnings: Vec<DraftWarning>,
}

impl Drafting {
    /// Validates and writes one revision on top of `base` (the first one without).
    pub(super) async fn write(
        &self,
        session: &mut Session,
        base: Option<(DraftId, i64)>,
        content: Content,
    ) -> Result<Value, ToolError> {
        let Content { definition, provenance, warnings } = content;
        let definition = summarised(&definition, session.language);
        let standing = session.desk.draft.as_ref().map(|view| &view.revision.definition);
        if let Err(refusal) = boundary::admit(&session.material, standing, &definition) {
            return Err(refused(session, &refusal));
        }
        let mut provenance = provenance::verify(provenance, &definition, &session.material.evidence());
        if let Some(view) = &session.desk.draft {
            provenance = provenance.over(view.revision.provenance.carried(&view.revision.definition, &definition));
        }
        let diagnostics = self.drafts.diagnose(&session.principal.tenant, &definition).await?;
        if !session.insists {
            // nobody corrects it any more: what is still not there, the author is asked for
            provenance = holes::marked(provenance, &diagnostics);
        }
        let provenance = holes::asked(provenance, &definition, session.language);
        let errors = best::errors(&diagnostics, &provenance);
        if !errors.is_empty() && session.insists {
            let content = Content { definition, provenance, warnings };
            session.desk.attempts.push(Attempt { base, content, errors });
            return Err(ToolError::respond(
                "draft_invalid",
                "The draft was not written: the validator found errors.",
                "Correct what the diagnostics name and send the whole call again.",
            )
            .with_details(report(&diagnostics))
            .repairable());
        }
        let new = NewRevision { definition, provenance, warnings, origin: RevisionOrigin::Chat };
        let view = match base {
            Some((draft, revision)) => {
                let revised = self.drafts.revise(&session.principal, &draft, revision, new).await;
                if let Err(DraftError::StaleRevision { .. }) = &revised {
                    // somebody else wrote during this turn: what comes next is made for what stands now
                    session.desk.draft = self.drafts.get(&session.principal.tenant, &draft).await?;
                }
                revised?
            }
            None => {
                let conversation = Some(session.conversation.clone());
                self.drafts.create(&session.principal, DraftId::generate(), conversation, new).await?
            }
        };
        self.put(session, view, diagnostics).await
    }

    /// Takes back the last change, or with `redo` the last undo.
    pub(super) async fn undo(&self, session: &mut Session, redo: bool) -> Result<Value, ToolError> {
        let Some(view) = &session.desk.draft else { return Err(no_draft()) };
        if !boundary::may_undo(&session.material) {
            return Err(ToolError::respond(
                "not_asked_for",
                "Nothing was taken back: the author's message does not ask for it.",
                "Do what the author asked, or ask whether to take the last change back.",
            ));
        }
        let (draft, revision) = (view.draft.id.clone(), view.draft.revision);
        let to = if redo { Some(session.desk.steps.redo.ok_or_else(nothing_undone)?) } else { None };
        let view = self.drafts.undo(&session.principal, &draft, revision, to).await?;
        let diagnostics = self.drafts.diagnose(&session.principal.tenant, &view.revision.definition).await?;
        self.put(session, view, diagnostics).await
    }

    async fn put(
        &self,
        session: &mut Session,
        view: DraftView,
        diagnostics: Vec<Diagnostic>,
    ) -> Result<Value, ToolError> {
        session.desk.steps = self.drafts.steps(&session.principal.tenant, &view).await?;
        if session.desk.questions.is_empty() {
            session.desk.questions = open_questions(&view, session.language);
        }
        Ok(place(session, view, diagnostics))
    }
}

/// What the author is asked for the holes of a draft, three questions at most.
#[must_use]
pub fn open_questions(view: &DraftView, language: Language) -> Vec<Question> {
    holes::questions(&view.revision.provenance, &view.revision.definition, language)
}

/// Keeps what was refused for the author, and answers the model.
fn refused(session: &mut Session, refusal: &Refusal) -> ToolError {
    tracing::warn!(
        conversation.id = %session.conversation, refused = ?refusal.sources(), "a draft asked for what its author did not"
    );
    for sentence in refusal.sentences(session.language) {
        if !session.desk.refused.contains(&sentence) {
            session.desk.refused.push(sentence);
        }
    }
    refusal.into()
}

/// The changes less the summary's, which only follows from the others.
fn told(mut changes: Vec<Change>) -> Vec<Change> {
    changes.retain(|change| change.pointer != "/document/summary");
    changes
}

/// The answer when a tool needs a draft.
pub(super) fn no_draft() -> ToolError {
    ToolError::respond("no_draft", "There is no draft yet.", "Write one with write_workflow.")
}

/// The answer when there is no undo to take back.
fn nothing_undone() -> ToolError {
    ToolError::respond("nothing_to_redo", "No undo is to be taken back: something else was changed since.", "Say so.")
}

/// Puts the new revision on the desk and says what it changed.
fn place(session: &mut Session, view: DraftView, diagnostics: Vec<Diagnostic>) -> Value {
    let new = &view.revision.definition;
    session.desk.changes = match &session.desk.before {
        Some(before) => told(diff(before, new)),
        None => vec![Change {
            kind: ChangeKind::Added,
            pointer: String::new(),
            task: None,
            before: None,
            after: None,
            words: new.title().to_owned(),
            words_es: new.title().to_owned(),
        }],
    };
    let changes: Vec<Value> = session
        .desk
        .changes
        .iter()
        .map(|change| json!({"kind": change.kind, "pointer": change.pointer, "words": change.in_words(session.language)}))
        .collect();
    let answer = json!({
        "revision": view.revision.revision,
        "digest": view.revision.digest,
        "changes": changes,
        "diagnostics": report(&diagnostics),
    });
    session.desk.attempts.clear();
    session.desk.diagnostics = diagnostics;
    session.desk.draft = Some(view);
    session.desk.wrote = true;
    answer
}

fn in_words(changes: &[Change]) -> String {
    changes.iter().take(10).map(|change| change.words.as_str()).collect::<Vec<_>>().join("; ")
}

/// An error at a place that the provenance marks as missing is a hole the author will fill, not a mistake.
pub(super) fn is_hole(found: &Diagnostic, provenance: &Provenance) -> bool {
    provenance.0.iter().any(|(pointer, slot)| {
        slot.source == Source::Missing
            && (pointer.starts_with(&found.pointer) || found.pointer.starts_with(pointer.as_str()))
    })
}

fn report(diagnostics: &[Diagnostic]) -> Value {
    let most = diagnostics.iter().take(20);
    most.map(|found| {
        json!({"code": found.code, "severity": found.severity, "pointer": found.pointer,
               "message": found.message, "hint": found.hint})
    })
    .collect()
}

impl From<DraftError> for ToolError {
    fn from(error: DraftError) -> Self {
        match error {
            DraftError::StaleRevision { current, changes, by } => Self::respond(
                "stale_revision",
                format!("The draft stands at revision {current}; {} changed it: {}", by.join(", "), in_words(&changes)),
                "Look at the draft as it stands and send the change again with that base revision.",
            )
            .repairable(),
            DraftError::NothingToUndo => {
                Self::respond("nothing_to_undo", "This is the first content of the draft.", "Say so.")
            }
            DraftError::Unchanged(revision) => Self::respond(
                "nothing_changed",
                format!("The draft already is so; it stays at revision {revision}."),
                "Say so, or send the change that was meant.",
            ),
            DraftError::Edit(error) => Self::respond("edit_refused", error.message.clone(), error.hint.clone())
                .with_details(json!([{"code": error.code, "operation": error.index}]))
                .repairable(),
            error @ (DraftError::NotFound
            | DraftError::NoSuchRevision(_)
            | DraftError::Canonical(_)
            | DraftError::Store(_)) => Self::Fatal(error.into()),
        }
    }
}
