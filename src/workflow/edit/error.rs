//! Why an edit is refused, in words a model or a person can act on.

use serde::Serialize;

/// An operation that cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error, utoipa::ToSchema)]
#[error("operation {index}: {message}")]
pub struct EditError {
    /// Which operation of the list, from 0.
    pub index: usize,
    /// Stable code, such as `edit.unknown_task`.
    #[schema(value_type = String)]
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do instead.
    pub hint: String,
}

/// An [`EditError`] that does not know its index yet.
#[derive(Debug)]
pub(super) struct Refusal {
    code: &'static str,
    message: String,
    hint: String,
}

impl Refusal {
    pub(super) fn at(self, index: usize) -> EditError {
        EditError { index, code: self.code, message: self.message, hint: self.hint }
    }

    fn new(code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: hint.into() }
    }

    pub(super) fn unknown_task(target: &str, nearest: Option<&str>, names: &[&str]) -> Self {
        let hint = match nearest {
            Some(name) => format!("did you mean `{name}`?"),
            None if names.is_empty() => "the definition has no tasks; use add_task".to_owned(),
            None => format!("the tasks are: {}", names.join(", ")),
        };
        Self::new("edit.unknown_task", format!("there is no task `{target}`"), hint)
    }

    pub(super) fn ambiguous_task(target: &str, pointers: &[String]) -> Self {
        let hint = format!("name it by its pointer: {}", pointers.join(" or "));
        Self::new("edit.ambiguous_task", format!("more than one task is called `{target}`"), hint)
    }

    pub(super) fn name_taken(name: &str, pointer: &str) -> Self {
        Self::new(
            "edit.name_taken",
            format!("a task called `{name}` already stands at {pointer}"),
            "choose a name that no other task of the document has, or use replace_task",
        )
    }

    pub(super) fn bad_name(name: &str) -> Self {
        Self::new(
            "edit.bad_name",
            format!("`{name}` cannot be the name of a task"),
            "use lowerCamelCase letters and digits, at most 64, and not `continue`, `exit` or `end`",
        )
    }

    pub(super) fn bad_pointer(pointer: &str, reason: &str, hint: impl Into<String>) -> Self {
        Self::new("edit.bad_pointer", format!("`{pointer}`: {reason}"), hint)
    }

    pub(super) fn bad_list(list: &str) -> Self {
        Self::new(
            "edit.bad_list",
            format!("`{list}` is not a list of tasks"),
            "name a `do`, `try` or `fork/branches` list, such as /do or awaitReply/catch/do",
        )
    }

    pub(super) fn bad_place(reason: String, hint: impl Into<String>) -> Self {
        Self::new("edit.bad_place", reason, hint)
    }

    pub(super) fn bad_task(name: &str, reason: &str) -> Self {
        Self::new(
            "edit.bad_task",
            format!("the body of `{name}` {reason}"),
            "give an object such as {\"call\": \"notify_user\", \"with\": {\"to\": \"record_owner\", \"message\": \"…\"}}",
        )
    }

    pub(super) fn bad_trigger(reason: &str) -> Self {
        Self::new(
            "edit.bad_trigger",
            format!("the trigger {reason}"),
            "give {\"on\": {\"one\": {\"with\": {\"type\": \"lead.created\"}}}}, {\"cron\": \"0 9 * * 1\"} or {\"every\": \"PT1H\"}",
        )
    }

    pub(super) fn bad_header(field: &str, reason: &str) -> Self {
        Self::new(
            "edit.bad_header",
            format!("the header field `{field}` {reason}"),
            "fields are title, summary, name, version, namespace, tags and metadata, or one of theirs such as metadata.stores",
        )
    }

    pub(super) fn bad_text(message: String) -> Self {
        Self::new("edit.bad_text", message, "write the text without it")
    }

    pub(super) fn too_many(count: usize) -> Self {
        Self::new(
            "edit.too_many",
            format!("{count} operations in one list; at most {} are accepted", super::MAX_OPERATIONS),
            "split the list, or write the workflow anew",
        )
    }

    pub(super) fn too_large(message: String) -> Self {
        Self::new("edit.too_large", message, "make the definition smaller, or split it into two workflows")
    }
}
