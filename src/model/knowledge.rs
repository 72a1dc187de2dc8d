//! What a dealership adds to what is searched.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::name::named;
use super::{DocumentId, TenantId, UserId};

named! {
    /// How a document came in. A name is unique among those that came the same way.
    Origin {
        /// A manager sent it.
        Upload = "upload",
        /// `auterity ingest` found it in a folder.
        Folder = "folder",
    }
}

named! {
    /// What a file is, by its content.
    FileKind {
        /// Markdown.
        Markdown = "markdown",
        /// Plain text.
        Text = "text",
        /// A web page.
        Html = "html",
        /// PDF.
        Pdf = "pdf",
        /// A document of Word.
        Docx = "docx",
    }
}

/// A document without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct KnowledgeDocument {
    /// Its id, the one citations name.
    pub id: DocumentId,
    /// Whose it is.
    #[serde(skip)]
    #[schema(ignore)]
    pub tenant_id: TenantId,
    /// How it came in.
    pub origin: Origin,
    /// Name of its file; within a folder, its path.
    pub name: String,
    /// Its title: given, else its first heading, else its name.
    pub title: String,
    /// What the file is.
    pub kind: FileKind,
    /// Departments that need it; `all` for every one.
    pub departments: Vec<String>,
    /// Where it applies: `US`, states, `EU`; `all` for everywhere.
    pub jurisdictions: Vec<String>,
    /// The language it is written in: `en` or `es`.
    pub language: String,
    /// When a person last checked it (`YYYY-MM-DD`); empty when nobody said.
    pub reviewed: String,
    /// SHA-256 of the file and of what was said about it.
    #[serde(skip)]
    #[schema(ignore)]
    pub file_hash: String,
    /// SHA-256 of what it is found by.
    #[serde(skip)]
    #[schema(ignore)]
    pub hash: String,
    /// Size of the file.
    pub bytes: i64,
    /// Passages it was split into.
    pub passages: i64,
    /// Who sent it; nobody for what was found in a folder.
    pub created_by: Option<UserId>,
    /// When it first came in.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A piece of a document that is found and cited by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DocumentPassage {
    /// The heading it stands under; empty before the first one.
    pub heading: String,
    /// Its text, without the heading.
    pub text: String,
}
