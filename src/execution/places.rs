//! Zone, hours and names of the stores, remembered for a while.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::error::ExecutionError;
use super::matching::Place;
use crate::model::{StoreId, TenantId};
use crate::store::Database;

/// How long they are remembered.
const AGE: Duration = Duration::from_secs(30);

/// A place, and when it was read.
type Read = (Instant, Arc<Place>);

/// Places by store, with the time they were read.
#[derive(Debug)]
pub(super) struct Places {
    db: Database,
    known: Mutex<HashMap<(TenantId, StoreId), Read>>,
}

impl Places {
    pub(super) fn new(db: Database) -> Self {
        Self { db, known: Mutex::default() }
    }

    /// The place of a store, for this department (sales, when none is named).
    ///
    /// # Errors
    /// [`ExecutionError::NotFound`] when the tenant has no such store.
    pub(super) async fn find(
        &self,
        tenant: &TenantId,
        store: &StoreId,
        department: Option<&str>,
    ) -> Result<Arc<Place>, ExecutionError> {
        let key = (tenant.clone(), store.clone());
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let place = match known {
            Some((read, place)) if read.elapsed() < AGE => place,
            Some(_) | None => {
                let found = self.db.find_store(tenant, store).await?.ok_or(ExecutionError::NotFound("store"))?;
                let owner = self.db.find_tenant(tenant).await?.ok_or(ExecutionError::NotFound("tenant"))?;
                let place = Arc::new(Place { tenant_slug: owner.slug, store: found, department: "sales".to_owned() });
                let entry = (Instant::now(), Arc::clone(&place));
                self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(key, entry);
                place
            }
        };
        match department {
            Some(department) if department != place.department => {
                Ok(Arc::new(Place { department: department.to_owned(), ..Place::clone(&place) }))
            }
            Some(_) | None => Ok(place),
        }
    }
}
