//! What a turn begins from, and what its beginning stores: all or nothing.

use auterity::model::conversation::{Conversation, Message, Role};
use auterity::model::run::{Frame, Run, RunStatus, RunUsage};
use auterity::model::spending::{Day, Spent};
use auterity::model::user::User;
use auterity::model::{Clock, ConversationId, MessageId, RunId, TenantId};
use auterity::store::openings::{Opening, OpeningKey};
use auterity::store::runs::{Lease, Place, RunEnd};
use auterity::store::spending::Charge;
use auterity::store::turn_parts::{TurnKey, TurnPart, TurnWrite};
use auterity::store::{Database, StoreError};
use chrono::{DateTime, TimeDelta, Utc};

use crate::support::TestApp;

struct Talk {
    app: TestApp,
    maria: User,
    conversation: ConversationId,
}

impl Talk {
    async fn new() -> Self {
        let app = TestApp::demo().await;
        let maria = app.app.state.db.find_credentials("maria@lakeside.example").await.unwrap().unwrap().user;
        Self { app, maria, conversation: ConversationId::generate() }
    }

    fn db(&self) -> &Database {
        &self.app.app.state.db
    }

    fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    async fn opening(&self, run: &RunId, message: Option<&MessageId>) -> Opening {
        let key = OpeningKey {
            tenant: &self.maria.tenant_id,
            user: &self.maria.id,
            conversation: &self.conversation,
            run,
            message,
            day: Day::of(self.now()),
        };
        self.db().find_opening(key).await.unwrap().unwrap()
    }

    fn begun(&self, title: &str) -> Conversation {
        Conversation {
            id: self.conversation.clone(),
            tenant_id: self.maria.tenant_id.clone(),
            user_id: self.maria.id.clone(),
            title: title.to_owned(),
            draft_id: None,
            created_at: self.now(),
            updated_at: self.now(),
        }
    }

    fn run(&self) -> Run {
        Run {
            id: RunId::generate(),
            tenant_id: self.maria.tenant_id.clone(),
            conversation_id: self.conversation.clone(),
            user_id: self.maria.id.clone(),
            status: RunStatus::Running,
            error_code: None,
            usage: RunUsage::default(),
            started_at: self.now(),
            finished_at: None,
        }
    }

    fn message(&self, run: &Run) -> Message {
        Message {
            id: MessageId::generate(),
            run_id: Some(run.id.clone()),
            role: Role::User,
            content: "hello".into(),
            tool_calls: Vec::new(),
            tool_call_id: None,
            created_at: self.now(),
            prompts: None,
        }
    }

