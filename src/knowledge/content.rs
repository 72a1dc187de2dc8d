//! What ships with the binary: `knowledge/articles/*.md` and `knowledge/templates/*.yaml`.

use rust_embed::RustEmbed;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::chunk;
use super::vector::{ANALYSIS, Collection, Point};
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
    /// Where it applies.
    pub jurisdiction: String,
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

/// A document on its way into the vector store.
#[derive(Debug)]
pub struct Source {
    /// Its id.
    pub id: String,
    /// Which collection it belongs to.
    pub collection: Collection,
    /// SHA-256 of what is indexed; unchanged content is not indexed again.
    pub hash: String,
    /// What is indexed.
    pub points: Vec<Point>,
}

/// The shipped article with this id.
#[must_use]
pub fn article(id: &str) -> Option<Article> {
    let file = Articles::get(&format!("{id}.md"))?;
    parse(std::str::from_utf8(&file.data).ok()?)
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
    let articles = Articles::iter().filter_map(|name| article(name.trim_end_matches(".md"))).map(of_article);
    let templates = template::embedded().iter().map(of_template);
    articles.chain(templates).collect()
}

fn of_article(article: Article) -> Source {
    let chunks = chunk::split(&article.body);
    let points = chunks
        .into_iter()
        .map(|chunk| Point {
            document: article.id.clone(),
            title: article.title.clone(),
            indexed: format!("{} {} {} {}", article.title, article.keywords, chunk.heading, chunk.text),
            heading: chunk.heading,
            text: chunk.text,
        })
        .collect();
    source(article.id, Collection::Articles, points)
}

fn of_template(template: &template::Template) -> Source {
    let mut indexed = format!("{} {}", template.name, template.description);
    for phrase in template.search_en.iter().chain(&template.search_es) {
        indexed.push(' ');
        indexed.push_str(phrase);
    }
    let point = Point {
        document: template.id.clone(),
        title: template.name.clone(),
        heading: template.department.clone(),
        text: template.description.clone(),
        indexed,
    };
    source(template.id.clone(), Collection::Templates, vec![point])
}

fn source(id: String, collection: Collection, points: Vec<Point>) -> Source {
    let mut hash = Sha256::new();
    hash.update(ANALYSIS.as_bytes());
    for point in &points {
        for part in [&point.title, &point.heading, &point.text, &point.indexed] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
    }
    Source { id, collection, hash: hex::encode(hash.finalize()), points }
}

#[cfg(test)]
#[path = "content_tests.rs"]
mod tests;
