//! What we tell a model: templates in `/prompts`, one context struct each. A name that is not in the struct is an
//! error, not an empty string.

use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

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

/// Everything the system prompt may say.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SystemPrompt {
    /// Name of the dealer group.
    pub dealership: String,
    /// `document.namespace` of its definitions.
    pub namespace: String,
    /// Slugs of the author's stores.
    pub stores: Vec<String>,
    /// The author's name.
    pub author: String,
    /// Who they are at the dealership.
    pub job_roles: Vec<String>,
}

/// What the model is told about the draft, apart from the rest so that the rest stays the same between turns.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct DraftPrompt {
    /// The definition as JSON text.
    pub draft: Option<String>,
    /// Its revision.
    pub revision: i64,
    /// Which tools are on offer: `all`, `reading` or `nothing`.
    pub offer: &'static str,
}

/// The templates, parsed once.
#[derive(Debug)]
pub struct Prompts {
    environment: Environment<'static>,
    versions: Vec<(&'static str, u32)>,
}

const SOURCES: [(&str, &str); 2] =
    [("system", include_str!("../../prompts/system.md.j2")), ("draft", include_str!("../../prompts/draft.md.j2"))];

impl Prompts {
    /// Parses every template.
    ///
    /// # Errors
    /// [`PromptError`], naming the template.
    pub fn load() -> Result<Self, PromptError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let mut versions = Vec::new();
        for (name, source) in SOURCES {
            let (version, body) = front_matter(source).ok_or(PromptError::NoVersion(name))?;
            environment.add_template(name, body)?;
            versions.push((name, version));
        }
        Ok(Self { environment, versions })
    }

    /// The version of a template, for traces and evals.
    #[must_use]
    pub fn version(&self, name: &str) -> Option<u32> {
        self.versions.iter().find(|(known, _)| *known == name).map(|(_, version)| *version)
    }

    /// The system prompt.
    ///
    /// # Errors
    /// [`PromptError::Template`].
    pub fn system(&self, context: &SystemPrompt) -> Result<String, PromptError> {
        self.render("system", context)
    }

    /// What is said about the draft.
    ///
    /// # Errors
    /// [`PromptError::Template`].
    pub fn draft(&self, context: &DraftPrompt) -> Result<String, PromptError> {
        self.render("draft", context)
    }

    fn render(&self, name: &str, context: &impl Serialize) -> Result<String, PromptError> {
        Ok(self.environment.get_template(name)?.render(minijinja::value::Serde(context))?.trim().to_owned())
    }
}

/// `---\nversion: n\n---\n` and the rest.
fn front_matter(source: &'static str) -> Option<(u32, &'static str)> {
    let (head, body) = source.strip_prefix("---\n")?.split_once("\n---\n")?;
    let version = head.lines().find_map(|line| line.strip_prefix("version:"))?.trim().parse().ok()?;
    Some((version, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_render_with_their_context_and_keep_merge_fields() {
        let prompts = Prompts::load().unwrap();
        let context = SystemPrompt {
            dealership: "Lakeside Toyota".into(),
            namespace: "lakeside-toyota".into(),
            stores: vec!["lakeside-main".into()],
            author: "Sam".into(),
            job_roles: vec!["salesperson".into()],
        };
        let text = prompts.system(&context).unwrap();
        assert!(text.starts_with("You are Auterity, the automation assistant of Lakeside Toyota."));
        assert!(text.contains("{{customer.first_name}}"));
        assert_eq!(prompts.draft(&DraftPrompt::default()).unwrap(), "There is no draft yet.");
        let draft = DraftPrompt { draft: Some("{\"do\":[]}".into()), revision: 3, offer: "nothing" };
        let text = prompts.draft(&draft).unwrap();
        assert!(text.contains("revision 3") && text.contains("{\"do\":[]}"), "{text}");
        assert!(text.ends_with("what is still open."), "{text}");
        assert_eq!(prompts.version("system"), Some(1));
    }

    #[test]
    fn a_name_the_context_lacks_is_an_error() {
        let prompts = Prompts::load().unwrap();
        assert!(prompts.render("system", &DraftPrompt::default()).is_err());
    }
}
