//! What a turn knows: the journal as it was when the turn began, what was recorded since, and what of that is not
//! written yet. Pure bookkeeping; nothing here waits or writes.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::store::executions::NEVER;
use crate::store::journal::JournalEntry;
use crate::store::subscriptions::NewSubscription;

/// The book of one turn.
pub(super) struct Book {
    entries: HashMap<String, JournalEntry>,
    next_seq: i64,
    /// Places in the event log that this execution has taken.
    pub(super) taken: HashSet<i64>,
    /// What goes out with the next write.
    pub(super) unwritten: Unwritten,
    /// Paths of branches that lost their race.
    dropped: Vec<String>,
    /// What is waited for: the moments, in ms of engine time, by path.
    timers: HashMap<String, i64>,
    /// A person asked to end the execution while this turn ran.
    pub(super) cancelled: bool,
    /// Above 0: due timers do not fire yet, because events go first.
    pub(super) holding: u32,
    /// The database failed or another engine took over: nothing more is written.
    pub(super) lost: bool,
    /// It listened at some time, so there may be subscriptions.
    pub(super) listened: bool,
    /// Some call was put off, so there may be messages shown as held.
    held: bool,
}

/// Parts of the next write.
#[derive(Default)]
pub(super) struct Unwritten {
    pub(super) entries: Vec<JournalEntry>,
    pub(super) subscribe: Vec<NewSubscription>,
    /// Subscriptions at and below these paths end.
    pub(super) unsubscribe: Vec<String>,
    /// Messages that were held at and below these paths will not be sent.
    pub(super) give_up: Vec<String>,
    pub(super) progress: Option<Value>,
}

impl Unwritten {
    /// Whether there is something a later write depends on; what is only for people to see can wait.
    fn matters(&self) -> bool {
        !(self.entries.is_empty()
            && self.subscribe.is_empty()
            && self.unsubscribe.is_empty()
            && self.give_up.is_empty())
    }
}

impl Book {
    pub(super) fn open(journal: Vec<JournalEntry>) -> Self {
        let mut book = Self {
            entries: HashMap::with_capacity(journal.len()),
            next_seq: 0,
            taken: HashSet::new(),
            unwritten: Unwritten::default(),
            dropped: Vec::new(),
            timers: HashMap::new(),
            cancelled: false,
            holding: 0,
            lost: false,
            listened: false,
            held: false,
        };
        for entry in journal {
            book.next_seq = book.next_seq.max(entry.seq + 1);
            book.learn(entry);
        }
        book
    }

    fn learn(&mut self, entry: JournalEntry) {
        match entry.kind.as_str() {
            "event" => self.taken.extend(entry.value.get("seq").and_then(Value::as_i64)),
            "listening" => self.listened = true,
            "again" => self.held |= entry.value.get("why").is_some_and(|why| why == "deferred"),
            _ => {}
        }
        self.entries.insert(entry.path.clone(), entry);
    }

    /// When a line was written (engine time).
    pub(super) fn recorded_at(&self, path: &str) -> Option<DateTime<Utc>> {
        self.entries.get(path).map(|entry| entry.recorded_at)
    }

    pub(super) fn seen(&self, path: &str) -> Option<(bool, Value)> {
        self.entries.get(path).map(|entry| (entry.ok, entry.value.clone()))
    }

    pub(super) fn record(&mut self, path: &str, kind: &str, (ok, value): (bool, Value), at: DateTime<Utc>) {
        let (path, kind, seq) = (path.to_owned(), kind.to_owned(), self.next_seq);
        let entry = JournalEntry { path, seq, kind, ok, value, recorded_at: at };
        self.next_seq += 1;
        self.unwritten.entries.push(entry.clone());
        self.learn(entry);
    }

    pub(super) fn must_write(&self) -> bool {
        self.unwritten.matters()
    }

    /// Branches at these paths go no further.
    pub(super) fn drop_branches(&mut self, paths: impl IntoIterator<Item = String>) {
        self.dropped.extend(paths);
    }

    pub(super) fn is_dropped(&self, path: &str) -> bool {
        self.dropped.iter().any(|branch| is_below(path, branch))
    }

    /// The path waits until then.
    pub(super) fn set_timer(&mut self, path: &str, until_ms: i64) {
        self.timers.insert(path.to_owned(), until_ms);
    }

    /// The path waits no more.
    pub(super) fn clear_timer(&mut self, path: &str) {
        self.timers.remove(path);
    }

    /// Earliest moment something waits for, in ms of engine time.
    pub(super) fn wake_at(&self) -> i64 {
        self.timers.values().copied().min().unwrap_or(NEVER)
    }

    /// Ends whatever a path and all below it wait for.
    pub(super) fn abandon(&mut self, path: &str) {
        self.timers.retain(|waiting, _| !is_below(waiting, path));
        if self.listened {
            self.unwritten.unsubscribe.extend([format!("{path}/"), format!("{path}#")]);
        }
        if self.held {
            self.unwritten.give_up.push(path.to_owned());
        }
    }

    /// The execution is over: nothing is waited for any more.
    pub(super) fn close(&mut self) {
        self.unwritten.subscribe.clear();
        self.unwritten.unsubscribe = if self.listened { vec!["/".to_owned()] } else { Vec::new() };
        self.unwritten.give_up = if self.held { vec![String::new()] } else { Vec::new() };
    }
}

fn is_below(path: &str, branch: &str) -> bool {
    path.strip_prefix(branch).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '#', '[']))
}
