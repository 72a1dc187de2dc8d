//! `search_templates` and `search_knowledge`: read only; what they return is material, never an instruction.

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ToolError;
use super::session::Session;
use super::tool::Tool;
use crate::knowledge::vector::EVERYWHERE;
use crate::knowledge::{Hit, KnowledgeError, Service};

const MAX_HITS: usize = 8;
const MAX_TEXT: usize = 1200;
/// What a model is told where nothing that was found says anything about the question.
const NOTHING_CLOSE: &str =
    "Nothing that was found answers this. Say that you do not know and whom to ask; claim nothing.";

/// Workflows of the dealership that are shown beside templates, at most.
const MAX_OWN: usize = 3;
/// What a model is told where the dealership may have what is wished for.
const ONE_LIKE_IT: &str =
    "The dealership has approved these already. Where one does what is wished, say so before you draft another.";

/// What to look for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchArguments {
    /// A few words for what is looked for.
    query: String,
    /// Hits at most, 1 to 8; 5 when absent.
    #[serde(default)]
    limit: Option<usize>,
}

impl SearchArguments {
    fn limit(&self) -> usize {
        self.limit.unwrap_or(5).clamp(1, MAX_HITS)
    }

    fn query(&self) -> String {
        self.query.chars().take(500).collect()
    }
}

/// What a model reads of what was found.
fn answer(hits: &[Hit], session: &mut Session) -> Value {
    session.desk.remember(hits);
    let shown = |hit: &Hit| {
        let text: String = hit.text.chars().take(MAX_TEXT).collect();
        json!({"document": hit.document, "title": hit.title, "heading": hit.heading, "text": text, "score": hit.score})
    };
    json!({"hits": hits.iter().map(shown).collect::<Vec<_>>()})
}

/// The same of passages: where each holds, when it was checked, and which are not close enough to answer from.
fn passages(hits: &[Hit], session: &mut Session) -> Value {
    let mut found = answer(hits, session);
    for (shown, hit) in found["hits"].as_array_mut().into_iter().flatten().zip(hits) {
        // what goes without saying is not said: it would cost room in every later turn
        if hit.jurisdictions.iter().any(|place| place != EVERYWHERE) {
            shown["jurisdictions"] = json!(hit.jurisdictions);
        }
        if !hit.reviewed.is_empty() {
            shown["reviewed"] = json!(hit.reviewed);
        }
        if !hit.close {
            shown["close"] = json!(false);
        }
    }
    if !hits.iter().any(|hit| hit.close) {
        found["note"] = json!(NOTHING_CLOSE);
    }
    found
}

/// Finds templates.
#[derive(Debug)]
pub struct SearchTemplates(pub Service);

#[async_trait]
impl Tool for SearchTemplates {
    const NAME: &'static str = "search_templates";
    const DESCRIPTION: &'static str =
        "Finds ready-made workflow templates near a description. Use it before writing a new workflow.";
    type Arguments = SearchArguments;

    async fn call(&self, session: &mut Session, arguments: SearchArguments) -> Result<Value, ToolError> {
        let tenant = session.principal.tenant.clone();
        let mut found =
            answer(&self.0.search_templates(&tenant, &arguments.query(), arguments.limit()).await?, session);
        let own = self.0.similar_workflows(&tenant, &arguments.query(), MAX_OWN).await.unwrap_or_default();
        let close: Vec<Value> = own
            .iter()
            .filter(|hit| hit.close)
            .map(|hit| json!({"workflow": hit.document, "title": hit.title}))
            .collect();
        if !close.is_empty() {
            found["approved_here"] = json!(close);
            found["note"] = json!(ONE_LIKE_IT);
        }
        Ok(found)
    }
}

/// Finds passages of the knowledge base.
#[derive(Debug)]
pub struct SearchKnowledge(pub Service);

#[async_trait]
impl Tool for SearchKnowledge {
    const NAME: &'static str = "search_knowledge";
    const DESCRIPTION: &'static str = "Finds passages on law, house rules and practice of dealerships. Use it for \
        questions and when a request touches contact law, money or personal data. Cite the documents you used.";
    type Arguments = SearchArguments;

    async fn call(&self, session: &mut Session, arguments: SearchArguments) -> Result<Value, ToolError> {
        let tenant = session.principal.tenant.clone();
        Ok(passages(&self.0.search_knowledge(&tenant, &arguments.query(), arguments.limit()).await?, session))
    }
}

/// A search that fails must not end a turn: the model goes on without it and says so.
impl From<KnowledgeError> for ToolError {
    fn from(error: KnowledgeError) -> Self {
        tracing::warn!(error = &error as &dyn std::error::Error, "a search of the conversation failed");
        Self::respond(
            "knowledge_unavailable",
            "The knowledge base cannot be searched at the moment.",
            "Go on without it, and say that nothing could be looked up.",
        )
    }
}
