//! Ids, clock and the entities that several rooms share. Imports nothing of ours and does no I/O.

pub mod clock;
pub mod conversation;
pub mod execution;
pub mod id;
pub mod page;
pub mod run;
pub mod tenant;
pub mod user;

pub use clock::{Clock, ManualClock, SystemClock};
pub use execution::ExecutionStatus;
pub use id::{
    ApprovalId, ConversationId, DraftId, ExecutionId, IdError, MessageId, RunId, StoreId, TenantId, UserId, WorkflowId,
};
pub use page::{Cursor, Page, PageRequest};
