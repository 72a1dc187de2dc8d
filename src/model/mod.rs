//! Ids, clock and the entities that several rooms share. Imports nothing of ours and does no I/O.

pub mod approval;
pub mod clock;
pub mod conversation;
pub mod draft;
pub mod execution;
pub mod id;
pub mod json;
pub mod knowledge;
pub mod name;
pub mod page;
pub mod pointer;
pub mod run;
pub mod span;
pub mod spending;
pub mod tenant;
pub mod user;
pub mod workflow;

pub use clock::{Clock, ManualClock, SystemClock};
pub use execution::ExecutionStatus;
pub use id::{
    ApprovalId, ConversationId, DocumentId, DraftId, EventSenderId, ExecutionId, IdError, MessageId, OutboxId, RunId,
    StoreId, TenantId, UserId, WorkflowId,
};
pub use page::{After, Cursor, Page, PageLimit, PageRequest, TextKey};
