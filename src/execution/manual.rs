//! Starting by hand: a person gives the input, and it must fit the schema that was approved with the definition.

use serde_json::Value;

use super::Service;
use super::error::{ExecutionError, InvalidField};
use crate::auth::Principal;
use crate::events::Topic;
use crate::model::{ExecutionId, StoreId, WorkflowId};
use crate::store::AuditEntry;
use crate::store::executions::NewExecution;
use crate::workflow::Definition;
use crate::workflow::document::Schedule;
use crate::workflow::schema::Schema;

/// `trigger_source` of what people start.
const SOURCE: &str = "manual";

/// What somebody starts by hand.
#[derive(Debug, Clone)]
pub struct ManualStart {
    /// Which workflow.
    pub workflow: WorkflowId,
    /// Where.
    pub store: StoreId,
    /// `$workflow.input`.
    pub input: Value,
    /// Names this start: a repeated request with it starts nothing more.
    pub key: Option<String>,
}

/// An execution that a person started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// Its id.
    pub id: ExecutionId,
    /// False: an earlier request with the same key had started it.
    pub new: bool,
}

impl Service {
    /// Starts the version in force. Who starts it is its `requester`.
    ///
    /// # Errors
    /// [`ExecutionError::NotFound`] without such an active workflow or store, [`ExecutionError::NotManual`] when events
    /// or a schedule start it, [`ExecutionError::Invalid`] when the input does not fit the schema.
    pub async fn start_by_hand(&self, caller: &Principal, start: ManualStart) -> Result<Started, ExecutionError> {
        let tenant = &caller.tenant;
        let active = self.db.list_active_workflows(tenant).await?;
        let found = active.into_iter().find(|workflow| workflow.workflow_id == start.workflow);
        let workflow = found.ok_or(ExecutionError::NotFound("active workflow"))?;
        if workflow.definition.schedule() != Schedule::Manual {
            return Err(ExecutionError::NotManual);
        }
        let here = workflow.definition.stores();
        let allowed = here.is_empty() || here.contains(&start.store.as_str());
        let store = self.db.find_store(tenant, &start.store).await?.ok_or(ExecutionError::NotFound("store"))?;
        if !allowed || !caller.works_in(store.id.as_str()) {
            return Err(ExecutionError::NotFound("store"));
        }
        check_input(&workflow.definition, &start.input).map_err(ExecutionError::Invalid)?;
        let id = ExecutionId::generate();
        let trigger_id = start.key.map_or_else(|| id.to_string(), |key| format!("{}/{key}", caller.user));
        let new = NewExecution {
            id: id.clone(),
            tenant: tenant.clone(),
            store: store.id,
            workflow: workflow.workflow_id.clone(),
            version: workflow.version,
            digest: workflow.digest,
            definition: workflow.definition,
            trigger_source: SOURCE.to_owned(),
            trigger_id: trigger_id.clone(),
            requested_by: Some(caller.user.clone()),
            depth: 0,
            start_seq: self.db.find_last_event_seq(tenant).await?,
            input: start.input,
            now: self.clock.now(),
        };
        if !self.start(new).await? {
            let earlier = self.db.find_execution_started_by(tenant, &start.workflow, SOURCE, &trigger_id).await?;
            return Ok(Started { id: earlier.ok_or(ExecutionError::NotFound("active workflow"))?, new: false });
        }
        let audit = AuditEntry::new(tenant, self.clock.now(), caller.user.as_str(), "execution.started", id.as_str());
        self.db.append_audit(&audit).await?;
        let notice = serde_json::json!({ "kind": "execution", "id": id }).to_string();
        self.events.publish(&Topic::Tenant(tenant.clone()), notice);
        Ok(Started { id, new: true })
    }
}

/// Whether `input` is an object that fits the definition's `input.schema`; pointers name the places.
pub(super) fn check_input(definition: &Definition, input: &Value) -> Result<(), Vec<InvalidField>> {
    if !input.is_object() {
        return Err(vec![InvalidField::new("/input", "must be an object")]);
    }
    let Some(schema) = definition.input_schema() else { return Ok(()) };
    let schema = Schema::compile(schema).map_err(|error| {
        vec![InvalidField::new("/input", format!("the workflow's own schema is not valid: {error}"))]
    })?;
    let misfits = schema.misfits(input).into_iter();
    let problems: Vec<InvalidField> =
        misfits.map(|misfit| InvalidField::new(format!("/input{}", misfit.pointer), misfit.message)).collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}
