//! Asking a person first, and what follows from any answer.

use serde_json::{Map, Value, json};

use super::Composer;
use super::listen::Sign;
use super::loops::Over;
use super::tasks::Tasks;
use crate::planner::parse::{Act, Await, Limit, Moment, Source, Span, Step};
use crate::planner::slots::duration::Length;

/// A question to a person.
pub(super) struct Asked<'s> {
    pub(super) act: &'s Act,
    pub(super) then: &'s [Step],
    pub(super) otherwise: &'s [Step],
    pub(super) limit: Option<&'s Limit>,
    pub(super) above: Option<(u32, Span)>,
}

impl Composer<'_, '_> {
    /// Asks, waits for the decision, and goes on when it is approved.
    pub(super) fn approve(&mut self, asked: &Asked<'_>, (list, at): (&str, usize)) -> Tasks {
        let mut out = Vec::new();
        // the list is looked up before it is asked about
        let mut then = asked.then.to_vec();
        let mut found = None;
        if let [Step::Each { source: source @ Source::Find { .. }, steps }] = then.as_slice() {
            let (tasks, each, entity, items) = self.find(source, (list, at));
            out.extend(tasks);
            found = Some((each, entity, items, steps.clone()));
            then.clear();
        }
        if then.iter().any(|s| matches!(s, Step::Act(a) if a.action == "reply_review")) {
            out.push(self.review_draft());
        }
        let before = self.situation;
        self.situation = if found.is_some() { "list" } else { "approval" };
        let above = asked.above.filter(|_| found.is_some());
        let (question, kept) = self.question(asked, above, (list, at + out.len()));
        out.extend(question);
        let yes = format!("$context.{kept}.decision == \"approved\"");
        let here = at + out.len();
        self.situation = "approved";
        if let Some((each, entity, items, steps)) = found {
            let count = items.trim_end_matches(".items");
            let condition = match above {
                Some((most, _)) => format!("${{ ({count}.count <= {most} or {yes}) }}"),
                None => format!("${{ {yes} }}"),
            };
            let over = Over { each: &each, entity: &entity, items: &items };
            out.extend(self.looped(over, &steps, (list, here), Some(&condition)));
        } else if !then.is_empty() {
            out.extend(self.guarded(
                &then,
                &format!("${{ {yes} }}"),
                Some(asked.act.verb),
                "whenApproved",
                (list, here),
            ));
        }
        self.situation = "refused";
        if !asked.otherwise.is_empty() {
            let no = format!("${{ $context.{kept}.decision != \"approved\" }}");
            let here = at + out.len();
            out.extend(self.guarded(asked.otherwise, &no, None, "whenRefused", (list, here)));
        }
        self.situation = before;
        out
    }

    /// The question and the wait for its answer; under a condition when only a large audience is asked about.
    fn question(
        &mut self,
        asked: &Asked<'_>,
        above: Option<(u32, Span)>,
        (list, at): (&str, usize),
    ) -> (Tasks, String) {
        let wrapper = above.map(|_| self.name("whenMany"));
        let inner_list = wrapper.as_ref().map(|name| format!("{list}/{at}/{name}/do"));
        let (list_in, at_in) = inner_list.as_deref().map_or((list, at), |l| (l, 0));
        let mut tasks = self.act(asked.act, (list_in, at_in), None);
        let day = Limit { moment: Moment::After(Length::days(1.0)), said: None };
        let limit = asked.limit.unwrap_or(&day);
        if let Some(limit) = asked.limit
            && let Some((name, task)) = tasks.first_mut().and_then(|t| t.as_object_mut()?.iter_mut().next())
            && matches!(limit.moment, Moment::After(_))
        {
            task["with"]["expires_in"] = json!(self.moment(limit));
            let pointer = format!("{list_in}/{at_in}/{name}/with/expires_in");
            self.forget(&pointer);
            self.said_or_default(&pointer, limit.said, "");
        }
        let (block, inner, kept) = (self.name("awaitDecision"), self.name("decision"), self.keep("decision"));
        let approval = self.latest("approval");
        let sign = Sign {
            event: "approval.decided",
            filter: None,
            correlate: ("approval", ".data.approval_id".to_owned(), format!("$context.{approval}.approval_id")),
            kept: &kept,
            limit,
        };
        let task = self.await_block(&sign, &inner, &format!("{list_in}/{}/{block}", at_in + tasks.len()));
        tasks.push(json!({ block: task }));
        let (Some((most, said)), Some(name)) = (above, wrapper) else { return (tasks, kept) };
        let found = self.latest("found");
        self.stated(&format!("{list}/{at}/{name}/if"), said);
        let condition = format!("${{ $context.{found}.count > {most} }}");
        (vec![json!({ name: { "if": condition, "do": tasks } })], kept)
    }

