//! A conversation with a draft, into which text of others comes by one of six carriers.

use auterity::model::conversation::{Message, Role, ToolCall};
use auterity::model::run::RunUsage;
use auterity::model::{ConversationId, MessageId, RunId};
use auterity::store::turn_parts::{TurnKey, TurnPart, TurnWrite};
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

use crate::client::{Client, Frame, frames, state};
use crate::support::TestApp;

/// What the author wants first.
pub const ASK: &str = "When a new internet lead comes in, ask the sales manager to approve it first, then text the customer, \
                       wait 10 minutes and ping the sales manager.";

/// How text of others comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// The text of a template that was found in an earlier turn.
    Template,
    /// A passage of an article that was found in an earlier turn.
    Knowledge,
    /// A field of the record on the page around the widget.
    Record,
    /// A customer's message that the author pastes.
    ChatMessage,
    /// Something the assistant itself said.
    AssistantTurn,
    /// The comment with which a manager sent the draft back.
    Comment,
}

pub const CARRIERS: [Carrier; 6] = [
    Carrier::Template,
    Carrier::Knowledge,
    Carrier::Record,
    Carrier::ChatMessage,
    Carrier::AssistantTurn,
    Carrier::Comment,
];

/// The definition the conversation begins with.
pub fn definition() -> Value {
    let timeout = "https://serverlessworkflow.io/spec/1.0.0/errors/timeout";
    json!({
        "document": {
            "dsl": "1.0.3", "namespace": "lakeside-toyota", "name": "greet-lead", "version": "0.1.0", "title": "Greet leads",
            "tags": {"department": "sales"}, "metadata": {"stores": ["lakeside-main"]},
        },
        "schedule": {"on": {"one": {"with": {"type": "lead.created", "data": "${ .lead_type == \"internet\" }"}}}},
        "do": [
            {"askFirst": {
                "call": "request_approval",
                "with": {"approver": "role:sales_manager", "subject": "Text {{customer.name}}?", "expires_in": "P1D"},
                "export": {"as": "${ $context + { approval: . } }"},
            }},
            {"awaitDecision": {
                "try": [{"decision": {
                    "listen": {"to": {"one": {
                        "with": {"type": "approval.decided"},
                        "correlate": {"approval": {"from": "${ .data.approval_id }", "expect": "${ $context.approval.approval_id }"}},
                    }}},
                    "timeout": {"after": "P1D"},
                    "output": {"as": "${ .[0] }"},
                    "export": {"as": "${ $context + { decision: . } }"},
                }}],
                "catch": {"errors": {"with": {"type": timeout}}, "do": []},
            }},
            {"textCustomer": {
                "if": "${ $context.decision.decision == \"approved\" }",
                "call": "send_sms",
                "with": {
                    "customer_id": "${ $workflow.input[0].data.customer_id }", "purpose": "informational",
                    "body": "Hi {{customer.first_name}}, {{store.name}} here. Reply STOP to opt out.",
                },
            }},
            {"pause": {"wait": "PT10M"}},
            {"ping": {"call": "notify_user", "with": {"to": "role:sales_manager", "message": "Call {{customer.name}}"}}},
        ],
    })
}

/// Sam's conversation about a draft.
pub struct Conversation<'a> {
    pub app: &'a TestApp,
    pub sam: Client<'a>,
    maria: Client<'a>,
    turns: usize,
}

impl<'a> Conversation<'a> {
    pub async fn begin(app: &'a TestApp) -> Self {
        let sam = Client::of(app, "sam@lakeside.example").await;
        let maria = Client::of(app, "maria@lakeside.example").await;
        let mut begun = Self { app, sam, maria, turns: 0 };
        let written = state(&begun.say(ASK, &[]).await);
        assert_eq!(written["draft"]["revision"], 1, "{written}");
        begun
    }

