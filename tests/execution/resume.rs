//! Every construct under a crash at every point: the engine is dropped at the first, second, third … moment at which it
//! waits for anything, and another one goes on from the journal. The story is told once, each effect has one key, and
//! the end is the same.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use auterity::execution::connectors::{CallError, Outcome};
use auterity::model::ExecutionId;
use auterity::workflow::Language;
use chrono::TimeDelta;
use regex::Regex;
use serde_json::{Value, json};

use crate::lab::{Lab, Script};

/// What happens around an execution while it waits.
#[derive(Clone, Copy)]
enum Act {
    /// So many minutes pass.
    Minutes(i64),
    /// An event of this type comes, with the execution's own key.
    Event(&'static str),
}

/// Polls a future so many times at most, then drops it.
struct Polls<'a, F> {
    future: Pin<Box<F>>,
    left: &'a mut usize,
}

impl<F: Future> Future for Polls<'_, F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if *self.left == 0 {
            return Poll::Ready(None);
        }
        *self.left -= 1;
        self.future.as_mut().poll(cx).map(Some)
    }
}

/// How an execution went.
#[derive(Debug, PartialEq)]
struct Told {
    words: Vec<String>,
    paths: Vec<String>,
    /// Journal paths of the calls that reached the connector.
    calls: BTreeSet<String>,
    output: Option<Value>,
    error: Option<Value>,
}

struct Play<'a> {
    lab: &'a Lab,
    tasks: &'a str,
    acts: &'a [Act],
}

impl Play<'_> {
    /// Runs the tasks and crashes at poll number `crash`; true when it came to that.
    async fn run(&self, crash: usize) -> (Told, bool) {
        let lab = self.lab;
        let before = lab.script.calls().len();
        let key = format!("key-{crash}");
        let id = lab.run_tasks(self.tasks, json!({ "key": key })).await;
        let mut left = crash;
        let mut crashed = false;
        for (n, act) in self.acts.iter().map(Some).chain([None]).enumerate() {
            let mut engine = lab.app.app.engine(std::sync::Arc::new(lab.script.clone()));
            loop {
                let limit = if crashed { &mut usize::MAX.clone() } else { &mut left };
                match (Polls { future: Box::pin(engine.run_once()), left: limit }).await {
                    Some(Ok(false)) => break,
                    Some(Ok(true)) => {}
                    Some(Err(error)) => panic!("{error}"),
                    None => {
                        crashed = true;
                        lab.app.clock.advance(TimeDelta::seconds(60)); // the lease runs out
                        engine = lab.app.app.engine(std::sync::Arc::new(lab.script.clone()));
                    }
                }
            }
            match act {
                Some(Act::Minutes(minutes)) => lab.skip(TimeDelta::minutes(*minutes)).await,
                Some(Act::Event(event)) => {
                    lab.event(&format!("{key}-{n}"), event, json!({ "key": key, "n": n })).await;
                }
                None => {}
            }
        }
        (self.told(&id, before).await, crashed)
    }

    async fn told(&self, id: &ExecutionId, before: usize) -> Told {
        let execution = self.lab.find(id).await;
        assert!(execution.status.is_over(), "{execution:?}");
        let story = self.lab.app.app.state.execution.story(&self.lab.tenant, id, Language::En).await.unwrap();
        let moments = Regex::new(r"(\w{3} \w{3} \d+, )?\d+:\d+ [AP]M( [A-Z]{3})?").unwrap();
        let calls = self.lab.script.calls().split_off(before);
        let mut keys: Vec<&str> = calls.iter().map(|call| call.idempotency_key.as_str()).collect();
        keys.sort_unstable();
        for repeated in keys.chunk_by(|left, right| left == right) {
            assert!(repeated.len() <= 2, "{} was tried {} times for one crash", repeated[0], repeated.len());
        }
        Told {
            words: story.steps.iter().map(|step| moments.replace_all(&step.words, "TIME").into_owned()).collect(),
            paths: story.steps.into_iter().map(|step| step.path).collect(),
            calls: calls.into_iter().map(|call| call.path).collect(),
            output: execution.output,
            error: execution.error.map(|mut error| {
                error["detail"].take();
                error
            }),
        }
    }
}

