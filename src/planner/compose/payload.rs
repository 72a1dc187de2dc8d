//! Where values come from at run time: paths into the trigger, the loop item, earlier results.

use super::Composer;
use crate::workflow::fields::FieldType;

impl Composer<'_, '_> {
    /// The jq path (without `${ }`) of a field of the record at hand, else of the trigger.
    #[must_use]
    pub fn path(&self, field: &str) -> Option<String> {
        for item in self.loops.iter().rev().filter(|l| !l.entity.is_empty()) {
            let fields = &self.parser.catalog.entity(&item.entity)?.fields;
            if field == format!("{}_id", item.entity) || field == short_id(&item.entity) {
                return Some(format!("${}.id", item.each));
            }
            if fields.get(field).is_some() {
                return Some(format!("${}.{field}", item.each));
            }
        }
        if let Some(item) = self.loops.last().filter(|l| l.entity.is_empty()) {
            let list = self.event?.data.iter().find_map(|(_, f)| {
                f.items.as_ref().filter(|i| f.ty == FieldType::Array && i.fields.get(field).is_some())
            });
            if list.is_some() && item.each != "attempt" {
                return Some(format!("${}.{field}", item.each));
            }
            if field == "stock" && item.each == "stock_number" {
                return Some("$stock_number".to_owned());
            }
        }
        self.event?.data.get(field)?;
        Some(format!("$workflow.input[0].data.{field}"))
    }

    /// The same as a whole-string expression.
    #[must_use]
    pub fn expression(&self, field: &str) -> Option<String> {
        self.path(field).map(|path| format!("${{ {path} }}"))
    }

    /// Whether a customer is at hand.
    #[must_use]
    pub fn has_customer(&self) -> bool {
        self.path("customer_id").is_some()
    }

    /// The field that names the main record of the trigger, and its entity.
    #[must_use]
    pub fn main_record(&self) -> Option<(String, String)> {
        if let Some(item) = self.loops.iter().rev().find(|l| !l.entity.is_empty()) {
            return Some((item.entity.clone(), format!("${{ ${}.id }}", item.each)));
        }
        let event = self.event?;
        let family = event.name.split('.').next()?;
        let wanted = match family {
            "tradein" | "equity" | "lease" | "warranty" | "service" | "customer" => "customer",
            "call" => "call",
            "part" => "part_order",
            "privacy" => "privacy_request",
            "security" => "incident",
            "inventory" => "vehicle",
            "document" => "deal",
            other => other,
        };
        let (field, _) =
            event.data.iter().find(|(_, f)| f.ty == FieldType::Id && !f.nullable && f.of.as_deref() == Some(wanted))?;
        Some((wanted.to_owned(), format!("${{ $workflow.input[0].data.{field} }}")))
    }

    /// `{field}` in a lexicon value → the run-time value; other values as they are.
    #[must_use]
    pub fn fill(&self, value: &serde_json::Value) -> Option<serde_json::Value> {
        let Some(text) = value.as_str() else { return Some(value.clone()) };
        let Some(field) = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')) else { return Some(value.clone()) };
        if field == "id" {
            return self.main_record().map(|(_, expression)| serde_json::Value::String(expression));
        }
        self.expression(field).map(serde_json::Value::String)
    }
}

fn short_id(entity: &str) -> &'static str {
    match entity {
        "repair_order" => "ro_id",
        "part_order" => "part_order_id",
        _ => "",
    }
}
