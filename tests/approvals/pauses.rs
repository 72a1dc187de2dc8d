//! Pause, resume, retire and supersede with executions under way, on the real engine and the sandbox.

use auterity::store::pauses::Pause;
use serde_json::{Value, json};

use crate::story::{GRACE, Handle, MARIA, Running, SAM, follow_up, goodwill, speed_to_lead, with_wait};
use crate::support::TestApp;

/// `follow_up` is in force, and as many leads as asked for wait out their ten minutes.
struct Scene {
    app: TestApp,
    path: String,
    draft: Handle,
    _engine: Running,
}

impl Scene {
    async fn with_leads(leads: usize) -> Self {
        let app = TestApp::demo().await;
        let (path, draft) = app.active(follow_up()).await;
        let engine = Running::start(&app);
        for _ in 0..leads {
            app.lead().await;
        }
        let scene = Self { app, path, draft, _engine: engine };
        scene.until_all("waiting", leads).await;
        scene
    }

    /// The engine dies where it stands; another one starts once its leases have run out.
    fn crash(&mut self) {
        self.app.clock.advance(chrono::TimeDelta::minutes(1));
        self._engine = Running::start(&self.app);
    }

    async fn act(&self, action: &str) -> Value {
        let answer = self.app.act(MARIA, &format!("{}/{action}", self.path)).await;
        assert_eq!(answer.status, 200, "{action}: {}", answer.text);
        answer.json()
    }

    /// Executions, open, held and late.
    async fn counts(&self) -> (i64, i64, i64) {
        let found = self.app.get(SAM, &self.path).await.json()["executions"].clone();
        let count = |name: &str| found[name].as_i64().unwrap_or(-1);
        (count("open"), count("held"), count("late"))
    }

    async fn executions(&self) -> Vec<Value> {
        self.app.get(SAM, "/v1/executions").await.json()["items"].as_array().unwrap().clone()
    }

    async fn until_all(&self, status: &str, how_many: usize) {
        let all = async || {
            let found = self.executions().await;
            found.len() == how_many && found.iter().all(|execution| execution["status"] == status)
        };
        self.app.until(all).await;
    }

    async fn until_held(&self, how_many: i64) {
        self.app.until(async || self.counts().await.1 == how_many).await;
    }

    /// Paused for `hours` while a message was due.
    async fn paused_for(hours: i64, leads: usize) -> Self {
        let scene = Self::with_leads(leads).await;
        scene.act("pause").await;
        scene.app.skip("PT10M").await;
        scene.until_held(i64::try_from(leads).unwrap()).await;
        assert_eq!(scene.app.outbox("sms").await, [] as [Value; 0], "nothing goes out during a pause");
        scene.app.skip(&format!("PT{}M", hours * 60 + 1)).await;
        scene
    }

    /// Status and reason of the texts, and the words of the notes that follow them.
    async fn result(&self) -> (Vec<(String, Value)>, Vec<String>) {
        let texts = self.app.outbox("sms").await;
        let texts = texts.iter().map(|row| (row["status"].as_str().unwrap().to_owned(), row["reason"].clone()));
        let notes = self.app.outbox("staff_app").await;
        let notes = notes.iter().map(|row| row["body"].as_str().unwrap().to_owned());
        (texts.collect(), notes.filter(|body| body.starts_with("The text to")).collect())
    }
}

#[tokio::test]
async fn a_pause_starts_nothing_and_holds_what_runs_while_timers_run_on() {
    let scene = Scene::with_leads(1).await;
    let paused = scene.act("pause").await;
    assert_eq!((paused["status"].as_str(), paused["executions"]["open"].as_i64()), (Some("paused"), Some(1)));
    scene.app.lead().await;
    scene.app.skip("PT10M").await;
    scene.until_held(1).await;
    assert_eq!(scene.counts().await, (1, 1, 0), "the second lead started nothing");
    let id = scene.executions().await[0]["id"].as_str().unwrap().to_owned();
    let told = scene.app.get(SAM, &format!("/v1/executions/{id}")).await.json();
    let last = told["steps"].as_array().unwrap().last().unwrap();
    assert_eq!(last["words"], "Held: the workflow is paused");

    scene.app.skip("PT50M").await;
    let resumed = scene.act("resume").await;
    assert_eq!(resumed["question"], Value::Null, "an hour is not too late");
    scene.until_all("completed", 1).await;
    let (texts, notes) = scene.result().await;
    assert_eq!(texts, [("sent".to_owned(), json!(null))]);
    assert_eq!(notes.len(), 1);
    assert_eq!(scene.counts().await, (0, 0, 0));
    scene.app.lead().await;
    scene.app.until(async || scene.executions().await.len() == 2).await;
}