/// Plays it whole, then with a crash at each point; returns how many points there were.
async fn same_story(script: Script, tasks: &str, acts: &[Act]) -> usize {
    let lab = Lab::new(script).await;
    let play = Play { lab: &lab, tasks, acts };
    let (whole, crashed) = play.run(usize::MAX).await;
    assert!(!crashed);
    let mut points = 0;
    loop {
        let (told, crashed) = play.run(points).await;
        assert_eq!(told, whole, "with a crash at point {points}");
        if !crashed {
            break;
        }
        points += 1;
    }
    assert!(points > 10, "{points} points");
    eprintln!("{points} points");
    points
}

fn listen(event: &str) -> String {
    format!(
        "{{ with: {{ type: {event} }}, correlate: {{ c: {{ from: '${{ .data.key }}', expect: '${{ $workflow.input.key }}' }} }} }}"
    )
}

#[tokio::test]
async fn calls_sets_and_waits() {
    let tasks = r#"
do:
  - one: { call: notify_user, with: { to: requester, message: one }, export: { as: '${ $context + { one: . } }' } }
  - rest: { wait: PT10M }
  - mark: { set: { kept: '${ $context.one.did }' } }
  - two: { call: create_task, with: { assignee: requester, title: two }, output: { as: '${ { did: .did } }' } }
"#;
    same_story(Script::new(), tasks, &[Act::Minutes(10)]).await;
}

#[tokio::test]
async fn a_loop_with_a_failing_item() {
    let script = Script::answering(|call, _| {
        if call.path.contains("do[1]") {
            return Err(CallError::Terminal { status: 404, title: "Gone".into(), detail: "gone".into() });
        }
        Ok(Outcome::Done(json!({ "ok": true })))
    });
    let tasks = r#"
do:
  - each:
      for: { each: item, at: place, in: '${ [1, 2, 3] }' }
      while: '${ $place < 9 }'
      do:
        - tell: { call: notify_user, with: { to: requester, message: 'hello {{item}}' } }
        - rest: { wait: PT5M }
"#;
    same_story(script, tasks, &[Act::Minutes(5), Act::Minutes(5)]).await;
}

#[tokio::test]
async fn a_fork_that_joins() {
    let tasks = r#"
do:
  - both:
      fork:
        branches:
          - left: { do: [ { restLeft: { wait: PT5M } }, { tellLeft: { call: notify_user, with: { to: requester, message: l } } } ] }
          - right: { do: [ { tellRight: { call: notify_user, with: { to: requester, message: r } } }, { restRight: { wait: PT9M } } ] }
"#;
    same_story(Script::new(), tasks, &[Act::Minutes(5), Act::Minutes(5)]).await;
}

#[tokio::test]
async fn a_race_between_a_timer_and_an_event() {
    let tasks = format!(
        r#"
do:
  - race:
      fork:
        compete: true
        branches:
          - remind: {{ do: [ {{ rest: {{ wait: PT5H }} }}, {{ tell: {{ call: notify_user, with: {{ to: requester, message: r }} }} }} ] }}
          - reply: {{ listen: {{ to: {{ one: {} }} }} }}
  - after: {{ call: notify_user, with: {{ to: requester, message: after }} }}
  - rest2: {{ wait: PT9H }}
"#,
        listen("a.x")
    );
    let acts = [Act::Minutes(5), Act::Event("a.x"), Act::Minutes(600)];
    same_story(Script::new(), &tasks, &acts).await;
}

