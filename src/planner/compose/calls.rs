//! One act → one `call` with its inputs, each with its source.

use serde_json::{Map, Value, json};

use super::Composer;
use super::wording::Written;
use crate::planner::parse::{Act, Limit, Moment, Trigger};
use crate::planner::slots::clock::Clock;
use crate::workflow::RiskClass;
use crate::workflow::catalog::Action;
use crate::workflow::fields::{Field, FieldType};

impl Composer<'_, '_> {
    /// The call of an act; `pointer` is the task's.
    pub fn call(&mut self, act: &Act, pointer: &str) -> Map<String, Value> {
        let mut task = Map::new();
        task.insert("call".to_owned(), json!(act.action));
        let Some(action) = self.parser.catalog.action(&act.action) else { return task };
        let written = self.written(act);
        let mut with = Map::new();
        for (name, field) in action.inputs.iter() {
            if let Some(value) = self.input(act, action, name, field, &written, &format!("{pointer}/with/{name}")) {
                with.insert(name.to_owned(), value);
            }
        }
        self.one_of(action, &mut with);
        if self.scheduled && action.risk != RiskClass::ReadOnly {
            with.insert("once".to_owned(), self.once(act));
            self.source(&format!("{pointer}/with/once/key"), "default", "not twice for the same record");
            self.source(&format!("{pointer}/with/once/within"), "default", "not twice for the same record");
        }
        if action.risk >= RiskClass::CustomerFacing {
            self.texted = true;
        }
        task.insert("with".to_owned(), Value::Object(with));
        task
    }

    #[expect(clippy::too_many_arguments, reason = "one input is looked at from all sides")]
    fn input(
        &mut self,
        act: &Act,
        action: &Action,
        name: &str,
        field: &Field,
        written: &Written,
        at: &str,
    ) -> Option<Value> {
        if let Some(value) = act.with.get(name) {
            let filled = match (action.name.as_str(), name) {
                ("log_compliance_event", "kind") => self.log_kind(value),
                _ => self.fill(value)?,
            };
            match act.said.iter().find(|(n, _)| n == name) {
                Some((_, said)) => self.stated(at, *said),
                None => self.source(at, "inferred", "goes with the words of the request"),
            }
            return Some(filled);
        }
        match name {
            "once" => None,
            "approve_lines" | "decline_lines" if action.name == "update_repair_order" => {
                let value = self.lines(name.trim_end_matches("_lines"))?;
                self.source(at, "inferred", "what the customer answered");
                Some(value)
            }
            "to" if action.name == "notify_user" => Some(self.recipient(act, at)),
            "assignee" if action.name == "create_task" => Some(self.recipient(act, at)),
            "assignee" if action.name == "assign_lead" => act.to.is_some().then(|| self.recipient(act, at)),
            "strategy" if act.to.is_none() => {
                self.source(at, "default", "turns, because no rule was named");
                Some(json!("round_robin"))
            }
            "pool" if act.to.as_ref().is_none_or(|(to, _)| to.starts_with("team:")) => {
                self.source(at, "default", "the internet sales team");
                Some(json!("internet_sales"))
            }
            "only_on_shift" if act.with.get("strategy") == Some(&json!("on_shift")) => {
                self.source(at, "inferred", "only people who are in");
                Some(json!(true))
            }
            "approver" | "caller" => Some(self.recipient(act, at)),
            "purpose" => Some(self.purpose(act, at)),
            "body" | "message" | "title" | "text" | "note" | "details" | "instruction"
                if field.required || name == "details" && action.name == "log_compliance_event" =>
            {
                Some(json!(written.text))
            }
            "subject" => Some(json!(if written.subject.is_empty() { &written.text } else { &written.subject })),
            "urgency" if act.urgent || self.situation == "silence" && action.name == "notify_user" => {
                self.source(at, "inferred", "it escalates");
                Some(json!("high"))
            }
            "priority" if act.urgent => {
                self.source(at, "inferred", "it is urgent");
                Some(json!("high"))
            }
            "due_in" => self.due(act, at, false),
            "due_at" => self.due(act, at, true),
            "related_to" => {
                let (entity, id) = self.main_record()?;
                Some(json!({ "entity": entity, "id": id }))
            }
            "expires_in" if action.name == "request_approval" => {
                self.source(at, "default", "one day to answer");
                Some(json!("P1D"))
            }
            "language" if act.spanish || self.spanish_trigger() => {
                self.source(at, "inferred", "the customer's language is Spanish");
                Some(json!("es"))
            }
            "language" if self.language == "es" && matches!(action.name.as_str(), "send_sms" | "send_email") => {
                self.source(at, "inferred", "the request is in Spanish");
                Some(json!("es"))
            }
            _ if field.required || action.one_of.iter().any(|g| g.iter().any(|n| n == name)) => {
                self.required(action, name, field, at)
            }
            _ => None,
        }
    }

