//! Frames of a run as server-sent events: what is stored, then what comes, each with `id: <run>:<n>`.
//!
//! Live notices only make it fast. A slow client misses some, and then the store is read again, so every client sees
//! every frame once and in order.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use futures::Stream;
use tokio::time::{Instant, Sleep};

use crate::auth::Principal;
use crate::chat::event::frame_ends_run;
use crate::events::{Next, Subscription, Topic};
use crate::model::run::Frame;
use crate::model::{RunId, TenantId};
use crate::store::StoreError;

use super::AppState;
use super::streams::OpenStream;

/// Comment lines while nothing happens, so that proxies keep the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How often the store is looked at when no notice comes: the run may be driven by another process.
const POLL: Duration = Duration::from_secs(1);
/// The same while frames are known to be on their way into the store.
const POLL_GAP: Duration = Duration::from_millis(25);
/// How long a stream outlives the server's stop signal, so that runs can say goodbye.
const FAREWELL: Duration = Duration::from_secs(3);
/// How often a stream asks whether its reader may still read.
pub(super) const WELCOME: Duration = Duration::from_secs(2);
const BATCH: i64 = 200;
/// How often in a row the store may fail before a stream gives up; its client asks again later.
const PATIENCE: u32 = 10;

/// The run to follow.
#[derive(Debug, Clone)]
pub struct Followed {
    /// Who follows it: a person of its tenant.
    pub caller: Principal,
    /// Its id.
    pub run: RunId,
    /// The client's name for it, which leads every frame id.
    pub name: String,
    /// The last frame the client has; 0 for none.
    pub after: i64,
}

/// The number in a frame id `<run>:<n>`; `None` when it is not an id of this run.
#[must_use]
pub fn frame_number(id: &[u8], run: &str) -> Option<i64> {
    let number = id.strip_prefix(run.as_bytes())?.strip_prefix(b":")?;
    let digits = std::str::from_utf8(number).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?;
    digits.parse().ok()
}

/// Answers with the frames of a run after `after`, until its last one, or until the caller may no longer sign in.
/// `begun`: who begins a run has listened since before it, and knows its first frames.
pub fn follow(
    state: &AppState,
    followed: Followed,
    begun: Option<(Subscription, Vec<Frame>)>,
    watch: OpenStream,
) -> Sse<impl Stream<Item = Result<SseEvent, Infallible>> + use<>> {
    let (name, caller) = (followed.name.clone(), followed.caller.clone());
    let frames = frames(state.clone(), followed, begun);
    let auth = Arc::clone(&state.auth);
    let mut look = tokio::time::interval(WELCOME);
    look.reset();
    let events = async_stream::stream! {
        let _watch = watch; // counted until the stream is dropped
        futures::pin_mut!(frames);
        loop {
            let next = tokio::select! {
                next = futures::StreamExt::next(&mut frames) => next,
                _ = look.tick() => {
                    // a store that does not answer says nothing about its reader: it is asked again
                    if auth.is_welcome(&caller).await.unwrap_or(true) { continue } else { None }
                }
            };
            let Some(frame) = next else { break };
            yield Ok(SseEvent::default().id(format!("{name}:{}", frame.seq)).data(frame.body));
        }
    };
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE).text("keep-alive"))
}

enum Heard {
    Next(Frame),
    Gap(i64),
    Nothing,
    Stop,
}

fn frames(state: AppState, followed: Followed, begun: Option<(Subscription, Vec<Frame>)>) -> impl Stream<Item = Frame> {
    async_stream::stream! {
        let Followed { caller: Principal { tenant, .. }, run, after, .. } = followed;
        // before the store is read, so that nothing falls between
        let (mut live, first) = begun.unwrap_or_else(|| (state.events.subscribe(Topic::Run(run.clone())), Vec::new()));
        let (mut at, mut failures) = (after, 0);
        let mut known = !first.is_empty();
        for frame in first {
            at = frame.seq;
            yield frame;
        }
        let mut expected = at;
        let mut ended = false;
        // made once for the stream, not once for each frame
        let farewell = async {
            state.shutdown.cancelled().await;
            tokio::time::sleep(FAREWELL).await;
        };
        let patience = tokio::time::sleep(POLL);
        tokio::pin!(farewell, patience);
        loop {
            let mut read = std::mem::take(&mut known);
            if !read {
                loop {
                    let stored = match state.db.list_frames(&tenant, &run, at, BATCH).await {
                        Ok(stored) => stored,
                        Err(error) if failures < PATIENCE => {
                            failures += 1;
                            tracing::warn!(error = &error as &dyn std::error::Error, failures, "frames are asked for again");
                            tokio::time::sleep(POLL).await;
                            continue;
                        }
                        Err(error) => return log_end(&error),
                    };
                    failures = 0;
                    if stored.is_empty() {
                        break;
                    }
                    for frame in stored {
                        read = true;
                        at = frame.seq;
                        let last = frame_ends_run(&frame.body);
                        yield frame;
                        if last {
                            return;
                        }
                    }
                }
            }
            if !read && expected <= at {
                if ended {
                    return;
                }
                ended = over(&state, &tenant, &run).await;
                if ended {
                    // it may have ended after the store was read
                    continue;
                }
            }
            loop {
                patience.as_mut().reset(Instant::now() + if expected > at { POLL_GAP } else { POLL });
                match hear(&mut live, at, patience.as_mut(), farewell.as_mut()).await {
                    Heard::Next(frame) => {
                        at = frame.seq;
                        let last = frame_ends_run(&frame.body);
                        yield frame;
                        if last {
                            return;
                        }
                    }
                    Heard::Gap(seq) => {
                        expected = seq;
                        break;
                    }
                    Heard::Nothing => break,
                    Heard::Stop => return,
                }
            }
        }
    }
}

async fn hear(
    live: &mut Subscription,
    at: i64,
    patience: Pin<&mut Sleep>,
    farewell: impl Future<Output = ()>,
) -> Heard {
    let notice = async {
        loop {
            match live.next().await {
                Next::Notice(text) => {
                    let Some(frame) = parse(&text) else { continue };
                    if frame.seq == at + 1 {
                        return Heard::Next(frame);
                    }
                    if frame.seq > at {
                        return Heard::Gap(frame.seq);
                    }
                }
                Next::Missed => return Heard::Nothing,
                Next::Closed => return Heard::Stop,
            }
        }
    };
    tokio::select! {
        heard = notice => heard,
        () = patience => Heard::Nothing,
        () = farewell => Heard::Stop,
    }
}

/// `<n>\n<frame>`, as the recorder publishes it.
fn parse(notice: &str) -> Option<Frame> {
    let (seq, body) = notice.split_once('\n')?;
    Some(Frame { seq: seq.parse().ok()?, body: body.to_owned() })
}

async fn over(state: &AppState, tenant: &TenantId, run: &RunId) -> bool {
    // a store that does not answer says nothing about the run
    let found = state.db.find_run(tenant, run).await;
    found.is_ok_and(|run| run.is_none_or(|run| run.finished_at.is_some()))
}

/// The client sees a stream without its last frame and asks again.
fn log_end(error: &StoreError) {
    tracing::error!(error = error as &dyn std::error::Error, "frames of a run cannot be read");
}
