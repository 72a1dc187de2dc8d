//! Whose passages count, and which of them. Pure; both engines translate the same conditions.

use crate::model::TenantId;

/// Field value of what applies everywhere: every department, every place.
pub const EVERYWHERE: &str = "all";
/// Field value of federal law, which applies in every state.
const FEDERAL: &str = "US";

/// Whose a passage is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owner {
    /// Everybody's: what ships.
    Shared,
    /// A dealer group's own.
    Tenant(TenantId),
}

impl Owner {
    /// How the index names it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Shared => "shared",
            Self::Tenant(tenant) => tenant.as_str(),
        }
    }
}

/// What a search is narrowed to. The owners are no choice of the searcher's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// The dealer group that asks: it finds its own passages and what ships. Without one, only what ships.
    pub tenant: Option<TenantId>,
    /// Only what this department needs, and what every department needs.
    pub department: Option<String>,
    /// Only what applies in this place (`US`, a state such as `CA`, `EU`): a state's own rules, federal ones, and what
    /// applies everywhere.
    pub jurisdiction: Option<String>,
    /// Only what is found in this language (`en`, `es`).
    pub language: Option<String>,
}

/// A field must hold one of these values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The field.
    pub field: &'static str,
    /// The values.
    pub any: Vec<String>,
}

impl Filter {
    /// The conditions, all of which must hold.
    #[must_use]
    pub fn conditions(&self) -> Vec<Condition> {
        let mut owners = vec![Owner::Shared.as_str().to_owned()];
        owners.extend(self.tenant.iter().map(|tenant| tenant.as_str().to_owned()));
        let mut all = vec![Condition { field: "owner", any: owners }];
        let mut narrow = |field, asked: &Option<String>, wider: &[&str]| {
            if let Some(asked) = asked {
                let mut any = vec![asked.clone()];
                any.extend(wider.iter().filter(|value| *value != asked).map(|value| (*value).to_owned()));
                all.push(Condition { field, any });
            }
        };
        narrow("departments", &self.department, &[EVERYWHERE]);
        let abroad = self.jurisdiction.as_deref() == Some("EU");
        narrow("jurisdictions", &self.jurisdiction, if abroad { &[EVERYWHERE] } else { &[FEDERAL, EVERYWHERE] });
        narrow("languages", &self.language, &[]);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(filter: &Filter, field: &str) -> Option<Vec<String>> {
        filter.conditions().into_iter().find(|condition| condition.field == field).map(|condition| condition.any)
    }

    #[test]
    fn nobody_finds_what_another_dealer_group_wrote() {
        let tenant = TenantId::generate();
        let filter = Filter { tenant: Some(tenant.clone()), ..Filter::default() };
        assert_eq!(values(&filter, "owner").unwrap(), ["shared", tenant.as_str()]);
        assert_eq!(values(&Filter::default(), "owner").unwrap(), ["shared"]);
    }

    #[test]
    fn a_state_is_under_federal_law_too_and_europe_is_not() {
        let place = |place: &str| {
            values(&Filter { jurisdiction: Some(place.into()), ..Filter::default() }, "jurisdictions").unwrap()
        };
        assert_eq!(place("CA"), ["CA", "US", "all"]);
        assert_eq!(place("US"), ["US", "all"]);
        assert_eq!(place("EU"), ["EU", "all"]);
        assert_eq!(values(&Filter::default(), "jurisdictions"), None);
    }
}