#[tokio::test]
async fn late_messages_are_asked_about_once_for_all_of_them() {
    let scene = Scene::paused_for(2, 3).await;
    assert_eq!(scene.counts().await, (3, 3, 3));
    let resumed = scene.act("resume").await;
    let question = resumed["question"].as_str().expect("they are late").to_owned();
    let queue = scene.app.get(MARIA, "/v1/approvals?subject=workflow").await.json();
    assert_eq!(queue["items"].as_array().unwrap().len(), 1, "one question");
    let asked = &queue["items"][0];
    assert_eq!((asked["id"].as_str(), asked["may_decide"].as_bool()), (Some(question.as_str()), Some(true)));
    assert_eq!(asked["title"], "Follow up on internet leads");
    assert_eq!(asked["details"]["count"], 3);
    assert_eq!(asked["details"]["options"], json!(["send_now", "skip"]));
    let late = asked["details"]["late"].as_array().unwrap();
    assert!(late.iter().all(|one| one["customer"].is_string() && one["action"] == "send_sms"), "{late:?}");
    let told = format!("/v1/executions/{}", late[0]["execution"].as_str().unwrap());
    scene.app.until(async || scene.app.get(SAM, &told).await.text.contains("somebody is asked")).await;
    assert_eq!(scene.app.outbox("sms").await, [] as [Value; 0]);

    let yes = json!({ "decision": "approved", "choice": "send_now" });
    assert_eq!(scene.app.decide(SAM, &question, yes.clone()).await.code(), "not_approver");
    assert_eq!(scene.app.decide(GRACE, &question, yes).await.status, 200);
    scene.until_all("completed", 3).await;
    let (texts, notes) = scene.result().await;
    assert_eq!(texts, vec![("sent".to_owned(), json!(null)); 3]);
    assert!(notes.iter().all(|note| note.ends_with("is sent")), "{notes:?}");
}

#[tokio::test]
async fn late_messages_that_are_not_wanted_any_more_do_not_go_out() {
    let answers = [
        Some(json!({ "decision": "approved", "choice": "skip" })),
        Some(json!({ "decision": "rejected", "comment": "They have all been called" })),
        // nobody answers
        None,
    ];
    for answer in answers {
        let scene = Scene::paused_for(2, 1).await;
        let question = scene.act("resume").await["question"].as_str().unwrap().to_owned();
        match &answer {
            Some(answer) => assert_eq!(scene.app.decide(MARIA, &question, answer.clone()).await.status, 200),
            None => {
                scene.app.skip("PT24H").await;
                assert_eq!(scene.app.app.state.approvals.run_due().await.unwrap(), 1);
                assert_eq!(scene.app.status(&format!("/v1/approvals/{question}")).await, "expired");
            }
        }
        scene.until_all("completed", 1).await;
        let (texts, notes) = scene.result().await;
        assert_eq!(texts, [("blocked".to_owned(), json!("withheld"))], "{answer:?}");
        assert!(notes[0].ends_with("is blocked"), "the flow goes on as after a block: {notes:?}");
        let id = scene.executions().await[0]["id"].as_str().unwrap().to_owned();
        let told = scene.app.get(SAM, &format!("/v1/executions/{id}")).await.text;
        assert!(told.contains("and not sent any more"), "{told}");
    }
}

#[tokio::test]
async fn a_second_pause_takes_the_question_back_and_the_next_resume_asks_anew() {
    let scene = Scene::paused_for(2, 1).await;
    let first = scene.act("resume").await["question"].as_str().unwrap().to_owned();
    scene.act("pause").await;
    assert_eq!(scene.app.status(&format!("/v1/approvals/{first}")).await, "voided");
    let yes = json!({ "decision": "approved", "choice": "send_now" });
    assert_eq!(scene.app.decide(MARIA, &first, yes.clone()).await.code(), "not_pending");
    scene.app.skip("PT1M").await;
    let second = scene.act("resume").await["question"].as_str().unwrap().to_owned();
    assert_ne!(second, first);
    assert_eq!(scene.app.decide(MARIA, &second, yes).await.status, 200);
    scene.until_all("completed", 1).await;
    assert_eq!(scene.result().await.0, [("sent".to_owned(), json!(null))]);
}

#[tokio::test]
async fn a_restart_finds_the_hold_and_the_question() {
    let mut scene = Scene::paused_for(2, 1).await;
    scene.crash();
    let question = scene.act("resume").await["question"].as_str().unwrap().to_owned();
    scene.crash();
    let yes = json!({ "decision": "approved", "choice": "send_now" });
    assert_eq!(scene.app.decide(MARIA, &question, yes).await.status, 200);
    scene.until_all("completed", 1).await;
    assert_eq!(scene.result().await.0.len(), 1, "once");
}