    /// What a log entry is about, by what started it.
    fn log_kind(&self, said: &Value) -> Value {
        match self.event.map(|e| e.name.as_str()) {
            Some("credit_app.decisioned") => json!("adverse_action"),
            Some("privacy.request_received") => json!("privacy_request"),
            Some("security.incident_reported") => json!("incident"),
            Some("payment.received") => json!("form_8300"),
            Some("recall.published") => json!("recall"),
            Some("customer.opted_out" | "customer.consent_granted") => json!("consent"),
            Some(name) if name.starts_with("employee.") => json!("safeguards"),
            _ => said.clone(),
        }
    }

    /// The lines of an estimate the customer said yes or no to.
    fn lines(&self, intent: &str) -> Option<Value> {
        let answered = self.kept.contains("answer") && self.path("lines").is_some();
        answered.then(|| {
            json!(format!(
                "${{ if $context.answer.intent == \"{intent}\" then [$workflow.input[0].data.lines[].op] else [] end }}"
            ))
        })
    }

    /// Exactly one input of each group: what was said wins over what the trigger offers.
    fn one_of(&self, action: &Action, with: &mut Map<String, Value>) {
        for group in &action.one_of {
            let present: Vec<&String> = group.iter().filter(|n| with.contains_key(*n)).collect();
            if let Some((_, extra)) = present.split_first() {
                for name in extra.iter().map(|n| (*n).clone()).collect::<Vec<_>>() {
                    with.shift_remove(&name);
                }
            }
        }
        if with.contains_key("assignee") && action.name == "assign_lead" {
            with.shift_remove("strategy");
            with.shift_remove("pool");
        }
    }

    fn required(&mut self, action: &Action, name: &str, field: &Field, at: &str) -> Option<Value> {
        if let Some(expression) = self.expression(name) {
            self.source(at, "inferred", "from the trigger");
            return Some(json!(expression));
        }
        let value = match (action.name.as_str(), name) {
            ("add_note" | "log_compliance_event", "entity") => json!(self.main_record()?.0),
            ("add_note" | "log_compliance_event", "id") => json!(self.main_record()?.1),
            ("update_user_access", "user_id") => json!(self.expression("employee_id")?),
            ("find_open_slots", "from") => json!("${ next_time(\"09:00\") }"),
            ("find_open_slots", "to") => json!("${ next_time(\"09:00\") | shift(\"P7D\") }"),
            ("find_open_slots" | "create_appointment", "kind") => {
                let department = self.event.map(|e| e.department.to_lowercase()).unwrap_or_default();
                json!(if department.contains("service") { "service" } else { "test_drive" })
            }
            ("create_appointment", "starts_at") => json!("${ $context.slots.slots[0].starts_at }"),
            ("send_payment_link", "reason") => json!("Open balance"),
            ("set_consent", "method") => json!("staff"),
            ("issue_credit" | "change_price", "reason") => json!("Asked for in the workflow"),
            ("generate_report", "period") => json!("today"),
            ("tag_customer", "add") => json!(["follow_up"]),
            ("classify_text", "text") => json!(self.expression("text").or_else(|| self.expression("comments"))?),
            ("send_document", "document_type") => json!("document_request"),
            _ => match field.ty {
                FieldType::Enum => field.values.first()?.clone(),
                FieldType::Boolean => json!(true),
                FieldType::String | FieldType::Int | FieldType::Number | FieldType::Id | FieldType::Array => {
                    if field.required {
                        self.missing.push(if name.contains("amount") || name.contains("cost") {
                            "threshold"
                        } else {
                            "reference"
                        });
                        self.source(at, "missing", "not said");
                    }
                    return None;
                }
                FieldType::Date
                | FieldType::DateTime
                | FieldType::Duration
                | FieldType::Object
                | FieldType::Recipient
                | FieldType::Filter => {
                    return None;
                }
            },
        };
        self.source(at, "default", "not said");
        Some(value)
    }