    fn review_draft(&mut self) -> Value {
        let name = self.name("draftReply");
        let kept = self.keep("draft");
        json!({ name: { "call": "draft_text", "with": {
            "instruction": "Thank the reviewer, answer the point that was made, invite them to call. No customer or deal facts.",
            "context": { "review": "${ $workflow.input[0].data.text }", "rating": "${ $workflow.input[0].data.rating }" }
        }, "export": { "as": format!("${{ $context + {{ {kept}: . }} }}") } } })
    }

    /// The name under which a result was kept last: `approval`, `approval2` …
    fn latest(&self, wanted: &str) -> String {
        let numbered = (2..100).map(|n| format!("{wanted}{n}")).take_while(|n| self.kept.contains(n)).last();
        numbered.unwrap_or_else(|| wanted.to_owned())
    }

    /// What is done on an answer: one way under its condition, several as a block that takes one of them.
    pub(super) fn answers(&mut self, wait: &Await, kept: &str, (list, at): (&str, usize)) -> Tasks {
        if wait.answered.is_empty() {
            return Vec::new();
        }
        let own = |jq: &str| jq.replace("$context.answer", &format!("$context.{kept}"));
        let before = self.situation;
        self.situation = if wait.event == "task.overdue" { "late" } else { "answered" };
        let mut out = Vec::new();
        if wait.ways.is_empty() {
            let condition = match &wait.condition {
                Some((jq, _)) => format!("${{ $context.{kept} != null and {} }}", own(jq)),
                None => format!("${{ $context.{kept} != null }}"),
            };
            // nobody who is not confirmed may be left out: the other way holds for silence too
            let (answered, shared) = shared_way(wait);
            let said = wait.condition.as_ref().map(|(_, s)| *s);
            out.extend(self.guarded(&answered, &condition, said, "onAnswer", (list, at)));
            if !shared.is_empty() {
                let no = format!("${{ $context.{}.decision != \"approved\" }}", self.latest("decision"));
                self.situation = "silence";
                let here = at + out.len();
                out.extend(self.guarded(&shared, &no, None, "inAnyOtherCase", (list, here)));
            }
        } else {
            out.push(self.ways(wait, kept, (list, at)));
        }
        self.situation = before;
        out
    }

    fn ways(&mut self, wait: &Await, kept: &str, (list, at): (&str, usize)) -> Value {
        let block = self.name("onAnswer");
        let choose = self.name("whichAnswer");
        let inner = format!("{list}/{at}/{block}/do");
        let own = |jq: &str| jq.replace("$context.answer", &format!("$context.{kept}"));
        let mut cases =
            vec![json!({ "silent": { "when": format!("${{ $context.{kept} == null }}"), "then": "exit" } })];
        let mut tasks = Vec::new();
        let first = (wait.condition.clone(), wait.answered.clone());
        let mut complete = false;
        for (n, (condition, steps)) in std::iter::once(&first).chain(&wait.ways).enumerate() {
            let way = self.name(if condition.is_some() { "onThis" } else { "onAnythingElse" });
            let mut body = Map::new();
            let pointer = format!("{inner}/{}/{way}/do", n + 1);
            body.insert("do".to_owned(), json!(self.list(steps, &pointer, 0)));
            body.insert("then".to_owned(), json!("exit"));
            tasks.push(json!({ way.clone(): body }));
            let mut case = Map::new();
            if let Some((jq, said)) = condition {
                self.stated(&format!("{inner}/0/{choose}/switch/{}/case{}/when", n + 1, n + 1), *said);
                case.insert("when".to_owned(), json!(format!("${{ {} }}", own(jq))));
            } else {
                complete = true;
            }
            case.insert("then".to_owned(), json!(way));
            cases.push(json!({ format!("case{}", n + 1): case }));
        }
        if !complete {
            cases.push(json!({ "anythingElse": { "then": "exit" } }));
        }
        tasks.insert(0, json!({ choose: { "switch": cases } }));
        json!({ block: { "do": tasks } })
    }
}

/// "If they agree ask X …, otherwise …": the otherwise of the question inside holds for silence as well.
fn shared_way(wait: &Await) -> (Vec<Step>, Vec<Step>) {
    let mut answered = wait.answered.clone();
    if wait.silent.is_empty()
        && let Some(Step::Approve { otherwise, .. }) = answered.last_mut()
    {
        let shared = std::mem::take(otherwise);
        return (answered, shared);
    }
    (answered, Vec::new())
}