#[tokio::test]
async fn a_try_with_retries_and_a_handler() {
    let script = Script::answering(|call, _| {
        if call.action == "notify_user" && !call.path.contains("catch") {
            return Err(CallError::Terminal { status: 503, title: "Busy".into(), detail: "later".into() });
        }
        Ok(Outcome::Done(json!({ "ok": true })))
    });
    let tasks = r#"
use: { retries: { twice: { delay: PT5M, backoff: { linear: {} }, jitter: { from: PT1S, to: PT20S }, limit: { attempt: { count: 2 } } } } }
do:
  - guarded:
      try:
        - note: { call: add_note, with: { entity: lead, id: l, text: t } }
        - tell: { call: notify_user, with: { to: requester, message: hello } }
      catch:
        errors: { with: { status: 503 } }
        retry: twice
        do: [ { giveUp: { call: notify_user, with: { to: requester, message: up } } } ]
"#;
    same_story(script, tasks, &[Act::Minutes(6), Act::Minutes(11)]).await;
}

#[tokio::test]
async fn emit_and_raise() {
    let tasks = r#"
do:
  - say: { emit: { event: { with: { source: 'https://e.com', type: com.example.said, data: { n: 1 } } } } }
  - tell: { call: notify_user, with: { to: requester, message: hello } }
  - fail: { raise: { error: { type: 'https://example.com/stop', status: 409, title: Stop } } }
"#;
    same_story(Script::new(), tasks, &[]).await;
}

#[tokio::test]
async fn a_limit_around_a_block() {
    let tasks = r#"
do:
  - guarded:
      try:
        - block:
            timeout: { after: PT2H }
            do:
              - tell: { call: notify_user, with: { to: requester, message: hello } }
              - rest: { wait: P1D }
      catch:
        do: [ { late: { call: notify_user, with: { to: requester, message: late } } } ]
"#;
    same_story(Script::new(), tasks, &[Act::Minutes(150)]).await;
}

#[tokio::test]
async fn listening_to_one_any_and_all() {
    let (a, b, c) = (listen("a.x"), listen("b.x"), listen("c.x"));
    let tasks = format!(
        r#"
do:
  - one: {{ listen: {{ to: {{ one: {a} }} }}, output: {{ as: '${{ .[0].n }}' }} }}
  - any: {{ listen: {{ to: {{ any: [ {b}, {a} ] }} }}, output: {{ as: '${{ .[0].n }}' }} }}
  - all: {{ listen: {{ to: {{ all: [ {b}, {c} ] }} }}, output: {{ as: '${{ map(.n) }}' }} }}
"#
    );
    let acts = [Act::Event("a.x"), Act::Event("b.x"), Act::Event("c.x"), Act::Event("b.x")];
    same_story(Script::new(), &tasks, &acts).await;
}

#[tokio::test]
async fn listening_until_with_foreach() {
    let (a, stop) = (listen("a.x"), listen("stop.x"));
    let tasks = format!(
        r#"
do:
  - hear:
      listen: {{ to: {{ any: [ {a} ], until: {{ one: {stop} }} }} }}
      foreach:
        item: sign
        do: [ {{ tell: {{ call: notify_user, with: {{ to: requester, message: hello }} }} }} ]
        output: {{ as: '${{ $sign.n }}' }}
"#
    );
    let acts = [Act::Event("a.x"), Act::Event("a.x"), Act::Event("stop.x"), Act::Event("a.x")];
    same_story(Script::new(), &tasks, &acts).await;
}

#[tokio::test]
async fn a_held_text() {
    let morning = Script::answering(|call, before| {
        Ok(if before == 0 {
            Outcome::Deferred { until: call.now + TimeDelta::hours(5), reason: "quiet_hours".into() }
        } else {
            Outcome::Done(json!({ "status": "sent" }))
        })
    });
    let tasks = r#"
do:
  - text: { call: send_sms, with: { customer_id: cust-dana-whitfield, purpose: informational, body: Hi } }
"#;
    let lab_acts = [Act::Minutes(301)];
    let lab = Lab::new(morning).await;
    let play = Play { lab: &lab, tasks, acts: &lab_acts };
    let (whole, _) = play.run(usize::MAX).await;
    assert_eq!(whole.words.len(), 4, "{:?}", whole.words);
}