#[tokio::test]
async fn what_runs_finishes_or_ends_when_a_workflow_retires() {
    for (query, from_pause, after, texts) in [
        ("", false, "completed", 1),
        ("?executions=finish", true, "completed", 1),
        ("?executions=cancel", false, "cancelled", 0),
        ("?executions=cancel", true, "cancelled", 0),
    ] {
        let scene = Scene::with_leads(2).await;
        if from_pause {
            scene.act("pause").await;
        }
        let retired = scene.act(&format!("retire{query}")).await;
        assert_eq!((retired["status"].as_str(), retired["executions"]["open"].as_i64()), (Some("retired"), Some(2)));
        scene.app.lead().await;
        scene.app.skip("PT10M").await;
        scene.until_all(after, 2).await;
        assert_eq!(scene.app.outbox("sms").await.len(), 2 * texts, "{query}, paused before: {from_pause}");
    }
}

#[tokio::test]
async fn retiring_from_a_long_pause_asks_about_late_messages_too() {
    let scene = Scene::paused_for(2, 1).await;
    let retired = scene.act("retire").await;
    let question = retired["question"].as_str().expect("it is as late as after a resume");
    let no = json!({ "decision": "approved", "choice": "skip" });
    assert_eq!(scene.app.decide(MARIA, question, no).await.status, 200);
    scene.until_all("completed", 1).await;
    assert_eq!(scene.result().await.0, [("blocked".to_owned(), json!("withheld"))]);
}

#[tokio::test]
async fn a_new_version_never_moves_what_runs() {
    for (running, after) in [(None, "completed"), (Some("finish"), "completed"), (Some("cancel"), "cancelled")] {
        let scene = Scene::with_leads(1).await;
        let mut changed = follow_up();
        *changed.pointer_mut("/do/0/settle/wait").unwrap() = json!("PT30M");
        let second = Handle::of(&scene.app.revise(SAM, &scene.draft, changed).await);
        let approval = scene.app.submitted(SAM, &second).await;
        let review = scene.app.get(MARIA, &format!("/v1/approvals/{approval}")).await.json();
        assert_eq!(review["draft"]["running_executions"], 1);
        let body = json!({ "decision": "approved", "digest": second.digest, "running": running });
        assert_eq!(scene.app.decide(MARIA, &approval, body).await.json()["version"], 2);
        scene.app.lead().await;
        scene.app.until(async || scene.executions().await.len() == 2).await;
        scene.app.until(async || scene.executions().await.iter().all(|one| one["status"] != "ready")).await;
        scene.app.skip("PT10M").await;
        let old = async || {
            let found = scene.executions().await;
            found.iter().any(|one| one["version"] == 1 && one["status"] == after)
        };
        scene.app.until(old).await;
        let found = scene.executions().await;
        let new = found.iter().find(|one| one["version"] == 2).expect("the lead after it starts the new version");
        assert_eq!(new["finished_at"], Value::Null, "with its own waiting time: {new}");
        let detail = scene.app.get(SAM, &scene.path).await.json();
        let retired: Vec<bool> =
            detail["versions"].as_array().unwrap().iter().map(|one| !one["retired_at"].is_null()).collect();
        assert_eq!(retired, [false, true], "one version is in force");
    }
}

#[tokio::test]
async fn a_schedule_does_not_make_up_for_a_pause() {
    let app = TestApp::demo().await;
    let mut hourly = speed_to_lead();
    hourly["schedule"] = json!({ "cron": "0 * * * *" });
    hourly["do"] = json!([{ "tell": { "call": "notify_user",
        "with": { "to": "role:sales_manager", "message": "An hour has passed" } } }]);
    let (path, _) = app.active(hourly).await;
    let _engine = Running::start(&app);
    let started = async || app.get(SAM, "/v1/executions").await.json()["items"].as_array().unwrap().len();
    app.skip("PT61M").await;
    app.until(async || started().await == 1).await;
    assert_eq!(app.act(MARIA, &format!("{path}/pause")).await.status, 200);
    app.skip("PT2H").await;
    assert_eq!(app.act(MARIA, &format!("{path}/resume")).await.status, 200);
    tokio::time::sleep(std::time::Duration::from_millis(2500)).await;
    assert_eq!(started().await, 1, "what fell into the pause is over");
    app.skip("PT1H").await;
    app.until(async || started().await == 2).await;
}

