//! `auterity audit verify`

use crate::store::audit::ChainState;
use crate::store::{Database, StoreError};

/// What there is to do with the audit log.
#[derive(Debug, clap::Subcommand)]
pub enum AuditCommand {
    /// Walk the hash chain of every dealership and name the first row that does not hold.
    Verify,
}

/// What the walk found.
#[derive(Debug, PartialEq, Eq)]
pub struct Report {
    /// One line a dealership.
    pub lines: Vec<String>,
    /// Whether every chain holds.
    pub whole: bool,
}

/// Walks every chain.
///
/// # Errors
/// As any statement; a broken chain is in the report.
pub async fn verify(db: &Database) -> Result<Report, StoreError> {
    let mut report = Report { lines: Vec::new(), whole: true };
    for tenant in db.list_tenants().await? {
        report.lines.push(match db.verify_audit(&tenant.id).await? {
            ChainState::Whole { rows, head } => format!("{}: {rows} rows, whole, head {head}", tenant.slug),
            ChainState::Broken { seq, reason } => {
                report.whole = false;
                format!("{}: BROKEN at row {seq}: {reason}", tenant.slug)
            }
        });
    }
    Ok(report)
}