    /// A recipient as the definition writes it.
    pub(super) fn recipient(&mut self, act: &Act, at: &str) -> Value {
        let (who, said) = act.to.clone().unwrap_or_else(|| (self.default_recipient(act), None));
        self.said_or_default(at, said, "who was not said");
        let named = |field: &str| self.path(field).map(|p| format!("${{ \"user:\" + {p} }}"));
        let nullable = |field: &str| self.fields().and_then(|f| f.get(field)).is_some_and(|f| f.nullable);
        let value = match who.as_str() {
            "record_owner" => ["owner_id", "advisor_id"]
                .iter()
                .find(|f| **f == "owner_id" && !nullable(f) && self.path(f).is_some())
                .and_then(|f| named(f))
                .unwrap_or(who),
            "employee" => named("employee_id").unwrap_or_else(|| "record_owner".to_owned()),
            "manager_of" => ["assignee_id", "employee_id", "salesperson_id"]
                .iter()
                .find(|f| !nullable(f) && self.path(f).is_some())
                .and_then(|f| self.path(f))
                .map_or_else(|| "manager_of:record_owner".to_owned(), |p| format!("${{ \"manager_of:\" + {p} }}")),
            _ => who,
        };
        json!(value)
    }

    fn default_recipient(&self, act: &Act) -> String {
        if act.action == "request_approval" {
            return "requester".to_owned();
        }
        if self.event.is_some_and(|e| e.name.starts_with("employee.")) && act.action == "create_task" {
            return "employee".to_owned();
        }
        "record_owner".to_owned()
    }

    pub(super) fn purpose(&mut self, act: &Act, at: &str) -> Value {
        let entity = self.loops.last().map(|l| l.entity.as_str());
        let offer = self.parser.intent("offer", act.span.from, act.span.to).is_some();
        let purpose = match (offer, entity, self.trigger) {
            (true, ..) => "marketing",
            (
                _,
                Some("repair_order" | "appointment" | "account" | "part_order"),
                Trigger::Time { .. } | Trigger::Unknown,
            ) => "transactional",
            (_, Some("lead" | "customer"), _) => "marketing",
            (.., Trigger::Event { purpose: Some(purpose), conditions, .. }) => {
                let sales = conditions
                    .iter()
                    .any(|c| c.field == "kind" && (c.jq.contains("sales") || c.jq.contains("test_drive")));
                if sales && self.event.is_some_and(|e| e.name == "appointment.no_show") {
                    "informational"
                } else {
                    purpose
                }
            }
            _ => "informational",
        };
        self.source(at, "inferred", "from what the message is about");
        json!(purpose)
    }

    fn spanish_trigger(&self) -> bool {
        matches!(self.trigger, Trigger::Event { conditions, .. } if conditions.iter().any(|c| c.field == "language" && c.jq.contains("\"es\"")))
    }

    fn due(&mut self, act: &Act, at: &str, moment: bool) -> Option<Value> {
        let limit: Limit = act.due.clone()?;
        let is_moment = !matches!(limit.moment, Moment::After(_) | Moment::Since(_));
        if moment != is_moment {
            return None;
        }
        self.said_or_default(at, limit.said, "");
        match &limit.moment {
            Moment::After(_) | Moment::Since(_) => Some(json!(self.moment(&limit))),
            Moment::NextTime(Clock { .. }) | Moment::NextOpen(_) | Moment::Field { .. } => {
                Some(json!(format!("${{ {} }}", self.instant(&limit.moment)?)))
            }
        }
    }

    fn once(&self, act: &Act) -> Value {
        let verb = act.action.split('_').next_back().unwrap_or("step");
        match self.loops.last() {
            Some(item) => {
                json!({ "key": format!("{}-{}:{{{{{}.id}}}}", act.name.replace('_', "-"), verb, item.each), "within": "P1D" })
            }
            None => {
                let to = act.to.as_ref().map(|(to, _)| to.replace([':', '_'], "-")).unwrap_or_default();
                json!({ "key": format!("{}-{}", act.name.replace('_', "-"), to).trim_end_matches('-'), "within": "PT20H" })
            }
        }
    }
}
