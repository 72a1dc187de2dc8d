//! Tasks as numbered steps.

use serde_json::Value;

use super::jq::{self, Expr};
use super::voice::Voice;
use super::{Branch, Step, words};
use crate::workflow::document::{
    Case, Catch, EventStrategy, Listen, StrategyMode, TIMEOUT_ERROR, Task, TaskKind, TaskList, Until,
};
use crate::workflow::graph::keyword;
use crate::workflow::text::Language;

impl Voice<'_> {
    /// Gives every step its number, before anything is said about where the flow goes.
    pub(super) fn number_steps(&mut self, list: &TaskList<'_>, prefix: &str, first: usize) -> usize {
        let mut next = first;
        for task in list.iter() {
            let number = if prefix.is_empty() { next.to_string() } else { format!("{prefix}.{next}") };
            next += 1;
            self.number(task.pointer.clone(), number.clone());
            let kind = task.kind();
            let lists = match (&kind, awaited_inside(&kind)) {
                (TaskKind::Try { catch, .. }, Some(_)) => vec![catch.body.clone()],
                _ => kind.children(),
            };
            let mut inner = 1;
            for list in lists {
                inner = self.number_steps(&list, &number, inner);
            }
        }
        next
    }

    /// The steps of a list.
    pub(super) fn steps(&self, list: &TaskList<'_>) -> Vec<Step> {
        let tasks: Vec<Task<'_>> = list.iter().collect();
        tasks.iter().map(|task| self.step(task, &tasks)).collect()
    }

    fn step(&self, task: &Task<'_>, siblings: &[Task<'_>]) -> Step {
        let kind = task.kind();
        let mut covers = Vec::new();
        let (said, children) = match &kind {
            TaskKind::Call { action, with } => (self.call(action, *with), Vec::new()),
            TaskKind::Do(body) => (self.block(task.name), vec![self.branch("", body)]),
            TaskKind::For { items, while_, each, body, .. } => {
                (self.repeat(items, each, *while_), vec![self.branch("", body)])
            }
            TaskKind::Fork { compete, branches } => (self.fork(*compete), self.fork_branches(branches)),
            TaskKind::Listen(listen) => {
                let each = listen.foreach.iter().map(|foreach| self.branch("", &foreach.body));
                (self.listen(listen, task.timeout_after()), each.collect())
            }
            TaskKind::Switch(cases) => {
                (self.say("Decide which way to go on", "Decidir cómo seguir").to_owned(), self.cases(cases, siblings))
            }
            TaskKind::Try { body, catch } => match awaited_inside(&kind) {
                Some((inner, listen)) => {
                    covers.push(inner.pointer.clone());
                    (self.listen(&listen, inner.timeout_after()), vec![self.silence(catch)])
                }
                None => (self.say("Try this", "Intentar esto").to_owned(), self.attempt(body, catch)),
            },
            TaskKind::Wait(duration) => (self.wait(duration), Vec::new()),
            TaskKind::Set(data) => (self.set(data), Vec::new()),
            TaskKind::Emit(event) => (self.emit(event), Vec::new()),
            TaskKind::Raise(error) => (self.raise(error), Vec::new()),
            TaskKind::Run(process) => (self.process(process), Vec::new()),
            TaskKind::Unknown => (
                format!("{} “{}”", self.say("A step that cannot be read:", "Un paso que no se puede leer:"), task.name),
                Vec::new(),
            ),
        };
        Step {
            pointer: task.pointer.clone(),
            number: self.number_of(&task.pointer).unwrap_or_default().to_owned(),
            name: task.name.to_owned(),
            kind: keyword(&kind).to_owned(),
            text: self.around(task, said, siblings, &children),
            covers,
            children,
        }
    }

    /// The condition in front, the way on at the end.
    fn around(&self, task: &Task<'_>, said: String, siblings: &[Task<'_>], children: &[Branch]) -> String {
        let mut text = match task.condition() {
            Some(condition) if task.raw.contains_key("do") && !task.raw.contains_key("for") => {
                format!("{} {} ({})", self.say("If", "Si"), self.condition(condition), words::uncapital(&said))
            }
            Some(condition) => {
                let lower = words::uncapital(&said);
                format!("{} {}: {lower}", self.say("If", "Si"), self.condition(condition))
            }
            None => said,
        };
        let on = task.then().filter(|then| *then != "continue").map(|then| self.way_on(then, siblings));
        if let Some(on) = on {
            let after = if children.is_empty() { "" } else { self.say("; afterwards", "; después") };
            let between = if children.is_empty() { self.say(". Then", ". Luego") } else { after };
            text.push_str(&format!("{between} {on}"));
        }
        let complete = text.trim_end_matches('”').ends_with(['.', '!', '?', ':']);
        match (children.is_empty(), complete) {
            (false, _) => text.push(':'),
            (true, false) => text.push('.'),
            (true, true) => {}
        }
        self.smooth(text)
    }

    /// Joins prepositions and articles where the language does.
    pub(super) fn smooth(&self, text: String) -> String {
        match self.language {
            Language::En => text,
            Language::Es => text.replace(" a el ", " al ").replace(" de el ", " del "),
        }
    }

    /// "go on with step 4", "the workflow ends".
    pub(in crate::workflow) fn way_on(&self, then: &str, siblings: &[Task<'_>]) -> String {
        match then {
            "end" => self.say("the workflow ends", "termina el flujo").to_owned(),
            "exit" => self.say("leave this block", "salir de este bloque").to_owned(),
            "continue" => self.say("go on", "continuar").to_owned(),
            name => {
                let target = siblings.iter().find(|task| task.name == name);
                match target.and_then(|task| self.number_of(&task.pointer)) {
                    Some(number) => format!("{} {number}", self.say("go on with step", "continuar con el paso")),
                    None => format!("{} “{name}”", self.say("go on with", "continuar con")),
                }
            }
        }
    }

    fn branch(&self, label: &str, list: &TaskList<'_>) -> Branch {
        Branch { label: label.to_owned(), when: None, steps: self.steps(list) }
    }

    fn block(&self, name: &str) -> String {
        words::capital(&words::plain(name))
    }

    fn fork(&self, compete: bool) -> String {
        let text = if compete {
            self.say(
                "Do these side by side; the first to finish stops the others",
                "Hacer esto en paralelo; el primero que termine detiene a los demás",
            )
        } else {
            self.say(
                "Do these side by side, then go on when all are done",
                "Hacer esto en paralelo y seguir cuando todo esté listo",
            )
        };
        text.to_owned()
    }

    fn fork_branches(&self, branches: &TaskList<'_>) -> Vec<Branch> {
        let tasks: Vec<Task<'_>> = branches.iter().collect();
        let branch = |task| Branch { label: String::new(), when: None, steps: vec![self.step(task, &tasks)] };
        tasks.iter().map(branch).collect()
    }

    fn cases(&self, cases: &[Case<'_>], siblings: &[Task<'_>]) -> Vec<Branch> {
        let mut branches: Vec<Branch> = cases
            .iter()
            .map(|case| {
                let when = match case.when {
                    Some(condition) => format!("{} {}", self.say("If", "Si"), self.condition(condition)),
                    None => self.say("Otherwise", "En los demás casos").to_owned(),
                };
                let label = format!("{when}: {}", self.way_on(case.then.unwrap_or("continue"), siblings));
                Branch { label: self.smooth(label), when: Some(self.smooth(when)), steps: Vec::new() }
            })
            .collect();
        if branches.is_empty() {
            let label = self.say("(no cases)", "(sin casos)").to_owned();
            branches.push(Branch { label, when: None, steps: Vec::new() });
        }
        branches
    }

    /// What happens when nothing came in time.
    fn silence(&self, catch: &Catch<'_>) -> Branch {
        let nothing = self.say("If nothing came", "Si no llegó nada");
        if catch.body.is_empty() {
            let label = format!("{nothing}: {}", self.say("go on", "continuar"));
            return Branch { label, when: None, steps: Vec::new() };
        }
        self.branch(nothing, &catch.body)
    }

    fn attempt(&self, body: &TaskList<'_>, catch: &Catch<'_>) -> Vec<Branch> {
        let mut branches = vec![self.branch("", body)];
        let timeout = catch.raw.pointer("/errors/with/type").and_then(Value::as_str) == Some(TIMEOUT_ERROR);
        let mut label = if timeout {
            self.say("If it takes too long", "Si tarda demasiado").to_owned()
        } else {
            self.say("If it fails", "Si falla").to_owned()
        };
        if let Some(retry) = catch.raw.get("retry") {
            label.push_str(&self.retry(retry));
        }
        if catch.body.is_empty() {
            label.push_str(self.say(": go on", ": continuar"));
        }
        branches.push(self.branch(&label, &catch.body));
        branches
    }

    fn retry(&self, retry: &Value) -> String {
        let count = retry.pointer("/limit/attempt/count").and_then(Value::as_u64);
        let delay = retry.get("delay").and_then(|delay| self.duration(delay));
        let mut text = self.say(", try again", ", reintentar").to_owned();
        if let Some(count) = count {
            text.push_str(&match self.language {
                Language::En => format!(" up to {count} times"),
                Language::Es => format!(" hasta {count} veces"),
            });
        }
        if let Some(delay) = delay {
            text.push_str(&format!(" {} {delay}", self.say("after", "después de")));
        }
        text
    }

    fn wait(&self, duration: &Value) -> String {
        if let Some(length) = self.duration(duration) {
            return format!("{} {length}", self.say("Wait", "Esperar"));
        }
        let text = duration.as_str().unwrap_or_default();
        let until = self.until(text).unwrap_or_else(|| self.value("wait", duration));
        format!("{} {until}", self.say("Wait until", "Esperar hasta"))
    }

    /// "Wait up to 10 minutes for the customer to write back".
    fn listen(&self, listen: &Listen<'_>, limit: Option<&Value>) -> String {
        let mut text = self.say("Wait", "Esperar").to_owned();
        if let Some(limit) = limit {
            text.push(' ');
            text.push_str(&match self.duration(limit) {
                Some(length) => format!("{} {length}", self.say("up to", "hasta")),
                None => {
                    let moment = limit.as_str().and_then(|text| self.until(text));
                    let moment = moment.unwrap_or_else(|| self.value("after", limit));
                    format!("{} {moment}", self.say("until at most", "como máximo hasta"))
                }
            });
        }
        format!("{text} {}{}", self.awaited(&listen.to), self.ending(&listen.to))
    }

    /// ", one after the other, until the appointment is cancelled".
    fn ending(&self, strategy: &EventStrategy<'_>) -> String {
        let Some(until) = &strategy.until else { return String::new() };
        let end = match until {
            Until::Condition(text) => self.condition(text),
            Until::Events(ends) => {
                let clauses: Vec<String> = ends.filters.iter().map(|filter| self.event_clause(filter)).collect();
                let all = ends.mode == StrategyMode::All;
                clauses.join(if all { self.say(" and ", " y ") } else { self.say(" or ", " o ") })
            }
        };
        format!("{} {end}", self.say(", one after the other, until", ", una tras otra, hasta que"))
    }

    fn awaited(&self, strategy: &EventStrategy<'_>) -> String {
        let parts: Vec<String> = strategy
            .filters
            .iter()
            .map(|filter| {
                let known = filter.event_type().and_then(|name| words::awaited(name, self.language));
                let event = known.map_or_else(
                    || format!("{} {}", self.say("until", "hasta que"), self.event_clause(filter)),
                    str::to_owned,
                );
                match self.payload(filter) {
                    Some(condition) => format!("{event} ({} {condition})", self.say("only if", "solo si")),
                    None => event,
                }
            })
            .collect();
        let between = match strategy.mode {
            StrategyMode::All => self.say(", and ", ", y "),
            StrategyMode::One | StrategyMode::Any => self.say(", or ", ", o "),
        };
        if parts.is_empty() {
            self.say("for an event (not yet known which)", "un evento (por definir)").to_owned()
        } else {
            parts.join(between)
        }
    }

    fn repeat(&self, items: &Value, each: &str, while_: Option<&str>) -> String {
        let mut text = match items.as_str().and_then(jq::parse) {
            Some(Expr::List(list)) => match times(&list) {
                Some(count) => match self.language {
                    Language::En => format!("Up to {count} times"),
                    Language::Es => format!("Hasta {count} veces"),
                },
                None => format!("{} {}", self.say("For each", "Para cada"), words::plain(each)),
            },
            Some(_) | None => self.for_each(items, each),
        };
        if let Some(condition) = while_ {
            text.push_str(&format!(", {} {}", self.say("as long as", "mientras"), self.condition(condition)));
        }
        text
    }

    fn for_each(&self, items: &Value, each: &str) -> String {
        if let Some(entity) = self.entity_of(items) {
            let noun = words::entity(&entity, self.language)
                .and_then(|entity| entity.split_once(' '))
                .map_or_else(|| words::plain(&entity), |(_, noun)| noun.to_owned());
            return match self.language {
                Language::En => format!("For each {noun} found"),
                Language::Es => format!("Por cada {noun} de la búsqueda"),
            };
        }
        let list = match items {
            Value::Array(list) => format!("{} {}", list.len(), self.say("items", "elementos")),
            other => self.value("in", other),
        };
        match self.language {
            Language::En => format!("For each {} of {list}", words::plain(each)),
            Language::Es => format!("Por cada {} de {list}", words::plain(each)),
        }
    }

    fn set(&self, data: &Value) -> String {
        let said = match data.as_object() {
            Some(map) => map
                .iter()
                .map(|(key, value)| format!("{} = {}", self.label(key), self.value(key, value)))
                .collect::<Vec<_>>()
                .join(", "),
            None => self.value("set", data),
        };
        format!("{} {said}", self.say("Remember:", "Recordar:"))
    }

    fn emit(&self, event: &Value) -> String {
        let name = event.pointer("/event/with/type").and_then(Value::as_str).unwrap_or("event");
        format!("{} “{name}”", self.say("Announce the event", "Anunciar el evento"))
    }

    fn raise(&self, error: &Value) -> String {
        let error = error.get("error").unwrap_or(error);
        let text = |field: &str| error.get(field).and_then(Value::as_str);
        let name = error.as_str().or_else(|| text("title")).or_else(|| text("detail")).or_else(|| text("type"));
        format!("{} “{}”", self.say("Stop with the error", "Detener con el error"), name.unwrap_or("error"))
    }

    fn process(&self, process: &Value) -> String {
        let kind =
            process.as_object().and_then(|map| map.keys().find(|key| *key != "await")).map_or("", String::as_str);
        match kind {
            "workflow" => {
                let name = process.pointer("/workflow/name").and_then(Value::as_str).unwrap_or("workflow");
                format!("{} “{name}”", self.say("Run the workflow", "Ejecutar el flujo"))
            }
            "container" => self.say("Run a container", "Ejecutar un contenedor").to_owned(),
            "script" => self.say("Run a script", "Ejecutar un script").to_owned(),
            "shell" => self.say("Run a shell command", "Ejecutar un comando").to_owned(),
            _ => self.say("Run a process", "Ejecutar un proceso").to_owned(),
        }
    }
}

/// The single `listen` of an await block.
pub(super) fn awaited_inside<'a>(kind: &TaskKind<'a>) -> Option<(Task<'a>, Listen<'a>)> {
    let TaskKind::Try { body, catch } = kind else { return None };
    let only = body.iter().next().filter(|_| body.len() == 1)?;
    let timeout = catch.raw.pointer("/errors/with/type").and_then(Value::as_str) == Some(TIMEOUT_ERROR);
    match only.kind() {
        TaskKind::Listen(listen) if timeout && only.condition().is_none() => Some((only, listen)),
        _ => None,
    }
}

/// How many items a list written in an expression has: `[range(1; 6)]`, `[1, 2]`.
fn times(items: &[Expr]) -> Option<usize> {
    if let [Expr::Call(name, arguments)] = items
        && name == "range"
    {
        let numbers: Option<Vec<usize>> = arguments
            .iter()
            .map(|argument| match argument {
                Expr::Number(number) => number.parse().ok(),
                _ => None,
            })
            .collect();
        return match numbers?.as_slice() {
            [to] => Some(*to),
            [from, to] => to.checked_sub(*from),
            _ => None,
        };
    }
    items.iter().all(|item| matches!(item, Expr::Number(_))).then_some(items.len())
}
