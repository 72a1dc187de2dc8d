//! The shipped rules, by the name a source refers to them.

use std::sync::LazyLock;

#[derive(rust_embed::RustEmbed)]
#[folder = "knowledge/rules"]
struct Files;

/// A rule of the house, as its file says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// `rule:quiet_hours`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its file.
    pub text: String,
}

/// Every rule.
pub fn rules() -> &'static [Rule] {
    static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
        let names = Files::iter().filter_map(|file| Some((file.strip_suffix(".yaml")?.to_owned(), Files::get(&file)?)));
        let read = names.map(|(name, file)| {
            let text = String::from_utf8_lossy(&file.data).into_owned();
            let title = text.lines().find_map(|line| line.strip_prefix("title:"));
            Rule { title: title.unwrap_or(&name).trim().to_owned(), id: format!("rule:{name}"), text }
        });
        read.collect()
    });
    &RULES
}
