//! What a turn did since it was last stored: frames, messages and what the model took, in one transaction. A client is
//! shown only what is in here, so a message is there before its end is on the wire, and money is counted with the
//! answer it bought.

use chrono::{DateTime, Utc};
use sqlx::types::Json;

use super::frames::{self, FrameRow};
use super::messages::{INSERT_MESSAGE, TOUCH_CONVERSATION};
use super::runs::RunEnd;
use super::spending::{ADD_SPENDING, Charge};
use super::{Database, StoreError};
use crate::model::conversation::Message;
use crate::model::run::{Frame, RunUsage};
use crate::model::{ConversationId, RunId, TenantId};

/// Which turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnKey {
    /// Its tenant.
    pub tenant: TenantId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// Its run.
    pub run: RunId,
}

/// What a turn did since it was last stored.
#[derive(Debug, Clone, Default)]
pub struct TurnPart {
    /// Frames, numbered.
    pub frames: Vec<Frame>,
    /// Messages, in order.
    pub messages: Vec<Message>,
    /// What the model took.
    pub charges: Vec<Charge>,
}

impl TurnPart {
    /// Whether there is nothing to store.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.frames.is_empty() && self.messages.is_empty() && self.charges.is_empty()
    }
}

/// A part on its way into the store.
#[derive(Debug, Clone)]
pub struct TurnWrite {
    /// Whose it is.
    pub key: TurnKey,
    /// What the turn did.
    pub part: TurnPart,
    /// What the turn took so far.
    pub usage: RunUsage,
    /// When.
    pub at: DateTime<Utc>,
}

/// The statements of a part but for its frames, within a transaction.
macro_rules! store_part {
    ($tx:expr, $key:expr, $part:expr, $at:expr) => {
        for message in &$part.messages {
            sqlx::query(INSERT_MESSAGE)
                .bind(&message.id)
                .bind(&$key.tenant)
                .bind(&$key.conversation)
                .bind(&message.run_id)
                .bind(message.role.as_str())
                .bind(&message.content)
                .bind(Json(&message.tool_calls))
                .bind(&message.tool_call_id)
                .bind(message.created_at)
                .bind(&message.prompts)
                .execute(&mut *$tx)
                .await?;
        }
        if !$part.messages.is_empty() {
            sqlx::query(TOUCH_CONVERSATION)
                .bind(&$key.tenant)
                .bind(&$key.conversation)
                .bind($at)
                .execute(&mut *$tx)
                .await?;
        }
        for charge in &$part.charges {
            sqlx::query(ADD_SPENDING)
                .bind(&$key.tenant)
                .bind(charge.day.number())
                .bind(&charge.user)
                .bind(charge.spent.input_tokens)
                .bind(charge.spent.cached_tokens)
                .bind(charge.spent.output_tokens)
                .bind(charge.spent.cost_microdollars)
                .execute(&mut *$tx)
                .await?;
        }
    };
}

const SET_USAGE: &str = "update runs set usage = $3 where tenant_id = $1 and id = $2";
const FINISH: &str = "update runs set status = $3, error_code = $4, usage = $5, finished_at = $6 \
                      where tenant_id = $1 and id = $2 and finished_at is null";

impl Database {
    /// Stores parts of turns, all or nothing.
    ///
    /// # Errors
    /// [`StoreError::NotUnique`] when a number or an id is there already: somebody else drives that run.
    pub async fn insert_turn_parts(&self, writes: &[TurnWrite]) -> Result<(), StoreError> {
        with_tx!(self, tx => {
            insert_frames!(tx, writes.iter().flat_map(frame_rows).collect());
            for TurnWrite { key, part, usage, at } in writes {
                store_part!(tx, key, part, *at);
                if !part.charges.is_empty() {
                    sqlx::query(SET_USAGE).bind(&key.tenant).bind(&key.run).bind(Json(usage)).execute(&mut *tx).await?;
                }
            }
            Ok::<_, StoreError>(())
        })
    }

    /// Ends a run with its last part in one transaction; nothing happens when it has ended already.
    ///
    /// # Errors
    /// See [`Database::insert_turn_parts`].
    pub async fn finish_run(&self, key: &TurnKey, end: &RunEnd, part: &TurnPart) -> Result<bool, StoreError> {
        with_tx!(self, tx => {
            let done = sqlx::query(FINISH)
                .bind(&key.tenant)
                .bind(&key.run)
                .bind(end.status.as_str())
                .bind(&end.error_code)
                .bind(Json(&end.usage))
                .bind(end.at)
                .execute(&mut *tx)
                .await?;
            let ended = done.rows_affected() == 1;
            if ended {
                insert_frames!(tx, frames::rows(&key.tenant, &key.run, &part.frames, end.at).collect());
                store_part!(tx, key, part, end.at);
            }
            Ok::<_, StoreError>(ended)
        })
    }
}

fn frame_rows(TurnWrite { key, part, at, .. }: &TurnWrite) -> impl Iterator<Item = FrameRow<'_>> {
    frames::rows(&key.tenant, &key.run, &part.frames, *at)
}
