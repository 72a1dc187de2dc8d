//! Server-sent events as model providers write them: the payload of each event, bounded in size.

use bytes::Bytes;
use futures::{Stream, StreamExt};

use super::LlmError;

/// Longest event; the longest real ones hold a whole call in one piece.
pub const MAX_EVENT: usize = 1024 * 1024;
/// Longest answer with everything around its pieces.
pub const MAX_ANSWER: usize = 16 * 1024 * 1024;
/// Room that is kept between two events.
const KEPT: usize = 4096;

/// One event.
#[derive(Debug, PartialEq, Eq)]
pub struct Event {
    /// It is named `error`.
    pub error: bool,
    /// Its data.
    pub data: Vec<u8>,
}

/// The events of a body.
#[derive(Debug)]
pub struct Events<B> {
    body: B,
    /// Received, from the first line that is not read.
    buffer: Vec<u8>,
    /// Where in `buffer` lines that are read end.
    read: usize,
    /// Where the search for the end of the line goes on.
    searched: usize,
    /// The event being received.
    data: Vec<u8>,
    error: bool,
    received: usize,
    first: bool,
    over: bool,
}

impl<B: Stream<Item = Result<Bytes, reqwest::Error>> + Unpin> Events<B> {
    /// The events of `body`.
    pub fn new(body: B) -> Self {
        Self {
            body,
            buffer: Vec::new(),
            read: 0,
            searched: 0,
            data: Vec::new(),
            error: false,
            received: 0,
            first: true,
            over: false,
        }
    }

    /// The next event; `None` at the end of the body. An event that the end cuts off counts: some providers leave out
    /// the last empty line. Cancel-safe.
    ///
    /// # Errors
    /// [`LlmError::Broken`] and [`LlmError::TooLong`].
    pub async fn next(&mut self) -> Result<Option<Event>, LlmError> {
        loop {
            if let Some(event) = self.take()? {
                return Ok(Some(event));
            }
            if self.over {
                return Ok(self.finish());
            }
            match self.body.next().await {
                Some(Ok(bytes)) => self.receive(&bytes)?,
                Some(Err(error)) => return Err(LlmError::Broken(error)),
                None => {
                    self.over = true;
                    self.buffer.push(b'\n');
                }
            }
        }
    }

    fn receive(&mut self, bytes: &[u8]) -> Result<(), LlmError> {
        self.received += bytes.len();
        if self.received > MAX_ANSWER {
            return Err(LlmError::TooLong);
        }
        self.buffer.drain(..self.read);
        self.searched -= self.read;
        self.read = 0;
        if self.buffer.is_empty() && self.buffer.capacity() > KEPT {
            self.buffer.shrink_to(KEPT);
        }
        self.buffer.extend_from_slice(bytes);
        if self.first && self.buffer.len() >= 3 {
            self.first = false;
            if self.buffer.starts_with(b"\xEF\xBB\xBF") {
                self.buffer.drain(..3);
                self.searched = 0;
            }
        }
        Ok(())
    }

    /// Reads lines until an event is whole; `None` when more must be received.
    fn take(&mut self) -> Result<Option<Event>, LlmError> {
        loop {
            let unsearched = self.buffer.get(self.searched..).unwrap_or_default();
            let Some(at) = unsearched.iter().position(|byte| *byte == b'\n') else {
                self.searched = self.buffer.len();
                if self.searched - self.read + self.data.len() > MAX_EVENT {
                    return Err(LlmError::TooLong);
                }
                return Ok(None);
            };
            let (from, to) = (self.read, self.searched + at);
            self.read = to + 1;
            self.searched = self.read;
            let line = self.buffer.get(from..to).unwrap_or_default();
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.is_empty() {
                if let Some(event) = self.finish() {
                    return Ok(Some(event));
                }
            } else if let Some(data) = field(line, b"data:") {
                if !self.data.is_empty() {
                    self.data.push(b'\n');
                }
                self.data.extend_from_slice(data);
                if self.data.len() > MAX_EVENT {
                    return Err(LlmError::TooLong);
                }
            } else if let Some(name) = field(line, b"event:") {
                self.error = name == b"error";
            }
        }
    }

    fn finish(&mut self) -> Option<Event> {
        let (error, data) = (std::mem::take(&mut self.error), std::mem::take(&mut self.data));
        (!data.is_empty()).then_some(Event { error, data })
    }
}

fn field<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let value = line.strip_prefix(name)?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(pieces: &[&[u8]]) -> Result<Vec<String>, LlmError> {
        let pieces: Vec<Result<Bytes, reqwest::Error>> =
            pieces.iter().map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        let mut events = Events::new(futures::stream::iter(pieces));
        let mut found = Vec::new();
        while let Some(event) = events.next().await? {
            let name = if event.error { "error " } else { "" };
            found.push(format!("{name}{}", String::from_utf8(event.data).unwrap()));
        }
        Ok(found)
    }

    #[tokio::test]
    async fn events_cut_anywhere_are_the_same_events() {
        let text = "\u{feff}: hello\r\n\r\nid: 7\ndata: {\"a\":1}\r\n\r\nevent: error\ndata:two\n\n\n\nevent: x\ndata: é\ndata: ü\n\ndata: last";
        let expected = ["{\"a\":1}", "error two", "é\nü", "last"];
        for size in 1..=text.len() {
            let pieces: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            assert_eq!(read(&pieces).await.unwrap(), expected, "pieces of {size}");
        }
    }

    #[tokio::test]
    async fn comments_and_empty_events_are_nothing() {
        assert!(read(&[b": a\n\n", b"\n\n", b"event: error\n\n", b"retry: 10\n\n"]).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn no_event_and_no_answer_is_longer_than_it_may_be() {
        let piece = vec![b'x'; MAX_EVENT / 4];
        let endless: Vec<&[u8]> =
            std::iter::once(b"data: ".as_slice()).chain(std::iter::repeat_n(piece.as_slice(), 5)).collect();
        assert!(matches!(read(&endless).await, Err(LlmError::TooLong)), "one line without an end");

        let line = [b"data: ".as_slice(), &piece, b"\n"].concat();
        let lines: Vec<&[u8]> = std::iter::repeat_n(line.as_slice(), 5).collect();
        assert!(matches!(read(&lines).await, Err(LlmError::TooLong)), "one event of many lines");

        let event = [line.as_slice(), b"\n"].concat();
        let events: Vec<&[u8]> = std::iter::repeat_n(event.as_slice(), 4 * MAX_ANSWER / MAX_EVENT + 1).collect();
        assert!(matches!(read(&events).await, Err(LlmError::TooLong)), "many events");
    }
}
