//! Version 1 of the REST interface, one file or folder a resource.

use utoipa_axum::router::OpenApiRouter;

use super::AppState;

pub mod approvals;
pub mod audit;
pub mod auth;
pub mod conversations;
pub mod diagnostics;
pub mod drafts;
pub mod engine;
pub mod events;
pub mod executions;
pub mod info;
pub mod knowledge;
pub mod leads;
pub mod outbox;
pub mod records;
pub mod runs;
pub mod senders;
pub mod stores;
pub mod updates;
pub mod users;
pub mod workflows;

/// Every resource.
pub fn routes() -> OpenApiRouter<AppState> {
    let resources = [
        approvals::routes(),
        super::agent::routes(),
        audit::routes(),
        auth::routes(),
        conversations::routes(),
        diagnostics::routes(),
        drafts::routes(),
        engine::routes(),
        events::routes(),
        executions::routes(),
        info::routes(),
        knowledge::routes(),
        runs::routes(),
        leads::routes(),
        outbox::routes(),
        records::routes(),
        senders::routes(),
        stores::routes(),
        updates::routes(),
        users::routes(),
        workflows::routes(),
    ];
    resources.into_iter().fold(OpenApiRouter::new(), OpenApiRouter::merge)
}
