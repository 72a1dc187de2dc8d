//! Paths an expression reads.

/// Where a read starts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Source {
    /// `.`
    Input,
    /// `$name`, without `$`.
    Variable(String),
}

/// One step of a read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// `.name`
    Key(String),
    /// `[3]`
    Index(i64),
    /// `[]`, or an element of unknown place.
    Each,
}

/// A path the expression reads: `$workflow.input[0].data.lead_id`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Read {
    /// Where it starts.
    pub source: Source,
    /// Where it goes.
    pub steps: Vec<Step>,
}

impl Read {
    /// The keys behind `prefix` when the read starts there; `$workflow.input[0].data` is `[Key, Index(0), Key]`.
    #[must_use]
    pub fn after(&self, variable: &str, prefix: &[Step]) -> Option<&[Step]> {
        match &self.source {
            Source::Variable(name) if name == variable => self.steps.strip_prefix(prefix),
            Source::Variable(_) | Source::Input => None,
        }
    }
}

impl std::fmt::Display for Read {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.source {
            Source::Input if self.steps.is_empty() => f.write_str(".")?,
            Source::Input => {}
            Source::Variable(name) => write!(f, "${name}")?,
        }
        self.steps.iter().try_for_each(|step| match step {
            Step::Key(key) => write!(f, ".{key}"),
            Step::Index(at) => write!(f, "[{at}]"),
            Step::Each => f.write_str("[]"),
        })
    }
}
