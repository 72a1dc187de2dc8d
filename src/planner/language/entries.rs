//! What the files of the lexicon hold: one type an entry.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::pattern::Pattern;

/// Words of everyday writing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Speech {
    /// Contractions, abbreviations, slang → written out.
    pub expand: BTreeMap<String, String>,
    /// Number words.
    pub numbers: BTreeMap<String, f64>,
    /// `first`, `2nd` … → 1, 2; 5 is also `last`.
    pub ordinals: BTreeMap<String, u32>,
    /// Words → `minute`, `hour`, `day`, `week`, `month`, `year`.
    pub units: BTreeMap<String, String>,
    /// Words → 0 (Sunday) to 6.
    pub weekdays: BTreeMap<String, u32>,
    /// Words that may stand between two words of a pattern.
    pub fillers: BTreeSet<String>,
    /// Words that are right as they are.
    pub known: String,
    /// Words that tell Spanish from English.
    pub spanish: BTreeSet<String>,
}

/// What the author's own words may ask of a draft, besides what the planner makes of them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PowerWords {
    /// Frames → actions that carry them out too.
    pub carries_out: BTreeMap<String, BTreeSet<String>>,
    /// Steps that only hold back or write down.
    pub holds_back: BTreeSet<String>,
    /// Steps that always need the author's own word, besides those that move money.
    pub weighty: BTreeSet<String>,
    /// Ways to reach somebody; one stands for the others.
    pub reaching: BTreeSet<String>,
    /// Groups of intents that take something out.
    pub taking: BTreeSet<String>,
    /// Groups of intents that change something.
    pub changing: BTreeSet<String>,
    /// Groups of intents that take the last change back.
    pub undoing: BTreeSet<String>,
    /// Words that move a time without a number.
    pub comparing: Vec<String>,
    /// Words that move a time only beside a word for time.
    pub moving: Vec<String>,
    /// Words for time.
    pub timing: Vec<String>,
    /// Words for how something is written.
    pub wording: Vec<String>,
    /// Words by which something comes again and again.
    pub again: Vec<String>,
    /// Words for where a workflow runs.
    pub places: Vec<String>,
    /// Words for all of a kind.
    pub universal: Vec<String>,
    /// Words by which authors want to be told something themselves.
    pub hearing: Vec<String>,
    /// Recipients → those they may mean as well.
    pub stands_for: BTreeMap<String, BTreeSet<String>>,
    /// Recipients → words that mean them besides their names.
    pub also_called: BTreeMap<String, Vec<String>>,
    /// Words for a manager, whichever.
    pub managers: Vec<String>,
    /// Words before a passage of somebody else's.
    pub reporting: BTreeSet<String>,
    /// First words of a yes.
    pub agreeing: BTreeSet<String>,
    /// Words that agree or choose when they stand almost alone.
    pub choosing: BTreeSet<String>,
    /// Words by which a reply agrees to nothing.
    pub refusing: BTreeSet<String>,
    /// Words right before a thing that deny it.
    pub denying: Vec<String>,
}

/// What an event sounds like.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EventWords {
    /// Patterns.
    pub patterns: Vec<String>,
    /// Conditions the words themselves imply, by field.
    #[serde(rename = "where")]
    pub filter: BTreeMap<String, Value>,
    /// The purpose of a message about it.
    pub purpose: Option<String>,
    /// Channel of a message when none is named.
    pub channel: Option<String>,
    /// Filter of the event when the words do not say otherwise.
    #[serde(skip)]
    pub compiled: Vec<Pattern>,
}

/// What an action sounds like.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ActionWords {
    /// A name for the frame; several frames may lead to the same action.
    pub frame: String,
    /// Action when a customer is addressed, or nobody.
    pub customer: Option<String>,
    /// Action when staff are addressed.
    pub staff: Option<String>,
    /// Inputs that go with the words.
    pub with: Map<String, Value>,
    /// Patterns.
    pub patterns: Vec<String>,
    /// Only for these events.
    pub events: Vec<String>,
    /// A verb that a person may be put before: "parts calls".
    pub human: bool,
    #[serde(skip)]
    /// Compiled patterns.
    pub compiled: Vec<Pattern>,
}

