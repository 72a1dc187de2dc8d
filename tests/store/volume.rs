//! Rows in numbers, of everything that people list, written straight into the tables.

use auterity::model::{TenantId, UserId};
use auterity::store::Database;
use chrono::{DateTime, TimeDelta, Utc};

/// Rows of one statement.
const CHUNK: usize = 200;

async fn insert(db: &Database, into: &str, rows: &[String]) {
    for rows in rows.chunks(CHUNK) {
        let sql = format!("insert into {into} values {}", rows.join(", "));
        run(db, &sql).await;
    }
}

/// Runs statements as they are.
pub async fn run(db: &Database, sql: &str) {
    let done = match db {
        Database::Sqlite(pool) => sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(pool).await.map(drop),
        Database::Postgres(pool) => sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(pool).await.map(drop),
    };
    done.unwrap_or_else(|error| panic!("{error}: {}", sql.chars().take(400).collect::<String>()));
}

/// An id that sorts by `n` within its tenant.
fn id(prefix: &str, tenant: &TenantId, n: usize) -> String {
    let (_, hex) = tenant.as_str().split_once('_').unwrap();
    format!("{prefix}_{n:020x}{}", &hex[..12])
}

const DEFINITION: &str = r#"{"document":{"dsl":"1.0.3","namespace":"n","name":"w","version":"0.1.0","title":"W"},"do":[{"one":{"set":{"a":1}}}]}"#;
const DIGEST: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

