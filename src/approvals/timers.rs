//! What time does to requests: reminders, and the end of those nobody decided on.
//!
//! Due times are engine time and stored with the request, so a restart loses none; whoever takes one up claims it in
//! the transaction that carries it out, so several processes do not double it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::notices::Notices;
use super::panel::Rung;
use super::{ApprovalError, Service, question};
use crate::events::Topic;
use crate::model::TenantId;
use crate::model::approval::{ApprovalRequest, SubjectKind};
use crate::model::user::{SystemRole, User};
use crate::store::{AuditEntry, Consequences, StoreError};

impl Service {
    /// Carries out what is due until `stop` fires.
    pub async fn watch(self, stop: CancellationToken) {
        let pause = Duration::from_secs(self.config.sweep_s);
        loop {
            if let Err(error) = self.run_due().await {
                tracing::error!(error = %error, "due requests could not be looked up; trying again");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Carries out what is due now, in every tenant; returns how much that was.
    ///
    /// # Errors
    /// When what is due cannot be looked up. What fails for one request is logged and tried again.
    pub async fn run_due(&self) -> Result<usize, ApprovalError> {
        let now = self.engine_now().await?;
        let (due, moot) = (self.db.list_due_requests(now).await?, self.db.list_moot_questions().await?);
        let mut done = 0;
        for request in &due {
            let ended = request.expires_at.is_some_and(|end| end <= now);
            let result = if ended { self.expire(request, now).await } else { self.remind(request, now).await };
            done += usize::from(self.carried_out(request, result));
        }
        for request in &moot {
            let audit = self.system_entry(request, "approval.voided").with(json!({ "execution": request.subject_id }));
            let result = self.db.void_question(request, &audit).await.map_err(ApprovalError::from);
            done += usize::from(self.carried_out(request, result));
        }
        Ok(done)
    }

    /// Ends what nobody decided on in time. Called before every read and decision, so that nobody sees a stale request
    /// as pending.
    ///
    /// # Errors
    /// As any statement.
    pub async fn expire_overdue(&self, tenant: &TenantId) -> Result<(), ApprovalError> {
        let now = self.engine_now().await?;
        for request in self.db.list_overdue(tenant, now).await? {
            match self.expire(&request, now).await {
                // somebody else closed it in this moment
                Ok(()) | Err(ApprovalError::Store(StoreError::Stale)) => self.tell(&request),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn carried_out(&self, request: &ApprovalRequest, result: Result<(), ApprovalError>) -> bool {
        match result {
            Ok(()) => {
                self.tell(request);
                true
            }
            // another process was quicker
            Err(ApprovalError::Store(StoreError::Stale)) => false,
            Err(error) => {
                tracing::error!(approval.id = %request.id, error = %error, "a due request could not be carried on");
                false
            }
        }
    }

    fn tell(&self, request: &ApprovalRequest) {
        self.announce(&request.tenant_id, "approval", request.id.as_str());
        match request.subject_kind {
            SubjectKind::Draft => self.announce(&request.tenant_id, "draft", &request.subject_id),
            SubjectKind::Execution | SubjectKind::Workflow => self.events.publish(&Topic::Engine, "due"),
        }
    }

    /// A draft opens again and its authors hear of it; a question takes its declared default, if it has one.
    async fn expire(&self, request: &ApprovalRequest, now: DateTime<Utc>) -> Result<(), ApprovalError> {
        let mut follow = Consequences::default();
        match request.subject_kind {
            SubjectKind::Draft => {
                let people = self.people(&request.tenant_id).await?;
                let authors = self.circle(request).await?.authors;
                let notices = Notices::about(request, &people, now);
                let known = authors.iter().filter_map(|author| people.find(author));
                follow.notices = known.map(|author| notices.expired(author)).collect();
            }
            SubjectKind::Execution | SubjectKind::Workflow => {
                let slug = self.db.find_tenant(&request.tenant_id).await?.map(|tenant| tenant.slug).unwrap_or_default();
                follow.event = question::default_event(request, &slug);
            }
        }
        let audit = self.system_entry(request, "approval.expired").with(json!({
            "subject": request.subject_id,
            "default": question::default_of(request),
        }));
        Ok(self.db.expire_request(request, &follow, &audit).await?)
    }

    /// Reminds those who have not decided; where nobody is left, the admins, who can change that.
    async fn remind(&self, request: &ApprovalRequest, now: DateTime<Utc>) -> Result<(), ApprovalError> {
        let people = self.people(&request.tenant_id).await?;
        let circle = self.circle(request).await?;
        let notices = Notices::about(request, &people, now);
        let (awaited, rung) = people.awaited(request, &circle);
        let mut rows: Vec<_> = awaited.iter().map(|user| notices.reminder(user)).collect();
        let mut told: Vec<&User> = awaited.iter().collect();
        if rung == Rung::Nobody {
            let known = |user: &User| awaited.iter().any(|other| other.id == user.id);
            let admins = people.all().iter().filter(|user| user.role == SystemRole::DealershipAdmin && !known(user));
            told.extend(admins.clone());
            rows.extend(admins.map(|admin| notices.nobody_left(admin)));
        }
        let told: Vec<_> = told.iter().map(|user| &user.id).collect();
        let audit = self.system_entry(request, "approval.reminded").with(json!({
            "reminder": request.reminders + 1,
            "to": told,
            "rung": rung,
        }));
        let next = self.config.next_reminder(now, request.reminders + 1);
        Ok(self.db.insert_reminder(request, next, &rows, &audit).await?)
    }

    fn system_entry(&self, request: &ApprovalRequest, action: &str) -> AuditEntry {
        AuditEntry::new(&request.tenant_id, self.clock.now(), "system", action, request.id.as_str())
    }
}
