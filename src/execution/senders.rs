//! Systems that send events under a signature: an administrator lets them in and ends them; the secret is shown once.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use serde_json::json;

use super::error::ExecutionError;
use super::intake::signature::{self, SignatureError, Signed};
use super::service::Service;
use crate::auth::{AuthError, Principal, random_secret};
use crate::model::{EventSenderId, Page, PageRequest, TenantId};
use crate::store::AuditEntry;
use crate::store::event_senders::EventSender;

/// Why a signed request is not taken. Who is behind it cannot tell an unknown sender from a wrong signature.
#[derive(Debug, thiserror::Error)]
pub enum SenderError {
    /// There is none with this id, or it was ended.
    #[error("there is no such sender")]
    Unknown,
    /// The signature does not hold.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// The machine gives no randomness.
    #[error(transparent)]
    Random(AuthError),
}

impl Service {
    /// Lets a system in. The sender that comes back is the only place where its secret is ever shown.
    ///
    /// # Errors
    /// [`SenderError::Store`], [`SenderError::Random`].
    pub async fn add_sender(&self, by: &Principal, name: String, source: String) -> Result<EventSender, SenderError> {
        let sender = EventSender {
            id: EventSenderId::generate(),
            tenant_id: by.tenant.clone(),
            name,
            source,
            secret: new_secret()?,
            old_secret: None,
            old_secret_until: None,
            created_by: by.user.clone(),
            created_at: self.clock.real_now(),
            revoked_at: None,
        };
        let audit = self.sender_audit(by, "event_sender.created", &sender.id).with(json!({ "source": sender.source }));
        self.db.insert_event_sender(&sender, &audit).await?;
        Ok(sender)
    }

    /// The systems of a tenant, those that were ended as well.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_senders(
        &self,
        tenant: &TenantId,
        page: &PageRequest,
    ) -> Result<Page<EventSender>, ExecutionError> {
        Ok(self.db.list_event_senders(tenant, page).await?)
    }

    /// Gives a system another secret, shown here and never again; what is signed with the one before is taken for the
    /// `overlap` and refused afterwards, at once when there is none. Of two changes within it only the last one's counts.
    ///
    /// # Errors
    /// [`SenderError::Unknown`] for one that was ended as well; [`SenderError::Store`], [`SenderError::Random`].
    pub async fn rotate_sender(
        &self,
        by: &Principal,
        id: &EventSenderId,
        overlap: TimeDelta,
    ) -> Result<EventSender, SenderError> {
        let until = (overlap > TimeDelta::zero()).then(|| self.clock.real_now() + overlap);
        let audit = self.sender_audit(by, "event_sender.rotated", id).with(json!({ "old_secret_until": until }));
        let changed = self.db.update_event_sender_secret(&by.tenant, id, (&new_secret()?, until), &audit).await?;
        changed.ok_or(SenderError::Unknown)
    }

    /// Ends a system: nothing it signs is taken from now on.
    ///
    /// # Errors
    /// [`ExecutionError::NotFound`].
    pub async fn revoke_sender(&self, by: &Principal, id: &EventSenderId) -> Result<(), ExecutionError> {
        let audit = self.sender_audit(by, "event_sender.revoked", id);
        let known = self.db.revoke_event_sender(&by.tenant, id, &audit).await?;
        if known { Ok(()) } else { Err(ExecutionError::NotFound("sender")) }
    }

    /// The sender behind a signed request.
    ///
    /// # Errors
    /// See [`SenderError`].
    pub async fn verify_sender(&self, id: &str, signed: Signed<'_>, body: &[u8]) -> Result<EventSender, SenderError> {
        let id: EventSenderId = id.parse().map_err(|_| SenderError::Unknown)?;
        let found = self.db.find_event_sender(&id).await?;
        let sender = found.filter(|sender| sender.revoked_at.is_none()).ok_or(SenderError::Unknown)?;
        let now = self.clock.real_now();
        let old = sender.old_secret.as_deref().filter(|_| sender.old_secret_until.is_some_and(|until| now < until));
        match (signature::verify(&sender.secret, signed, body, now), old) {
            (Err(SignatureError::Wrong), Some(old)) => signature::verify(old, signed, body, now)?,
            (verified, _) => verified?,
        }
        Ok(sender)
    }

    fn sender_audit(&self, by: &Principal, action: &str, id: &EventSenderId) -> AuditEntry {
        AuditEntry::new(&by.tenant, self.clock.real_now(), by.user.as_str(), action, id.as_str())
    }
}

fn new_secret() -> Result<String, SenderError> {
    let random = random_secret().map_err(SenderError::Random)?;
    Ok(signature::secret_of(&URL_SAFE_NO_PAD.decode(random).unwrap_or_default()))
}