    async fn begin(&self, run: &Run, message: &Message, place: Place<'_>) -> Result<(), StoreError> {
        let lease = Lease { owner: "proc".into(), until: self.now() + TimeDelta::seconds(15) };
        let frame = Frame { seq: 1, body: r#"{"type":"RUN_STARTED"}"#.into() };
        self.db().insert_run(run, &lease, place, (message, &[frame])).await
    }

    fn key(&self, run: &Run) -> TurnKey {
        TurnKey { tenant: self.maria.tenant_id.clone(), conversation: self.conversation.clone(), run: run.id.clone() }
    }
}

#[tokio::test]
async fn a_turn_begins_from_what_is_there() {
    let talk = Talk::new().await;
    let (run, message) = (talk.run(), MessageId::generate());
    let new = talk.opening(&run.id, Some(&message)).await;
    let stores = talk.db().list_stores(&talk.maria.tenant_id).await.unwrap();
    assert!(stores.len() > 1);
    assert_eq!(new.stores, stores.into_iter().map(|store| store.id).collect::<Vec<_>>());
    assert_eq!(new.slug, "lakeside-toyota");
    assert_eq!((new.conversation, new.busy, new.known, new.taken), (None, false, false, false));
    assert_eq!((new.today.user.tokens, new.today.tenant.cost_microdollars), (0, 0));

    let said = Message { id: message.clone(), ..talk.message(&run) };
    talk.begin(&run, &said, Place::New(&talk.begun("Hello"))).await.unwrap();
    let spent = Spent { input_tokens: 90, cached_tokens: 50, output_tokens: 10, cost_microdollars: 7 };
    let charge = Charge { user: talk.maria.id.clone(), day: Day::of(talk.now()), spent };
    let part = TurnPart { charges: vec![charge], ..TurnPart::default() };
    let write = TurnWrite { key: talk.key(&run), part, usage: RunUsage::default(), at: talk.now() };
    talk.db().insert_turn_parts(&[write]).await.unwrap();

    let under_way = talk.opening(&run.id, Some(&message)).await;
    assert_eq!(under_way.conversation, Some(talk.begun("Hello")));
    assert_eq!((under_way.busy, under_way.known, under_way.taken), (true, true, true));
    assert_eq!((under_way.today.user.tokens, under_way.today.user.cost_microdollars), (100, 7));
    assert_eq!((under_way.today.tenant.tokens, under_way.today.tenant.cost_microdollars), (100, 7));

    let end = RunEnd { status: RunStatus::Finished, error_code: None, usage: RunUsage::default(), at: talk.now() };
    assert!(talk.db().finish_run(&talk.key(&run), &end, &TurnPart::default()).await.unwrap());
    let next = talk.opening(&RunId::generate(), None).await;
    assert_eq!((next.busy, next.known, next.taken), (false, false, false));
    let of_stranger = OpeningKey {
        tenant: &TenantId::derive("somebody else"),
        user: &talk.maria.id,
        conversation: &talk.conversation,
        run: &run.id,
        message: None,
        day: Day::of(talk.now()),
    };
    assert_eq!(talk.db().find_opening(of_stranger).await.unwrap(), None);
}

#[tokio::test]
async fn a_run_and_its_conversation_begin_together_or_not_at_all() {
    let talk = Talk::new().await;
    let (first, second) = (talk.run(), talk.run());
    let message = talk.message(&first);
    talk.begin(&first, &message, Place::New(&talk.begun(""))).await.unwrap();
    let twice = talk.begin(&second, &talk.message(&second), Place::New(&talk.begun("Twice"))).await;
    assert!(matches!(twice, Err(StoreError::NotUnique(_))), "{twice:?}");
    let busy = talk.begin(&second, &talk.message(&second), Place::Untitled("Too early")).await;
    assert!(matches!(busy, Err(StoreError::Stale)), "{busy:?}");
    let opening = talk.opening(&second.id, None).await;
    assert_eq!((opening.known, opening.conversation.unwrap().title.as_str()), (false, ""), "nothing is kept of either");

    let end = RunEnd { status: RunStatus::Finished, error_code: None, usage: RunUsage::default(), at: talk.now() };
    talk.db().finish_run(&talk.key(&first), &end, &TurnPart::default()).await.unwrap();
    talk.begin(&second, &talk.message(&second), Place::Untitled("The title")).await.unwrap();
    talk.db().finish_run(&talk.key(&second), &end, &TurnPart::default()).await.unwrap();
    let third = talk.run();
    talk.begin(&third, &talk.message(&third), Place::Untitled("Another title")).await.unwrap();
    assert_eq!(talk.opening(&third.id, None).await.conversation.unwrap().title, "The title");
    assert_eq!(talk.db().list_messages(&talk.maria.tenant_id, &talk.conversation, 10).await.unwrap().len(), 3);
}

/// Parts of several turns in one transaction: a run that somebody else drives takes none of its neighbours with it into
/// the store, so the writer stores them one by one.
#[tokio::test]
async fn parts_of_turns_are_stored_together_or_not_at_all() {
    let talk = Talk::new().await;
    let run = talk.run();
    talk.begin(&run, &talk.message(&run), Place::New(&talk.begun("Hello"))).await.unwrap();
    let part = |numbers: std::ops::RangeInclusive<i64>| {
        let frames = numbers.map(|seq| Frame { seq, body: format!(r#"{{"n":{seq}}}"#) }).collect();
        let part = TurnPart { frames, ..TurnPart::default() };
        TurnWrite { key: talk.key(&run), part, usage: RunUsage::default(), at: talk.now() }
    };
    let frames = || async {
        let found = talk.db().list_frames(&talk.maria.tenant_id, &run.id, 0, 1000).await.unwrap();
        found.into_iter().map(|frame| frame.seq).collect::<Vec<_>>()
    };
    let twice = talk.db().insert_turn_parts(&[part(2..=3), part(1..=1)]).await;
    assert!(matches!(twice, Err(StoreError::NotUnique(_))), "{twice:?}");
    assert_eq!(frames().await, [1]);
    let many: Vec<TurnWrite> = (0..90).map(|n| part(2 + 2 * n..=3 + 2 * n)).collect();
    talk.db().insert_turn_parts(&many).await.unwrap();
    assert_eq!(frames().await, (1..=181).collect::<Vec<_>>());
}