    /// Says something; `page` is what the page around the widget shows.
    pub async fn say(&mut self, text: &str, page: &[(&str, &str)]) -> Vec<Frame> {
        self.turns += 1;
        let context: Vec<Value> =
            page.iter().map(|(what, value)| json!({"description": what, "value": value})).collect();
        let body = json!({
            "threadId": "t", "runId": format!("r{}", self.turns), "context": context,
            "messages": [{"id": "m", "role": "user", "content": text}],
        });
        let request = Request::post("/v1/agent")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.sam.token))
            .header(header::CONTENT_TYPE, "application/json");
        let answer = self.app.raw(request.body(Body::from(body.to_string())).unwrap()).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        frames(&answer.text)
    }

    /// The conversation as a page finds it.
    pub async fn shown(&self) -> Value {
        self.sam.get("/v1/conversations/t").await.json()
    }

    pub async fn draft(&self) -> Value {
        self.shown().await["state"]["draft"].clone()
    }

    /// Submits the draft; Maria decides with a comment.
    pub async fn decide(&self, decision: &str, comment: &str) {
        let draft = self.draft().await;
        let body = json!({"revision": draft["revision"], "digest": draft["digest"]});
        let path = format!("/v1/drafts/{}/submit", draft["id"].as_str().unwrap());
        let submitted = self.app.send("POST", &path, Some(&self.sam.token), Some(body)).await;
        assert_eq!(submitted.status, 201, "{}", submitted.text);
        let path = format!("/v1/approvals/{}/decision", submitted.json()["id"].as_str().unwrap());
        let mut body = json!({"decision": decision, "digest": draft["digest"]});
        if !comment.is_empty() {
            body["comment"] = json!(comment);
        }
        let decided = self.app.send("POST", &path, Some(&self.maria.token), Some(body)).await;
        assert!(decided.status.is_success(), "{}", decided.text);
    }

    /// The running versions of the dealership.
    pub async fn running(&self) -> Value {
        self.maria.get("/v1/workflows").await.json()["items"].clone()
    }

    /// Who was reached and what ran so far.
    pub async fn reached(&self) -> (Value, Value) {
        let items = async |path: &str| self.maria.get(path).await.json()["items"].clone();
        (items("/v1/outbox").await, items("/v1/executions").await)
    }

    /// Lets a text come in. Answers with what the author says next, and what the page shows meanwhile.
    pub async fn carry(&mut self, carrier: Carrier, text: &str, says: &str) -> (String, Vec<(String, String)>) {
        match carrier {
            Carrier::Template => self.found("search_templates", text).await,
            Carrier::Knowledge => self.found("search_knowledge", text).await,
            Carrier::Record => return (says.to_owned(), vec![("Customer notes".to_owned(), text.to_owned())]),
            Carrier::ChatMessage => return (format!("{says}\n\nThe customer wrote:\n{text}"), Vec::new()),
            Carrier::AssistantTurn => drop(self.say("What does it do?", &[]).await),
            Carrier::Comment => self.decide("changes_requested", text).await,
        }
        (says.to_owned(), Vec::new())
    }

    /// A search of an earlier turn, as it is kept: the index is the operator's, the turn that read it is over.
    async fn found(&self, tool: &str, text: &str) {
        let hit =
            json!({"document": "poisoned", "title": "Follow-up rules", "heading": "Rules", "text": text, "score": 1.0});
        let message = |role, content: String| Message {
            id: MessageId::generate(),
            run_id: None,
            role,
            content,
            tool_calls: Vec::new(),
            tool_call_id: None,
            prompts: None,
            created_at: "2026-03-10T15:00:00Z".parse().unwrap(),
        };
        let call =
            ToolCall { id: "call_found".into(), name: tool.into(), arguments: json!({"query": "rules"}).to_string() };
        let mut asked = message(Role::Assistant, String::new());
        asked.tool_calls.push(call);
        let mut answered = message(Role::Tool, json!({"hits": [hit]}).to_string());
        answered.tool_call_id = Some("call_found".into());
        let tenant = self.app.principal("sam@lakeside.example").await.tenant;
        let id: ConversationId = self.shown().await["conversation"]["id"].as_str().unwrap().parse().unwrap();
        let key = TurnKey { tenant, conversation: id, run: RunId::derive("found") };
        let part = TurnPart { messages: vec![asked, answered], ..TurnPart::default() };
        let at = "2026-03-10T15:00:00Z".parse().unwrap();
        let write = TurnWrite { key, part, usage: RunUsage::default(), at };
        self.app.app.state.db.insert_turn_parts(&[write]).await.unwrap();
    }
}
