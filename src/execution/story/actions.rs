//! What a call of a catalog action is called in a story: when it is done, and as a thing that is held, tried again or
//! refused.

use serde_json::Value;

use super::teller::{Teller, upper_first};
use crate::contact::Reason;
use crate::workflow::describe;
use crate::workflow::text::Language;

/// A call in words.
pub(super) struct Said {
    /// "Texted Dana".
    pub(super) done: String,
    /// "text to Dana".
    pub(super) thing: String,
}

impl Teller {
    /// A call in words.
    pub(super) fn action(&self, facts: &Value) -> Said {
        let input = &facts["input"];
        let text = |field: &str| input[field].as_str().unwrap_or_default().to_owned();
        let customer = || self.name(&input["customer_id"]).to_owned();
        let said = |en: (&str, &str), es: (&str, &str), who: String| {
            let (done, thing) = if self.language == Language::En { en } else { es };
            Said { done: done.replace("{}", &who), thing: thing.replace("{}", &who) }
        };
        match facts["action"].as_str().unwrap_or_default() {
            "send_sms" => said(("Texted {}", "text to {}"), ("SMS enviado a {}", "SMS a {}"), customer()),
            "send_email" => said(("E-mailed {}", "e-mail to {}"), ("Correo enviado a {}", "correo a {}"), customer()),
            "connect_call" => said(("Called {}", "call to {}"), ("Llamada a {}", "llamada a {}"), customer()),
            "notify_user" => {
                said(("Told {}", "message to {}"), ("Aviso a {}", "aviso a {}"), self.recipient(&text("to")))
            }
            "create_task" => said(
                ("Opened a task for {}", "task for {}"),
                ("Se abrió una tarea para {}", "tarea para {}"),
                format!("{}: {}", self.recipient(&text("assignee")), text("title")),
            ),
            "request_approval" => said(
                ("Asked {}", "question to {}"),
                ("Pregunta a {}", "pregunta a {}"),
                format!("{}: {}", self.recipient(&text("approver")), text("subject")),
            ),
            "check_consent" => said(
                ("Checked whether {} may be contacted", "check whether {} may be contacted"),
                ("Se revisó si se puede contactar a {}", "revisar si se puede contactar a {}"),
                customer(),
            ),
            "find_records" => said(
                ("Looked up {}", "look up {}"),
                ("Búsqueda de {}", "búsqueda de {}"),
                self.records(&text("entity")),
            ),
            "assign_lead" => said(
                ("Assigned the lead", "assign the lead"),
                ("Se asignó el prospecto", "asignar el prospecto"),
                String::new(),
            ),
            "" => match facts["emit"].as_str() {
                Some(event) => {
                    said(("Announced {}", "announce {}"), ("Se anunció {}", "anunciar {}"), event.to_owned())
                }
                None => said(("Did a step", "a step"), ("Se hizo un paso", "un paso"), String::new()),
            },
            other => {
                let plain = other.replace('_', " ");
                match describe::action_words(other, self.language).filter(|_| self.language == Language::Es) {
                    Some(label) => Said { done: label.to_owned(), thing: lower_first(label) },
                    None => Said { done: upper_first(&plain), thing: plain },
                }
            }
        }
    }

    /// What a held call is going to do: "text Dana".
    pub(super) fn plan(&self, facts: &Value) -> String {
        let who = self.name(&facts["input"]["customer_id"]);
        let (en, es) = match facts["action"].as_str().unwrap_or_default() {
            "send_sms" => ("text", "enviar un SMS a"),
            "send_email" => ("e-mail", "enviar un correo a"),
            "connect_call" => ("call", "llamar a"),
            _ => return self.action(facts).thing,
        };
        format!("{} {who}", self.say(en, es))
    }

    fn records(&self, entity: &str) -> String {
        match (self.language, describe::entity_words(entity, self.language)) {
            (Language::Es, Some(words)) => words.to_owned(),
            (Language::En | Language::Es, _) => format!("{} records", entity.replace('_', " ")),
        }
    }

    fn recipient(&self, to: &str) -> String {
        if let Some(name) = self.names.get(to) {
            return name.clone();
        }
        match to.split_once(':') {
            Some(("role", name)) => match describe::role_words(name, self.language) {
                Some(role) if self.language == Language::Es => format!("el puesto “{role}”"),
                _ => format!("the {}", name.replace('_', " ")),
            },
            Some(("team", name)) => format!("{} {}", self.say("the", "el equipo"), name.replace('_', " ")),
            Some(("user", id)) => self.names.get(id).cloned().unwrap_or_else(|| self.colleague()),
            Some(("manager_of", _)) => self.say("the manager", "el gerente").to_owned(),
            _ if to == "record_owner" => self.say("the owner", "el responsable").to_owned(),
            _ if to == "requester" => self.say("who asked for it", "quien la pidió").to_owned(),
            _ => self.colleague(),
        }
    }

    fn colleague(&self) -> String {
        self.say("a colleague", "un colega").to_owned()
    }

    /// Why something is held or refused; reasons of the contact rules have words of their own in Spanish.
    pub(super) fn reason(&self, code: &str) -> String {
        match (self.language, Reason::of(code)) {
            (Language::Es, Some(reason)) => reason.words("es").to_owned(),
            (Language::En | Language::Es, _) => code.replace('_', " "),
        }
    }
}

/// Whether the answer of a call says that it was not carried out.
pub(super) fn blocked(output: &Value) -> bool {
    output["status"] == "blocked"
}

/// How many records a search found.
pub(super) fn found(facts: &Value, output: &Value) -> Option<i64> {
    output["count"].as_i64().filter(|_| facts["action"] == "find_records")
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return String::new() };
    // abbreviations stay
    if chars.clone().next().is_some_and(char::is_uppercase) {
        return text.to_owned();
    }
    first.to_lowercase().chain(chars).collect()
}
