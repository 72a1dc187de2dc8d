//! The bus within a process. Memory follows the number of listeners: a topic nobody listens to takes none.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast;

use super::{Next, Notice, Topic};

/// Notices a slow listener may be behind before it is told to read the store. The room for them is taken when the
/// first listener comes, so it is small.
const BACKLOG: usize = 128;

#[derive(Debug, Clone)]
enum Signal {
    Notice(Notice),
    Missed,
}

type Topics = HashMap<Topic, broadcast::Sender<Signal>>;

/// The in-process bus. Cheap to clone; clones share the listeners.
#[derive(Debug, Clone, Default)]
pub struct LocalEvents {
    topics: Arc<Mutex<Topics>>,
}

/// Receives the notices of one topic from the moment it was made.
#[derive(Debug)]
pub struct Subscription {
    topic: Topic,
    bus: LocalEvents,
    /// Always there until the subscription is dropped.
    receiver: Option<broadcast::Receiver<Signal>>,
}

impl LocalEvents {
    fn topics(&self) -> MutexGuard<'_, Topics> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells every current listener of `topic`.
    pub(super) fn publish(&self, topic: &Topic, body: Notice) {
        if let Some(sender) = self.topics().get(topic) {
            // without a receiver the topic is on its way out
            drop(sender.send(Signal::Notice(body)));
        }
    }

    /// Tells every listener of every topic that something may have passed unheard.
    pub(super) fn miss_all(&self) {
        for sender in self.topics().values() {
            drop(sender.send(Signal::Missed));
        }
    }

    /// Listens from now on.
    pub(super) fn subscribe(&self, topic: Topic) -> Subscription {
        let mut topics = self.topics();
        let sender = topics.entry(topic.clone()).or_insert_with(|| broadcast::channel(BACKLOG).0);
        Subscription { topic, bus: self.clone(), receiver: Some(sender.subscribe()) }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.topics().len()
    }
}

impl Subscription {
    /// Waits for the next notice. Cancel-safe.
    pub async fn next(&mut self) -> Next {
        let Some(receiver) = &mut self.receiver else { return Next::Closed };
        match receiver.recv().await {
            Ok(Signal::Notice(notice)) => Next::Notice(notice),
            Ok(Signal::Missed) | Err(broadcast::error::RecvError::Lagged(_)) => Next::Missed,
            Err(broadcast::error::RecvError::Closed) => Next::Closed,
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        // under the lock, so that of two that leave at once the second sees that it was the last
        let mut topics = self.bus.topics();
        drop(self.receiver.take());
        if topics.get(&self.topic).is_some_and(|sender| sender.receiver_count() == 0) {
            topics.remove(&self.topic);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RunId;

    #[tokio::test]
    async fn a_topic_without_listeners_takes_no_memory() {
        let bus = LocalEvents::default();
        let topic = Topic::Run(RunId::generate());
        bus.publish(&topic, "1".into());
        assert_eq!(bus.len(), 0);
        let (mut one, two) = (bus.subscribe(topic.clone()), bus.subscribe(topic.clone()));
        bus.publish(&topic, "2".into());
        drop(two);
        assert_eq!(one.next().await, Next::Notice("2".into()), "the other one still listens");
        drop(one);
        assert_eq!(bus.len(), 0);
    }

    #[tokio::test]
    async fn who_is_too_slow_is_told_and_goes_on() {
        let bus = LocalEvents::default();
        let mut slow = bus.subscribe(Topic::Engine);
        for n in 0..BACKLOG + 10 {
            bus.publish(&Topic::Engine, n.to_string().into());
        }
        assert_eq!(slow.next().await, Next::Missed);
        assert_eq!(slow.next().await, Next::Notice("10".into()));
    }

    #[tokio::test]
    async fn missing_reaches_every_topic() {
        let bus = LocalEvents::default();
        let mut one = bus.subscribe(Topic::Engine);
        let mut other = bus.subscribe(Topic::Run(RunId::generate()));
        bus.miss_all();
        assert_eq!((one.next().await, other.next().await), (Next::Missed, Next::Missed));
    }
}
