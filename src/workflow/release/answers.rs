//! The answer to a question, as the context holds it afterwards.

use serde_json::{Value, json};

use super::exported;
use crate::model::approval::Verdict;
use crate::workflow::document::{Listen, Task, TaskKind};
use crate::workflow::expression::{Expression, Read, Source, Step, is_expression, truth_given};

/// What comes of a question; `None`: silence.
pub(super) type Reply = Option<Verdict>;

/// Everything that is not a yes.
pub(super) const NOT_A_YES: [Reply; 3] = [None, Some(Verdict::Rejected), Some(Verdict::ChangesRequested)];

/// The names an answer is kept under.
pub(super) struct Answers {
    names: Vec<(String, Held)>,
    /// In a loop the answer to an earlier item is still there when this one gets none.
    repeats: bool,
}

/// What a name holds.
#[derive(Clone, Copy)]
enum Held {
    /// The payload of the answer.
    Payload,
    /// The decision alone.
    Decision,
}

impl Answers {
    /// What `task`, which hears the answer, keeps of it under names that nothing else writes to.
    pub(super) fn kept(tasks: &[Task<'_>], task: &Task<'_>, listen: &Listen<'_>) -> Self {
        let others = tasks.iter().filter(|other| other.pointer != task.pointer);
        let by_others: Vec<String> = others.clone().flat_map(exported).collect();
        let repeats = others.into_iter().any(|other| is_loop(other) && other.contains(task));
        let data = [Step::Index(0), Step::Key("data".to_owned())];
        let payload = if listen.read == "data" { &data[..1] } else { &data[..] };
        let shaped = task.output_as().map_or_else(|| Some(Vec::new()), path_of_input);
        let held = |read: &Read| {
            let mut steps = shaped.clone().filter(|_| read.source == Source::Input)?;
            steps.extend_from_slice(&read.steps);
            match steps.strip_prefix(payload)? {
                [] => Some(Held::Payload),
                [Step::Key(field)] if field == "decision" => Some(Held::Decision),
                _ => None,
            }
        };
        let compiled = task.export_as().and_then(Value::as_str).and_then(|text| Expression::compile(text).ok());
        let kept = compiled.as_ref().and_then(|compiled| compiled.kept()).unwrap_or_default();
        let own = kept.iter().filter(|(name, _)| !by_others.contains(name));
        let names = own.filter_map(|(name, read)| Some((name.clone(), held(read.as_ref()?)?))).collect();
        Self { names, repeats }
    }

    /// What a condition comes to after this reply; `None` when that depends on something else.
    pub(super) fn truth(&self, text: &str, reply: Reply) -> Option<bool> {
        truth_given(text, &|read| self.known(read, reply))
    }

    fn known(&self, read: &Read, reply: Reply) -> Option<Value> {
        let [Step::Key(name), rest @ ..] = read.after("context", &[])? else { return None };
        let (_, held) = self.names.iter().find(|(kept, _)| kept == name)?;
        let Some(verdict) = reply else { return (!self.repeats).then_some(Value::Null) };
        match (held, rest) {
            (Held::Decision, []) => Some(json!(verdict.as_str())),
            (Held::Payload, []) => Some(json!({ "decision": verdict.as_str() })),
            (Held::Payload, [Step::Key(field)]) if field == "decision" => Some(json!(verdict.as_str())),
            (Held::Decision | Held::Payload, _) => None,
        }
    }
}

/// The steps of a path into the input, when an expression is no more than that.
fn path_of_input(written: &Value) -> Option<Vec<Step>> {
    let compiled = written.as_str().filter(|text| is_expression(text)).map(Expression::compile)?.ok()?;
    let read = compiled.result()?;
    (read.source == Source::Input).then(|| read.steps.clone())
}

fn is_loop(task: &Task<'_>) -> bool {
    match task.kind() {
        TaskKind::For { .. } => true,
        TaskKind::Listen(listen) => listen.foreach.is_some(),
        _ => false,
    }
}
