//! What ships with the binary: `knowledge/articles/*.md` and `knowledge/templates/*.yaml`.

use rust_embed::RustEmbed;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::chunk;
use super::index::Source;
use super::vector::{ANALYSIS, Collection, EVERYWHERE, Owner, Passage};
use crate::workflow::template;

#[derive(RustEmbed)]
#[folder = "knowledge/articles/"]
struct Articles;

/// A knowledge article as it can be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Article {
    /// Stable id, the one citations name.
    pub id: String,
    /// Title.
    pub title: String,
    /// Department or subject.
    pub category: String,
    /// Where it applies: `US`, states, `EU`; `all` for everywhere.
    pub jurisdictions: Vec<String>,
    /// When a person last checked it (`YYYY-MM-DD`).
    pub reviewed: String,
    /// What people say when they mean this; searched, not shown.
    #[serde(skip_serializing)]
    pub keywords: String,
    /// Statutes, rules and studies it rests on.
    pub sources: Vec<String>,
    /// The text, Markdown.
    #[serde(default)]
    pub body: String,
}

/// The shipped article with this id.
#[must_use]
pub fn article(id: &str) -> Option<Article> {
    let file = Articles::get(&format!("{id}.md"))?;
    parse(std::str::from_utf8(&file.data).ok()?)
}

/// The articles that ship, in the order of their ids.
pub fn articles() -> impl Iterator<Item = Article> {
    let mut names: Vec<_> = Articles::iter().collect();
    names.sort();
    names.into_iter().filter_map(|name| article(name.trim_end_matches(".md")))
}

fn parse(text: &str) -> Option<Article> {
    let (front, body) = text.strip_prefix("---\n")?.split_once("\n---\n")?;
    let mut article: Article = serde_saphyr::from_str(front).ok()?;
    body.trim().clone_into(&mut article.body);
    Some(article)
}

/// Everything that ships, ready to be indexed.
#[must_use]
pub fn shipped() -> Vec<Source> {
    articles().map(|article| of_article(&article)).chain(template::embedded().iter().map(of_template)).collect()
}

fn of_article(article: &Article) -> Source {
    let of_chunk = |chunk: chunk::Chunk| Passage {
        owner: Owner::Shared.as_str().to_owned(),
        document: article.id.clone(),
        title: article.title.clone(),
        heading: chunk.heading,
        text: chunk.text,
        keywords: article.keywords.clone(),
        departments: departments(&article.category),
        jurisdictions: article.jurisdictions.clone(),
        languages: vec!["en".to_owned()],
        reviewed: article.reviewed.clone(),
        ..Passage::default()
    };
    let passages = chunk::whole_sections(&article.body).into_iter().map(of_chunk).collect();
    source(article.id.clone(), Collection::Knowledge, passages)
}

/// The departments that need articles of a category: its own, or every one.
fn departments(category: &str) -> Vec<String> {
    let named: &[&str] = match category {
        "Sales" => &["sales"],
        "BDC" => &["bdc", "sales"],
        "Service" => &["service"],
        "Parts" => &["parts", "service"],
        "F&I" => &["fi"],
        "Inventory" => &["inventory", "sales"],
        "Marketing" => &["marketing"],
        "Retention" => &["sales", "bdc"],
        _ => &[EVERYWHERE],
    };
    named.iter().map(|&department| department.to_owned()).collect()
}

fn of_template(template: &template::Template) -> Source {
    let passage = Passage {
        owner: Owner::Shared.as_str().to_owned(),
        document: template.id.clone(),
        title: template.name.clone(),
        heading: template.department.clone(),
        text: template.description.clone(),
        keywords: template.search_en.iter().chain(&template.search_es).cloned().collect::<Vec<_>>().join(" "),
        departments: vec![template.department.clone()],
        jurisdictions: vec![EVERYWHERE.to_owned()],
        languages: vec!["en".to_owned(), "es".to_owned()],
        ..Passage::default()
    };
    source(template.id.clone(), Collection::Templates, vec![passage])
}

fn source(id: String, collection: Collection, drafts: Vec<Passage>) -> Source {
    Source { id, collection, hash: hash(&drafts), drafts }
}

/// SHA-256 of everything a document is found by, and of how it is read.
#[must_use]
pub fn hash(passages: &[Passage]) -> String {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update(text.as_bytes());
        hash.update([0]);
    };
    add(ANALYSIS);
    for passage in passages {
        for text in [&passage.title, &passage.heading, &passage.text, &passage.keywords, &passage.reviewed] {
            add(text);
        }
        for list in [&passage.departments, &passage.jurisdictions, &passage.languages] {
            list.iter().for_each(|value| add(value));
            add("");
        }
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
#[path = "content_tests.rs"]
mod tests;
