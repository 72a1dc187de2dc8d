//! The trade's words: `knowledge/lexicon/*.yaml`, embedded and compiled once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::entries::{
    ActionWords, AudienceWords, CheckWords, EventWords, PersonWords, Policy, PowerWords, Speech, ValueWords,
    WarningRule, Wording,
};
use super::normalise::Token;
use super::pattern::{Found, Pattern};
use super::stem::stem;

#[derive(rust_embed::RustEmbed)]
#[folder = "knowledge/lexicon"]
struct Files;

/// Everything.
#[derive(Debug, Default)]
pub struct Lexicon {
    /// Everyday writing.
    pub speech: Speech,
    /// Events by name; several entries may name the same event.
    pub events: Vec<(String, EventWords)>,
    /// Action frames.
    pub actions: Vec<ActionWords>,
    /// People.
    pub people: Vec<PersonWords>,
    /// Records.
    pub audiences: Vec<AudienceWords>,
    /// Values of fields.
    pub values: Vec<ValueWords>,
    /// Named groups of patterns: `silence`, `question`, `undo` …
    pub intents: BTreeMap<String, Vec<Pattern>>,
    /// Conditions that are looked up.
    pub checks: Vec<CheckWords>,
    /// What is not drafted.
    pub policies: Vec<Policy>,
    /// What is warned about.
    pub warnings: Vec<WarningRule>,
    /// Messages.
    pub wordings: Vec<Wording>,
    /// What words may ask of a draft.
    pub powers: PowerWords,
    /// What the assistant says, by key and language.
    pub phrases: BTreeMap<String, BTreeMap<String, String>>,
    vocabulary: BTreeSet<String>,
    stems: BTreeSet<String>,
}

#[derive(Deserialize)]
struct EventEntry {
    event: String,
    #[serde(flatten)]
    words: EventWords,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    decline: Vec<Policy>,
    warnings: Vec<WarningRule>,
}

fn load<T: DeserializeOwned + Default>(name: &str, faults: &mut Vec<String>) -> T {
    let Some(file) = Files::get(name) else {
        faults.push(format!("{name}: missing"));
        return T::default();
    };
    let text = String::from_utf8_lossy(&file.data);
    serde_saphyr::from_str(&text).unwrap_or_else(|error| {
        faults.push(format!("{name}: {error}"));
        T::default()
    })
}

