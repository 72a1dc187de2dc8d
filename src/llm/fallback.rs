//! The providers in their order, as one model. A provider is asked again, or the next one is asked, only while nothing
//! of an answer was heard: with its first meaningful piece it is settled who answers. What those took who thought for a
//! while and then failed is put on the bill of the answer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::{StreamExt, stream};
use tokio::time::Instant;

use super::breaker::{Breaker, Permit};
use super::error::Failure;
use super::openai::Endpoint;
use super::retry::{self, Budget};
use super::{ChatModel, ChatRequest, ChatStream, Delta, LlmError, Usage};
use crate::config::LlmConfig;

/// Ordered providers. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Providers {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    list: Vec<Provider>,
    attempts: u32,
    total: Duration,
    budget: Mutex<Budget>,
    /// What breakers and budget count from.
    origin: Instant,
}

#[derive(Debug)]
struct Provider {
    endpoint: Arc<Endpoint>,
    breaker: Arc<Mutex<Breaker>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Providers {
    /// The providers that the settings name.
    ///
    /// # Errors
    /// See [`Endpoint::new`].
    pub fn new(config: &LlmConfig) -> Result<Self, LlmError> {
        let asked = config.asked();
        let made = asked.iter().map(|provider| {
            let endpoint = Arc::new(Endpoint::new(provider, config.patience(provider))?);
            Ok(Provider { endpoint, breaker: Arc::default() })
        });
        let shared = Shared {
            list: made.collect::<Result<_, LlmError>>()?,
            attempts: config.attempts,
            total: Duration::from_secs(config.total_s),
            budget: Mutex::new(Budget::full()),
            origin: Instant::now(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }
}

impl ChatModel for Providers {
    fn stream(&self, request: ChatRequest) -> BoxFuture<'static, Result<ChatStream, LlmError>> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move { shared.answer(&request).await })
    }

    fn name(&self) -> &str {
        self.shared.list.first().map_or("", |provider| provider.endpoint.model())
    }
}

impl Shared {
    async fn answer(&self, request: &ChatRequest) -> Result<ChatStream, LlmError> {
        let until = Instant::now() + self.total;
        locked(&self.budget).request(self.now());
        let (mut failures, mut spent) = (Vec::new(), Usage::default());
        for (at, provider) in self.list.iter().enumerate() {
            let patience = match at + 1 == self.list.len() {
                true => retry::LONGEST_PAUSE,
                false => retry::LONGEST_PAUSE_WITH_OTHERS,
            };
            match self.one(provider, request, (until, patience), &mut spent).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => {
                    tracing::warn!(
                        llm.provider = failure.provider,
                        llm.attempts = failure.attempts,
                        llm.error = failure.error.code(),
                        error = &failure.error as &dyn std::error::Error,
                        llm.said = failure.error.said(),
                        "a model provider did not answer"
                    );
                    failures.push(failure);
                }
            }
        }
        let error = LlmError::AllFailed(failures);
        if spent == Usage::default() {
            return Err(error);
        }
        Ok(stream::iter([Ok(Delta::Usage(spent)), Err(error)]).boxed())
    }

    /// Asks one provider, again where that makes sense: pauses are at most `patience`, and nothing goes beyond `until`.
    /// What was taken in vain is added to `spent`.
    async fn one(
        &self,
        provider: &Provider,
        request: &ChatRequest,
        (until, patience): (Instant, Duration),
        spent: &mut Usage,
    ) -> Result<ChatStream, Failure> {
        let mut attempts = 0;
        let failed = |attempts, error| Failure { provider: provider.endpoint.name().to_string(), attempts, error };
        loop {
            let asking = self.permit(provider).map_err(|error| failed(attempts, error))?;
            attempts += 1;
            let error = match begun(&provider.endpoint, request, until, spent).await {
                Ok(answer) => return Ok(asking.answered(answer, *spent)),
                Err(error) => error,
            };
            asking.failed(&error);
            let pause = retry::pause(&error, attempts, retry::spread());
            let in_time = pause <= patience && Instant::now() + pause < until;
            let again = error.passing() && attempts < self.attempts && in_time;
            if !again || !locked(&self.budget).take(self.now()) {
                if let Some(asked) = error.retry_after().filter(|asked| *asked > patience) {
                    locked(&provider.breaker).rest(self.now(), asked);
                }
                return Err(failed(attempts, error));
            }
            tracing::info!(
                llm.provider = %provider.endpoint.name(),
                llm.attempt = attempts,
                llm.error = error.code(),
                llm.pause_ms = pause.as_millis(),
                "a model call failed and is tried again"
            );
            tokio::time::sleep(pause).await;
        }
    }

    fn permit(&self, provider: &Provider) -> Result<Asking, LlmError> {
        let breaker = Arc::clone(&provider.breaker);
        let permit = locked(&breaker).permit(self.now());
        match permit {
            Permit::Refused(left) => Err(LlmError::Resting { left }),
            Permit::Granted | Permit::Probe => Ok(Asking {
                endpoint: Arc::clone(&provider.endpoint),
                breaker,
                origin: self.origin,
                probing: permit == Permit::Probe,
            }),
        }
    }

    fn now(&self) -> Duration {
        self.origin.elapsed()
    }
}

/// An answer with its first meaningful piece; what it took that never comes to one is added to `spent`.
async fn begun(
    endpoint: &Arc<Endpoint>,
    request: &ChatRequest,
    until: Instant,
    spent: &mut Usage,
) -> Result<ChatStream, LlmError> {
    let mut answer = endpoint.ask(request, until).await?;
    let mut heard = Vec::new();
    loop {
        let delta = match answer.next().await.unwrap_or(Err(LlmError::Cut)) {
            Ok(delta) => delta,
            Err(error) => {
                heard.into_iter().for_each(|usage| *spent += usage);
                return Err(error);
            }
        };
        match delta {
            // what it took says nothing yet: it also comes before an error
            Delta::Usage(usage) => heard.push(usage),
            delta @ (Delta::Answering { .. }
            | Delta::Text(_)
            | Delta::Refusal(_)
            | Delta::ToolCallStart { .. }
            | Delta::ToolCallArguments { .. }
            | Delta::Finish(_)) => {
                let first = heard.into_iter().map(Delta::Usage).chain([delta]).map(Ok);
                return Ok(stream::iter(first.collect::<Vec<_>>()).chain(answer).boxed());
            }
        }
    }
}

/// Permission to ask a provider once. Dropped without a verdict (somebody said stop), a probe leaves the next request
/// to be the probe.
struct Asking {
    endpoint: Arc<Endpoint>,
    breaker: Arc<Mutex<Breaker>>,
    origin: Instant,
    probing: bool,
}

impl Asking {
    fn failed(mut self, error: &LlmError) {
        self.probing &= !blame(&self.breaker, self.origin, error);
    }

    /// The answer with who gives it, and with `spent` on its bill; a failure in the middle still counts.
    fn answered(mut self, answer: ChatStream, spent: Usage) -> ChatStream {
        self.probing = false;
        locked(&self.breaker).succeeded();
        let answering =
            Delta::Answering { provider: Arc::clone(self.endpoint.name()), model: Arc::clone(self.endpoint.model()) };
        let (breaker, origin) = (Arc::clone(&self.breaker), self.origin);
        let watched = answer.map(move |piece| match piece {
            Ok(Delta::Usage(mut usage)) => {
                usage += spent;
                Ok(Delta::Usage(usage))
            }
            Ok(delta) => Ok(delta),
            Err(error) => {
                blame(&breaker, origin, &error);
                Err(error)
            }
        });
        stream::iter([Ok(answering)]).chain(watched).boxed()
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        if self.probing {
            locked(&self.breaker).abandoned(self.origin.elapsed());
        }
    }
}

/// Counts a failure that says something about the provider; whether it does.
fn blame(breaker: &Mutex<Breaker>, origin: Instant, error: &LlmError) -> bool {
    let blamed = error.blames_provider();
    if blamed {
        locked(breaker).failed(origin.elapsed());
    }
    blamed
}