#[expect(clippy::too_many_lines, reason = "one statement a table")]
/// Adds `count` of everything to a tenant, owned by `user`; the later ones are newer.
pub async fn fill(db: &Database, tenant: &TenantId, user: &UserId, count: usize) {
    let start: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    let each = |row: &dyn Fn(usize, String) -> String| -> Vec<String> {
        (0..count).map(|n| row(n, (start + TimeDelta::seconds(n.try_into().unwrap())).to_rfc3339())).collect()
    };
    let id = |prefix: &str, n: usize| id(prefix, tenant, n);
    insert(
        db,
        "users (id, tenant_id, email, name, password_hash, role, job_roles, teams, stores, active, created_at)",
        &each(&|n, at| {
            let usr = id("usr", n);
            format!("('{usr}', '{tenant}', '{usr}@example.com', 'N', 'x', 'user', '[]', '[]', '[]', true, '{at}')")
        }),
    )
    .await;
    insert(
        db,
        "conversations (id, tenant_id, user_id, title, created_at, updated_at)",
        &each(&|n, at| format!("('{}', '{tenant}', '{user}', 't{n}', '{at}', '{at}')", id("conv", n))),
    )
    .await;
    insert(
        db,
        "conversation_spans (tenant_id, conversation_id, digest, origin, label, body, created_at)",
        &each(&|n, at| format!("('{tenant}', '{}', 'd{n}', 'page', 'Notes', 'x', '{at}')", id("conv", n))),
    )
    .await;
    insert(
        db,
        "drafts (id, tenant_id, created_by, title, status, revision, created_at, updated_at)",
        &each(&|n, at| format!("('{}', '{tenant}', '{user}', 't{n}', 'submitted', 1, '{at}', '{at}')", id("draft", n))),
    )
    .await;
    insert(
        db,
        "draft_revisions (draft_id, revision, tenant_id, author_id, definition, digest, provenance, warnings, origin, created_at)",
        &each(&|n, at| {
            let draft = id("draft", n);
            format!("('{draft}', 1, '{tenant}', '{user}', '{DEFINITION}', '{DIGEST}', '{{}}', '[]', 'api', '{at}')")
        }),
    )
    .await;
    insert(
        db,
        "approval_requests (id, tenant_id, subject_kind, subject_id, revision, digest, title, details, approver, required, risk, status, requested_by, created_at)",
        &each(&|n, at| {
            let (apr, draft) = (id("apr", n), id("draft", n));
            format!("('{apr}', '{tenant}', 'draft', '{draft}', 1, '{DIGEST}', 't', '{{}}', 'role:sales_manager', 2, 'internal', 'pending', '{user}', '{at}')")
        }),
    )
    .await;
    insert(
        db,
        "approval_decisions (id, tenant_id, request_id, decided_by, decision, created_at)",
        &each(&|n, at| format!("('{0}', '{tenant}', '{0}', '{user}', 'approved', '{at}')", id("apr", n))),
    )
    .await;
    insert(
        db,
        "refresh_tokens (token_hash, tenant_id, user_id, family_id, created_at, expires_at)",
        &each(&|n, at| {
            format!("('{0}', '{tenant}', '{user}', '{0}', '{at}', '2030-01-01T00:00:00+00:00')", id("h", n))
        }),
    )
    .await;
    insert(
        db,
        "workflows (id, tenant_id, draft_id, title, status, active_version, created_at, updated_at)",
        &each(&|n, at| {
            format!("('{}', '{tenant}', '{}', 't', 'retired', 1, '{at}', '{at}')", id("wf", n), id("draft", n))
        }),
    )
    .await;
    insert(
        db,
        "workflow_versions (workflow_id, version, tenant_id, definition, digest, draft_id, revision, approval_id, activated_at, retired_at)",
        &each(&|n, at| {
            let (wf, draft, apr) = (id("wf", n), id("draft", n), id("apr", n));
            format!("('{wf}', 1, '{tenant}', '{DEFINITION}', '{DIGEST}', '{draft}', 1, '{apr}', '{at}', '{at}')")
        }),
    )
    .await;
    insert(
        db,
        "executions (id, tenant_id, store_id, workflow_id, version, digest, title, definition, interpreter_version, trigger_source, trigger_id, depth, start_seq, input, status, progress, wake_at, lease_until, epoch, recoveries, cancel_requested, started_at, finished_at)",
        &each(&|n, at| {
            let (exe, wf) = (id("exe", n), id("wf", n % 7));
            format!("('{exe}', '{tenant}', 's', '{wf}', 1, '{DIGEST}', 't', '{DEFINITION}', 1, 'manual', '{n}', 0, 0, '{{}}', 'completed', 'null', 9223372036854775807, 0, 1, 0, false, '{at}', '{at}')")
        }),
    )
    .await;
    insert(
        db,
        "subscriptions (execution_id, path, tenant_id, event_type, correlate_from, correlate_key)",
        &each(&|n, _| format!("('{}', '/do/0', '{tenant}', 'lead.created', '[]', 'k{n}')", id("exe", n))),
    )
    .await;
    insert(
        db,
        "outbox (id, tenant_id, store_id, execution_id, idempotency_key, channel, customer_id, recipient, body, status, created_at)",
        &each(&|n, at| {
            let (out, exe) = (id("out", n), id("exe", n));
            format!("('{out}', '{tenant}', 's', '{exe}', 'k{n}', 'sms', 'c{n}', '+1', 'hi', 'sent', '{at}')")
        }),
    )
    .await;
    insert(
        db,
        "events (tenant_id, source, id, type, store_id, envelope, depth, received_at, routed_at)",
        &each(&|n, at| {
            let data = format!(r#"{{"data":{{"customer_id":"c{n}","occurred_at":"{at}"}}}}"#);
            format!("('{tenant}', 'src', 'e{n}', 'customer.message.received', 's', '{data}', 0, '{at}', '{at}')")
        }),
    )
    .await;
    insert(
        db,
        "records (tenant_id, entity, id, store_id, data, version, created_at, updated_at)",
        &each(&|n, at| {
            let data = format!(r#"{{"customer_id":"c{n}","email":"{n}@example.com","mobile":"+1{n}","vin":"v{n}"}}"#);
            format!("('{tenant}', 'customer', 'z{n:06}', 's', '{data}', 1, '{at}', '{at}')")
        }),
    )
    .await;
}