/// What a person, role or team is called.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PersonWords {
    /// The recipient (`role:gm`), or `customer`.
    pub recipient: String,
    /// Patterns.
    pub patterns: Vec<String>,
    #[serde(skip)]
    /// Compiled patterns.
    pub compiled: Vec<Pattern>,
}

/// A record people speak of.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AudienceWords {
    /// The entity searched.
    pub entity: String,
    /// The filter the words imply.
    pub filter: Map<String, Value>,
    /// A word for the name of the loop variable and of the report.
    pub name: String,
    /// Report that lists them.
    pub report: Option<String>,
    /// Field of the entity a length of time counts in (`days_in_stock`), else a date field.
    pub measure: Option<String>,
    /// Date field for "60 days ago".
    pub dated: Option<String>,
    /// Purpose of a message to them.
    pub purpose: Option<String>,
    /// Patterns.
    pub patterns: Vec<String>,
    #[serde(skip)]
    /// Compiled patterns.
    pub compiled: Vec<Pattern>,
}

/// A condition that is looked up in the records before the next step.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CheckWords {
    /// Patterns.
    pub patterns: Vec<String>,
    /// The entity searched.
    pub entity: String,
    /// The filter; `{customer_id}` is taken from the trigger.
    pub filter: Map<String, Value>,
    /// The step goes on when something is found (else: when nothing is).
    pub found: bool,
    #[serde(skip)]
    /// Compiled patterns.
    pub compiled: Vec<Pattern>,
}

/// How an unsafe or impossible wish is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyKind {
    /// Not something Auterity does.
    OutOfScope,
    /// Not done this way; a warning and an alternative.
    RefuseOrWarn,
}

/// A wish that is not drafted.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Kind of answer.
    pub kind: PolicyKind,
    /// All of these groups must be found (any pattern of a group).
    pub all: Vec<Vec<String>>,
    /// None of these may be found.
    #[serde(default)]
    pub none: Vec<String>,
    /// Warning codes.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Why, by language.
    pub reason: BTreeMap<String, String>,
    /// What to do instead, by language.
    #[serde(default)]
    pub instead: BTreeMap<String, String>,
    /// What to look up.
    #[serde(default)]
    pub lookup: Option<String>,
    #[serde(skip)]
    pub(super) compiled: Vec<Vec<Pattern>>,
    #[serde(skip)]
    pub(super) compiled_none: Vec<Pattern>,
}

/// A warning that goes with what a draft does.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WarningRule {
    /// The code.
    pub code: String,
    /// Any of these actions.
    pub actions: Vec<String>,
    /// Inputs the action must have.
    pub with: Map<String, Value>,
    /// Any of these trigger events.
    pub events: Vec<String>,
    /// Conditions in the trigger's filter (substring).
    pub filter: Option<String>,
    /// Inside a loop.
    pub looped: bool,
    /// Words of the request.
    pub patterns: Vec<String>,
    /// Said, by language.
    pub text: BTreeMap<String, String>,
    #[serde(skip)]
    /// Compiled patterns.
    pub compiled: Vec<Pattern>,
}

/// A message.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wording {
    /// Event names (exact or prefix with `*`); empty: any.
    pub events: Vec<String>,
    /// Which action writes it.
    pub action: String,
    /// Words in the request that call for it.
    pub patterns: Vec<String>,
    /// Subject by language (e-mail).
    pub subject: BTreeMap<String, String>,
    /// Body, title or message by language.
    pub text: BTreeMap<String, String>,
    #[serde(skip)]
    /// Compiled patterns.
    pub compiled: Vec<Pattern>,
}

/// Words of one value of a field.
#[derive(Debug, Clone)]
pub struct ValueWords {
    /// The field, such as `lead_type`.
    pub field: String,
    /// The value.
    pub value: Value,
    /// Patterns.
    pub compiled: Vec<Pattern>,
}
