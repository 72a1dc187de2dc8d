//! What each template may say: one struct each, filled by whoever knows.

use serde::Serialize;

/// Fills one template.
pub trait Context: Serialize {
    /// The template's name: its file in `/prompts` without the endings.
    const TEMPLATE: &'static str;
}

/// `role`: who the assistant is, and for whom.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct RolePrompt {
    /// Name of the dealer group.
    pub dealership: String,
    /// The author's name.
    pub author: String,
    /// Who they are at the dealership.
    pub job_roles: Vec<String>,
    /// Slugs of the author's stores.
    pub stores: Vec<String>,
}

/// `tools`: which tool when.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ToolsPrompt {
    /// Rounds in which a refused call may be repaired.
    pub repairs: u32,
}

/// `crib`: what a draft may use.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CribPrompt {
    /// Version of the DSL.
    pub dsl: String,
    /// `document.namespace` of the tenant's definitions.
    pub namespace: String,
    /// Slugs of the stores a draft may name.
    pub stores: Vec<String>,
    /// Job roles a recipient may name.
    pub roles: Vec<String>,
    /// Teams a recipient may name.
    pub teams: Vec<String>,
    /// Roots of merge fields.
    pub merge_roots: Vec<MergeRoot>,
    /// Families of actions in the catalog.
    pub families: Vec<String>,
    /// How many actions there are.
    pub actions: usize,
    /// How many trigger events there are.
    pub events: usize,
    /// A worked definition as JSON.
    pub example: String,
}

/// A root of merge fields and what lies below it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct MergeRoot {
    /// Its most used field, as it is written in a text.
    pub first: String,
    /// Names of its other fields.
    pub others: Vec<String>,
}

/// `contact_law`: the contact rules in brief, from the rules the engine reads.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ContactLawPrompt {
    /// When the rules were last reviewed, as a date.
    pub reviewed: String,
    /// Days for which a text answers an inquiry.
    pub inquiry_days: i64,
    /// Months of an established business relationship.
    pub business_relationship_months: u32,
    /// Permitted hours where no stricter rule holds.
    pub hours: Hours,
    /// States with stricter hours.
    pub stricter: Vec<StateHours>,
    /// How often one person may be contacted.
    pub caps: Caps,
    /// More people than this at once is a bulk audience.
    pub bulk_audience: i64,
    /// Approvers that bulk audiences and money need.
    pub two_person: i64,
    /// Codes of warnings.
    pub warnings: Vec<Code>,
}

/// Full hours of a day, local time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Hours {
    /// From.
    pub from: u32,
    /// To.
    pub to: u32,
}

/// The same for a state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct StateHours {
    /// Its two letters.
    pub state: String,
    /// From.
    pub from: u32,
    /// To.
    pub to: u32,
    /// From, on Sundays, where it differs.
    pub sunday: Option<u32>,
}

/// How often one person may be contacted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Caps {
    /// Marketing texts in seven days.
    pub per_7_days: usize,
    /// Marketing texts in thirty days.
    pub per_30_days: usize,
    /// Attempts on one subject.
    pub attempts: usize,
    /// The hours those are counted over.
    pub attempt_hours: i64,
}

/// A code and its meaning.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Code {
    /// Stable.
    pub code: String,
    /// What it stands for.
    pub meaning: String,
}

/// `asking`: when and what to ask.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct AskingPrompt {
    /// Codes of questions.
    pub questions: Vec<Code>,
}

/// `narrating`: what to say afterwards.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct NarratingPrompt {}

/// `draft`: the draft when a turn begins, apart from the rest so that the rest stays the same between turns.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct DraftPrompt {
    /// The draft, when there is one.
    pub draft: Option<DraftText>,
    /// Only tools that change nothing are on offer.
    pub reading: bool,
}

/// A draft in words and as it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct DraftText {
    /// Its title.
    pub title: String,
    /// Its revision.
    pub revision: i64,
    /// `open`, `submitted` …
    pub status: String,
    /// What it does, line by line.
    pub readback: Vec<String>,
    /// Pointers of what the author still has to say.
    pub missing: Vec<String>,
    /// What the validator finds.
    pub problems: Vec<String>,
    /// The definition as JSON text.
    pub definition: String,
}

/// `material`: text of others that came in beside the messages, marked as what it is. The boundary does not rest on this.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct MaterialPrompt {
    /// The texts, newest first.
    pub texts: Vec<MaterialText>,
}

/// One such text.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct MaterialText {
    /// Where it came from: `page`, `comment` …
    pub origin: String,
    /// What it is called.
    pub label: String,
    /// What it says, as a JSON string.
    pub text: String,
}

/// `closing`: the last word when no tools are on offer any more.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ClosingPrompt {}

impl Context for RolePrompt {
    const TEMPLATE: &'static str = "role";
}
impl Context for ToolsPrompt {
    const TEMPLATE: &'static str = "tools";
}
impl Context for CribPrompt {
    const TEMPLATE: &'static str = "crib";
}
impl Context for ContactLawPrompt {
    const TEMPLATE: &'static str = "contact_law";
}
impl Context for AskingPrompt {
    const TEMPLATE: &'static str = "asking";
}
impl Context for NarratingPrompt {
    const TEMPLATE: &'static str = "narrating";
}
impl Context for DraftPrompt {
    const TEMPLATE: &'static str = "draft";
}
impl Context for MaterialPrompt {
    const TEMPLATE: &'static str = "material";
}
impl Context for ClosingPrompt {
    const TEMPLATE: &'static str = "closing";
}