#[tokio::test]
async fn every_status_and_every_action() {
    let app = TestApp::demo().await;
    // status, action → status afterwards, or refused
    let table = [
        ("active", "pause", Some("paused")),
        ("active", "resume", None),
        ("active", "retire", Some("retired")),
        ("paused", "pause", None),
        ("paused", "resume", Some("active")),
        ("paused", "retire", Some("retired")),
        ("retired", "pause", None),
        ("retired", "resume", None),
        ("retired", "retire", None),
    ];
    for (status, action, after) in table {
        let (path, _) = app.active(with_wait(speed_to_lead(), "PT15M")).await;
        match status {
            "paused" => assert_eq!(app.act(MARIA, &format!("{path}/pause")).await.status, 200),
            "retired" => assert_eq!(app.act(MARIA, &format!("{path}/retire")).await.status, 200),
            _ => {}
        }
        assert_eq!(app.act(SAM, &format!("{path}/{action}")).await.code(), "permission_missing");
        assert_eq!(app.act(crate::story::RITA, &format!("{path}/{action}")).await.code(), "not_found");
        let answer = app.act(GRACE, &format!("{path}/{action}")).await;
        match after {
            Some(after) => assert_eq!(answer.json()["status"], after, "{status} {action}: {}", answer.text),
            None => {
                assert_eq!((answer.status.as_u16(), answer.code().as_str()), (409, "wrong_status"), "{status} {action}")
            }
        }
        assert_eq!(app.status(&path).await, after.unwrap_or(status));
    }
}

#[tokio::test]
async fn a_workflow_nobody_knows_is_not_paused() {
    let app = TestApp::demo().await;
    let tenant = app.principal(SAM).await.tenant;
    let nobody = auterity::model::WorkflowId::generate();
    let found = app.app.state.db.find_pause(&tenant, &nobody).await.unwrap();
    assert_eq!(found, Pause { paused: false, resumed_at: None });
    let draft = app.draft(SAM, goodwill()).await;
    assert_eq!(app.act(MARIA, &format!("/v1/workflows/{}/pause", draft.id)).await.status, 404);
}

#[tokio::test]
async fn words_written_at_run_time_wait_for_somebody_to_release_them() {
    for (decision, texts) in [("approved", "sent"), ("rejected", "blocked"), ("", "blocked")] {
        let app = TestApp::demo().await;
        let mut definition = follow_up();
        definition["do"] = json!([
            { "draft": { "call": "draft_text", "with": { "instruction": "Say thank you" },
                "export": { "as": "${ $context + { words: . } }" } } },
            { "textCustomer": { "call": "send_sms", "with": {
                "customer_id": "${ $workflow.input[0].data.customer_id }", "purpose": "informational",
                "body": "{{store.name}}: {{context.words.text}} Reply STOP to opt out." } } },
        ]);
        let (_, _) = app.active(definition).await;
        let _engine = Running::start(&app);
        app.lead().await;
        let waiting = async || {
            let queue = app.get(MARIA, "/v1/approvals?subject=execution&status=pending").await.json();
            queue["items"].as_array().unwrap().first().cloned()
        };
        app.until(async || waiting().await.is_some()).await;
        let asked = waiting().await.unwrap();
        assert!(asked["approver"].as_str().unwrap().starts_with("user:"), "a named person: {asked}");
        let details = asked["details"]["details"].as_str().unwrap();
        assert!(details.starts_with("Lakeside Toyota: ") && !details.contains("{{"), "the very words: {details}");
        assert_eq!(app.outbox("sms").await, [] as [Value; 0], "nothing goes out before");
        let id = asked["id"].as_str().unwrap();
        if decision.is_empty() {
            app.skip("P1D").await;
            assert_eq!(app.app.state.approvals.run_due().await.unwrap(), 1);
        } else {
            let answer = json!({ "decision": decision, "comment": "Read it" });
            assert_eq!(app.decide(GRACE, id, answer).await.status, 200);
        }
        let over = async || app.get(SAM, "/v1/executions").await.json()["items"][0]["status"] == "completed";
        app.until(over).await;
        let rows = app.outbox("sms").await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0]["status"], texts, "{decision}: {}", rows[0]);
    }
}

#[tokio::test]
async fn what_was_read_before_a_pause_starts_nothing_after_it() {
    let app = TestApp::demo().await;
    let (path, _) = app.active(follow_up()).await;
    let state = &app.app.state;
    let tenant = app.principal(SAM).await.tenant;
    let read = state.db.list_active_workflows(&tenant).await.unwrap().pop().unwrap();
    let start = |name: &str| auterity::store::executions::NewExecution {
        id: auterity::model::ExecutionId::derive(name),
        tenant: tenant.clone(),
        store: "lakeside-main".parse().unwrap(),
        workflow: read.workflow_id.clone(),
        version: read.version,
        digest: read.digest.clone(),
        definition: read.definition.clone(),
        trigger_source: "manual".to_owned(),
        trigger_id: name.to_owned(),
        requested_by: None,
        depth: 0,
        start_seq: 0,
        input: json!([{ "data": {} }]),
        now: state.clock.now(),
    };
    for (action, name, started) in
        [("pause", "paused", false), ("resume", "resumed", true), ("retire", "retired", false)]
    {
        assert_eq!(app.act(MARIA, &format!("{path}/{action}")).await.status, 200, "{action}");
        assert_eq!(state.execution.start(start(name)).await.unwrap(), started, "{action}");
    }
}
