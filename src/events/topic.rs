//! What notices are about, and their names between processes.

use crate::model::{ExecutionId, RunId, TenantId};

/// What a notice is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Frames of one agent run; the body is the frame.
    Run(RunId),
    /// Somebody wants this agent run to stop; whoever drives it listens.
    StopRun(RunId),
    /// One execution changed.
    Execution(ExecutionId),
    /// Something of this tenant changed (approvals, outbox, executions); the body names what.
    Tenant(TenantId),
    /// There may be work for the execution engine: an event to route, an execution that is due.
    Engine,
}

impl Topic {
    /// The name between processes.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Run(run) => format!("run:{run}"),
            Self::StopRun(run) => format!("stop:{run}"),
            Self::Execution(execution) => format!("execution:{execution}"),
            Self::Tenant(tenant) => format!("tenant:{tenant}"),
            Self::Engine => "engine".to_owned(),
        }
    }

    /// The topic with this name; `None` for a name of another version of the product.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name.split_once(':') {
            None => (name == "engine").then_some(Self::Engine),
            Some(("run", id)) => id.parse().ok().map(Self::Run),
            Some(("stop", id)) => id.parse().ok().map(Self::StopRun),
            Some(("execution", id)) => id.parse().ok().map(Self::Execution),
            Some(("tenant", id)) => id.parse().ok().map(Self::Tenant),
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_has_a_name_that_leads_back() {
        let topics = [
            Topic::Run(RunId::generate()),
            Topic::StopRun(RunId::generate()),
            Topic::Execution(ExecutionId::generate()),
            Topic::Tenant(TenantId::generate()),
            Topic::Engine,
        ];
        for topic in topics {
            assert_eq!(Topic::from_name(&topic.name()), Some(topic));
        }
        for strange in ["", "run:", "run:exe_1", "missed", "engine:1"] {
            assert_eq!(Topic::from_name(strange), None, "{strange}");
        }
    }
}