impl Lexicon {
    /// The embedded one.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static LEXICON: LazyLock<(Lexicon, Vec<String>)> = LazyLock::new(Lexicon::load);
        &LEXICON.0
    }

    /// Files that could not be read; a test keeps this empty.
    #[must_use]
    pub fn faults() -> Vec<String> {
        Self::load().1
    }

    fn load() -> (Self, Vec<String>) {
        let mut faults = Vec::new();
        let classes: BTreeMap<String, Vec<String>> = load::<BTreeMap<String, String>>("classes.yaml", &mut faults)
            .into_iter()
            .map(|(name, words)| (name, words.split_whitespace().map(str::to_owned).collect()))
            .collect();
        let mut builder = Builder { classes, words: BTreeSet::new(), speech: load("speech.yaml", &mut faults) };
        let mut lexicon = Self { speech: builder.speech.clone(), ..Self::default() };
        for entry in load::<Vec<EventEntry>>("events.yaml", &mut faults) {
            let mut words = entry.words;
            words.compiled = builder.all(&words.patterns);
            lexicon.events.push((entry.event, words));
        }
        lexicon.actions = load("actions.yaml", &mut faults);
        for frame in &mut lexicon.actions {
            frame.compiled = builder.all(&frame.patterns);
        }
        lexicon.people = load("people.yaml", &mut faults);
        for person in &mut lexicon.people {
            person.compiled = builder.all(&person.patterns);
        }
        lexicon.audiences = load("audiences.yaml", &mut faults);
        for audience in &mut lexicon.audiences {
            audience.compiled = builder.all(&audience.patterns);
        }
        type Values = BTreeMap<String, Vec<(Value, Vec<String>)>>;
        for (field, values) in load::<Values>("values.yaml", &mut faults) {
            for (value, patterns) in values {
                let compiled = builder.all(&patterns);
                lexicon.values.push(ValueWords { field: field.clone(), value, compiled });
            }
        }
        for (name, patterns) in load::<BTreeMap<String, Vec<String>>>("intents.yaml", &mut faults) {
            lexicon.intents.insert(name, builder.all(&patterns));
        }
        lexicon.checks = load("checks.yaml", &mut faults);
        for check in &mut lexicon.checks {
            check.compiled = builder.all(&check.patterns);
        }
        let policy: PolicyFile = load("policy.yaml", &mut faults);
        (lexicon.policies, lexicon.warnings) = (policy.decline, policy.warnings);
        for policy in &mut lexicon.policies {
            policy.compiled = policy.all.iter().map(|group| builder.all(group)).collect();
            policy.compiled_none = builder.all(&policy.none);
        }
        for rule in &mut lexicon.warnings {
            rule.compiled = builder.all(&rule.patterns);
        }
        lexicon.wordings = load("texts.yaml", &mut faults);
        for wording in &mut lexicon.wordings {
            wording.compiled = builder.all(&wording.patterns);
        }
        lexicon.powers = load("powers.yaml", &mut faults);
        lexicon.phrases = load("phrases.yaml", &mut faults);
        lexicon.index(builder);
        (lexicon, faults)
    }

    fn index(&mut self, builder: Builder) {
        let mut words = builder.words;
        for list in builder.classes.values() {
            words.extend(list.iter().flat_map(|w| w.split('_')).map(str::to_owned));
        }
        words.extend(self.speech.known.split_whitespace().map(str::to_owned));
        words.extend(self.speech.units.keys().chain(self.speech.weekdays.keys()).cloned());
        words.extend(self.speech.numbers.keys().chain(self.speech.ordinals.keys()).cloned());
        words.extend(self.speech.fillers.iter().chain(&self.speech.spanish).cloned());
        words.extend(self.speech.expand.values().flat_map(|v| v.split(' ')).map(str::to_owned));
        self.stems = words.iter().map(|w| stem(w)).collect();
        self.vocabulary = words;
    }

    /// Whether the word (or another form of it) is in the lexicon.
    #[must_use]
    pub fn knows(&self, word: &str) -> bool {
        self.vocabulary.contains(word) || self.stems.contains(&stem(word))
    }

    /// Words a typo may have meant.
    pub fn vocabulary(&self) -> impl Iterator<Item = &str> {
        self.vocabulary.iter().map(String::as_str)
    }

    /// Whether the word may stand between two words of a pattern.
    #[must_use]
    pub fn is_filler(&self, word: &str) -> bool {
        self.speech.fillers.contains(word)
    }

    /// The best find of a group of patterns in `from..to`: the most specific, then the first.
    #[must_use]
    pub fn best(&self, patterns: &[Pattern], tokens: &[Token], from: usize, to: usize) -> Option<Found> {
        let fillers = |word: &str| self.is_filler(word);
        patterns
            .iter()
            .flat_map(|pattern| pattern.find_all(tokens, from, to, &fillers))
            .max_by_key(|f| (f.weight, std::cmp::Reverse(f.from), std::cmp::Reverse(f.to)))
    }

    /// Every find of a group of patterns in `from..to`.
    #[must_use]
    pub fn all(&self, patterns: &[Pattern], tokens: &[Token], from: usize, to: usize) -> Vec<Found> {
        let fillers = |word: &str| self.is_filler(word);
        patterns.iter().flat_map(|pattern| pattern.find_all(tokens, from, to, &fillers)).collect()
    }

    /// The best find of a named group of `intents.yaml`.
    #[must_use]
    pub fn intent(&self, name: &str, tokens: &[Token], from: usize, to: usize) -> Option<Found> {
        self.best(self.intents.get(name)?, tokens, from, to)
    }

    /// The policy that a message falls under, if any.
    #[must_use]
    pub fn policy(&self, tokens: &[Token]) -> Option<&Policy> {
        let whole = |pattern: &[Pattern]| self.best(pattern, tokens, 0, tokens.len()).is_some();
        self.policies.iter().find(|p| p.compiled.iter().all(|g| whole(g)) && !whole(&p.compiled_none))
    }

    /// What the assistant says under this key.
    #[must_use]
    pub fn phrase(&self, key: &str, language: &str) -> &str {
        let Some(entry) = self.phrases.get(key) else { return "" };
        entry.get(language).or_else(|| entry.get("en")).map_or("", String::as_str)
    }
}

struct Builder {
    classes: BTreeMap<String, Vec<String>>,
    words: BTreeSet<String>,
    speech: Speech,
}

impl Builder {
    fn all(&mut self, patterns: &[String]) -> Vec<Pattern> {
        for pattern in patterns {
            self.words.extend(Pattern::words_of(pattern).map(str::to_owned));
        }
        patterns.iter().map(|pattern| Pattern::compile(pattern, &self.classes, &self.speech)).collect()
    }
}
