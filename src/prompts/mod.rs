//! What we tell a model: templates in `/prompts`, one context struct each. A name that is not in the struct is an
//! error, not an empty string.
//!
//! Every template has a version in its front matter. A changed text is a new version: `prompts/versions.txt` holds the
//! digest of every version there was, and a test compares. Which versions a message was written under is stored with it,
//! so that an eval run can say which was better; without one, a new version is only newer.

mod contexts;

use minijinja::{Environment, UndefinedBehavior};

pub use contexts::{
    AskingPrompt, Caps, ClosingPrompt, Code, ContactLawPrompt, Context, CribPrompt, DraftPrompt, DraftText, Hours,
    MaterialPrompt, MaterialText, MergeRoot, NarratingPrompt, RolePrompt, StateHours, ToolsPrompt,
};

/// A definition that shows the model what one looks like; part of `crib`.
pub const EXAMPLE: &str = include_str!("../../prompts/example.json");

/// A template cannot be read or filled.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// No front matter with a `version`.
    #[error("prompt {0} has no version in its front matter")]
    NoVersion(&'static str),
    /// Not a template, or a name that its context does not have.
    #[error("a prompt cannot be rendered")]
    Template(#[from] minijinja::Error),
}

/// The templates, parsed once.
#[derive(Debug)]
pub struct Prompts {
    environment: Environment<'static>,
    label: String,
}

macro_rules! sources {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!("../../prompts/", $name, ".md.j2")))),+]
    };
}

/// Every template, in the order a request carries them.
const SOURCES: [(&str, &str); 9] =
    sources!["role", "tools", "crib", "contact_law", "asking", "narrating", "draft", "material", "closing"];

impl Prompts {
    /// Parses every template.
    ///
    /// # Errors
    /// [`PromptError`], naming the template.
    pub fn load() -> Result<Self, PromptError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let mut labels = Vec::new();
        for (name, source) in SOURCES {
            let (version, body) = front_matter(source).ok_or(PromptError::NoVersion(name))?;
            environment.add_template(name, body)?;
            labels.push(format!("{name}@{version}"));
        }
        Ok(Self { environment, label: labels.join(" ") })
    }

    /// Names and versions of all templates, as they are stored with a message: `role@1 tools@1 …`.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Fills the template of a context.
    ///
    /// # Errors
    /// [`PromptError::Template`].
    pub fn render<C: Context>(&self, context: &C) -> Result<String, PromptError> {
        let template = self.environment.get_template(C::TEMPLATE)?;
        Ok(template.render(minijinja::value::Serde(context))?.trim().to_owned())
    }
}

/// `---\nversion: n\n---\n` and the rest.
fn front_matter(source: &'static str) -> Option<(u32, &'static str)> {
    let (head, body) = source.strip_prefix("---\n")?.split_once("\n---\n")?;
    let version = head.lines().find_map(|line| line.strip_prefix("version:"))?.trim().parse().ok()?;
    Some((version, body))
}

#[cfg(test)]
#[path = "prompts_tests.rs"]
mod tests;
