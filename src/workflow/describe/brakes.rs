//! What stops a workflow, or keeps it from acting: what a manager asks before saying yes.

use serde::Serialize;
use serde_json::Value;

use super::voice::Voice;
use super::words;
use crate::workflow::catalog::{Catalog, RiskClass};
use crate::workflow::document::{Definition, Schedule, StrategyMode, Task, TaskKind};
use crate::workflow::release::Release;
use crate::workflow::text::Language;

/// One thing that stops it or holds it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Brake {
    /// Where it stands in the definition; absent for what holds for every workflow.
    pub pointer: Option<String>,
    /// In words.
    pub words: String,
}

/// Everything that stops `definition` or holds it back, in document order; what holds for every workflow comes last.
#[must_use]
pub fn brakes(definition: &Definition, catalog: &Catalog, language: Language) -> Vec<Brake> {
    let voice = Voice::new(definition, catalog, language);
    let mut found: Vec<Brake> = voice.start_condition(definition).into_iter().collect();
    let tasks = definition.all_tasks();
    let release = Release::of(definition);
    for task in &tasks {
        if release.holds(task) {
            let words = voice.say(
                "Its words are written at run time: somebody releases each message before it goes out.",
                "El texto se escribe al ejecutarse: alguien libera cada mensaje antes de que salga.",
            );
            found.push(Brake { pointer: Some(task.pointer.clone()), words: words.to_owned() });
        }
        found.extend(voice.brakes_of(task).into_iter().map(|words| {
            let words = voice.smooth(words);
            Brake { pointer: Some(task.pointer.clone()), words }
        }));
    }
    let reaches_customers = tasks.iter().any(|task| voice.risk(task) >= Some(RiskClass::CustomerFacing));
    if reaches_customers {
        let law = voice.say(
            "Nobody who opted out or gave no consent gets a message; outside permitted hours it waits, and frequency caps hold.",
            "Nadie que se dio de baja o no dio su consentimiento recibe un mensaje; fuera del horario permitido espera, y hay límites de frecuencia.",
        );
        found.push(Brake { pointer: None, words: law.to_owned() });
    }
    let people = voice.say(
        "A manager can pause or retire it at any time; what runs then holds before its next step.",
        "Un gerente puede pausarla o retirarla en cualquier momento; lo que esté en marcha se detiene antes de su siguiente paso.",
    );
    found.push(Brake { pointer: None, words: people.to_owned() });
    found
}

impl Voice<'_> {
    fn risk(&self, task: &Task<'_>) -> Option<RiskClass> {
        match task.kind() {
            TaskKind::Call { action, .. } => self.catalog.action(action).map(|action| action.risk),
            _ => None,
        }
    }

    /// "It starts only if lead type is internet".
    fn start_condition(&self, definition: &Definition) -> Option<Brake> {
        let Schedule::On(strategy) = definition.schedule() else { return None };
        let conditions: Vec<String> = strategy.filters.iter().filter_map(|filter| self.payload(filter)).collect();
        let condition = conditions.first().filter(|first| conditions.iter().all(|other| other == *first))?;
        let words = format!("{} {condition}.", self.say("It starts only if", "Empieza solo si"));
        Some(Brake { pointer: Some("/schedule".to_owned()), words: self.smooth(words) })
    }

    fn brakes_of(&self, task: &Task<'_>) -> Vec<String> {
        let mut found = Vec::new();
        if let (Some(condition), Some("end" | "exit")) = (task.condition(), task.then()) {
            found.push(format!("{} {}.", self.say("It ends if", "Termina si"), self.condition(condition)));
        }
        match task.kind() {
            TaskKind::Fork { compete: true, branches } => {
                for branch in branches.iter() {
                    found.extend(self.race(&branch));
                }
            }
            TaskKind::Switch(cases) => {
                let ends = cases.iter().filter(|case| matches!(case.then, Some("end" | "exit")));
                found.extend(ends.map(|case| match case.when {
                    Some(when) => format!("{} {}.", self.say("It ends if", "Termina si"), self.condition(when)),
                    None => self.say("It ends in all other cases.", "Termina en los demás casos.").to_owned(),
                }));
            }
            TaskKind::Call { action, with } => found.extend(self.call_brakes(task, action, with)),
            TaskKind::Do(_)
            | TaskKind::Emit(_)
            | TaskKind::For { .. }
            | TaskKind::Fork { .. }
            | TaskKind::Listen(_)
            | TaskKind::Raise(_)
            | TaskKind::Run(_)
            | TaskKind::Set(_)
            | TaskKind::Try { .. }
            | TaskKind::Wait(_)
            | TaskKind::Unknown => {}
        }
        found
    }

    /// A branch of a race that waits for events ends the others when one comes.
    fn race(&self, branch: &Task<'_>) -> Option<String> {
        let mut inside = vec![branch.clone()];
        if let TaskKind::Do(body) = branch.kind() {
            inside.extend(body.iter());
        }
        let listen = inside.iter().find_map(|task| match task.kind() {
            TaskKind::Listen(listen) => Some(listen),
            _ => None,
        })?;
        let events: Vec<String> = listen.to.filters.iter().map(|filter| self.event_clause(filter)).collect();
        let between = match listen.to.mode {
            StrategyMode::All => self.say(" and ", " y "),
            StrategyMode::One | StrategyMode::Any => self.say(" or ", " o "),
        };
        Some(format!("{} {}.", self.say("It stops as soon as", "Se detiene en cuanto"), events.join(between)))
    }

    fn call_brakes(&self, task: &Task<'_>, action: &str, with: Option<&Value>) -> Vec<String> {
        let mut found = Vec::new();
        let what =
            || super::sentences::label(action, self.language).map_or_else(|| words::plain(action), str::to_owned);
        if action == "request_approval" {
            let approver = with.and_then(|with| with.get("approver")).map(|who| self.recipient(who, false));
            let approver = approver.unwrap_or_else(|| self.say("somebody", "alguien").to_owned());
            found.push(match self.language {
                Language::En => format!("It asks {approver} first: “{}”.", task.name),
                Language::Es => format!("Antes pregunta a {approver}: “{}”.", task.name),
            });
        }
        if let Some(condition) = task.condition().filter(|_| self.risk(task) >= Some(RiskClass::DataWrite)) {
            let only = self.say("only if", "solo si");
            found.push(format!("{} “{}” {only} {}.", what(), task.name, self.condition(condition)));
        }
        if let Some(once) = with.and_then(|with| with.get("once")) {
            found.push(format!("{} “{}”{}.", what(), task.name, self.once(once)));
        }
        found
    }
}
