//! One test a fault. Each says what the provider does, how the answer ends, within which time, and that nothing of the
//! connection is left; the rows it writes make the table of faults.

use std::time::Duration;

use auterity::llm::{LlmError, fallback::Providers};
use serde_json::json;

use crate::asking::{FIRST_TOKEN, IDLE, KEY, Outcome, TOTAL, ask, only};
use crate::upstream::{self, Act, Upstream, chunk, data, done, finish, head, refusal, stream, text, usage};

/// What the connection must be afterwards.
#[derive(Clone, Copy, PartialEq)]
enum After {
    /// Closed: the provider may be at anything.
    Closed,
    /// Usable: the next request comes over it.
    Kept,
}

/// Plays a reply to one provider that is asked once, and checks what every outcome has in common.
async fn fault(name: &str, reply: Vec<Act>, (word, within): (&str, f64), after: After) -> Outcome {
    let upstream = Upstream::new(vec![reply, upstream::says("Still here.")]).await;
    let model = only(&upstream);
    let outcome = ask(&model).await;
    assert_eq!(outcome.word(), word, "{outcome:?}");
    // a busy machine may be late; it may not be twice as late
    assert!(outcome.took < Duration::from_secs_f64(within + 0.5), "{:?}", outcome.took);
    let closed = match after {
        After::Closed => {
            let closed = upstream.closed_within(Duration::from_secs(2)).await;
            closed.expect("the connection is still open");
            "closed"
        }
        After::Kept => "kept",
    };
    let next = ask(&model).await;
    assert_eq!((next.word(), next.said.as_str()), ("stop", "Still here."), "the next request");
    let seen = upstream.seen();
    assert_eq!(seen.len(), 2, "asked once each");
    assert_eq!(seen[0].connection == seen[1].connection, after == After::Kept, "{name}");
    row(name, &outcome, closed);
    outcome
}

/// Keeps a row of the table of faults in `target/faults`.
fn row(name: &str, outcome: &Outcome, closed: &str) {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("faults");
    std::fs::create_dir_all(&folder).unwrap();
    let error = outcome.end.as_ref().err().map(ToString::to_string).unwrap_or_default();
    let line = format!("| {name} | `{}` {error} | {} ms | {closed} |\n", outcome.word(), outcome.took.as_millis());
    std::fs::write(folder.join(format!("{}.md", name.replace(|c: char| !c.is_alphanumeric(), "-"))), line).unwrap();
}

/// The beginning of an answer, then this.
fn begun(then: Vec<Act>) -> Vec<Act> {
    stream([vec![text("Well, ")], then].concat())
}

/// A whole answer, and then this instead of the end.
fn answered(then: Vec<Act>) -> Vec<Act> {
    stream([vec![text("Well, yes."), finish("stop"), usage()], then].concat())
}

fn error_of(outcome: &Outcome) -> &LlmError {
    match outcome.end.as_ref().unwrap_err() {
        LlmError::AllFailed(failures) => &failures[0].error,
        error => error,
    }
}

#[tokio::test]
async fn a_good_answer() {
    let outcome = fault("none", upstream::says("Well, yes."), ("stop", 0.1), After::Kept).await;
    assert_eq!(outcome.said, "Well, yes.");
    let usage = outcome.usage.unwrap();
    assert_eq!((usage.input_tokens, usage.cached_tokens, usage.output_tokens, usage.estimated), (50, 30, 7, false));
    assert_eq!(outcome.provider.unwrap(), "first");
}

#[tokio::test]
async fn reset_before_an_answer() {
    let reply = vec![Act::Reset];
    let outcome = fault("reset before an answer", reply, ("model_unavailable", 0.1), After::Closed).await;
    assert!(matches!(error_of(&outcome), LlmError::Unreachable(_)), "{outcome:?}");
}

#[tokio::test]
async fn reset_in_the_middle() {
    let reply = begun(vec![Act::Pause(Duration::from_millis(30)), Act::Reset]);
    let outcome = fault("reset in the middle", reply, ("model_answer_broken", 0.1), After::Closed).await;
    assert!(matches!(error_of(&outcome), LlmError::Broken(_)), "{outcome:?}");
    assert_eq!(outcome.said, "Well, ");
    assert!(outcome.usage.unwrap().estimated, "what broke off was paid for all the same");
}

#[tokio::test]
async fn hung_up_in_the_middle() {
    let reply = begun(vec![Act::HangUp]);
    let outcome = fault("hung up in the middle", reply, ("model_answer_broken", 0.1), After::Closed).await;
    assert!(matches!(error_of(&outcome), LlmError::Broken(_)), "{outcome:?}");
}

#[tokio::test]
async fn ends_without_a_reason() {
    let outcome =
        fault("ends without a reason", begun(vec![Act::End]), ("model_answer_broken", 0.1), After::Kept).await;
    assert!(matches!(error_of(&outcome), LlmError::Cut), "{outcome:?}");
}

#[tokio::test]
async fn done_without_a_reason() {
    let outcome = fault("[DONE] without a reason", begun(done()), ("model_answer_broken", 0.1), After::Kept).await;
    assert!(matches!(error_of(&outcome), LlmError::Cut), "{outcome:?}");
}

#[tokio::test]
async fn nothing_at_all() {
    fault("an empty stream", stream(done()), ("model_answer_broken", 0.1), After::Kept).await;
}

#[tokio::test]
async fn hangs_before_the_head() {
    let outcome = fault("hangs before the head", vec![Act::Hang], ("model_timeout", FIRST_TOKEN), After::Closed).await;
    assert!(outcome.took >= Duration::from_secs_f64(FIRST_TOKEN));
}

#[tokio::test]
async fn hangs_after_the_head() {
    fault("hangs after the head", stream(vec![Act::Hang]), ("model_timeout", FIRST_TOKEN), After::Closed).await;
}

#[tokio::test]
async fn hangs_after_the_role() {
    let reply = stream(vec![chunk(&json!({"role": "assistant", "content": ""}), None), Act::Hang]);
    fault("hangs after the role", reply, ("model_timeout", FIRST_TOKEN), After::Closed).await;
}

#[tokio::test]
async fn hangs_in_the_middle() {
    let outcome = fault("hangs in the middle", begun(vec![Act::Hang]), ("model_timeout", IDLE), After::Closed).await;
    assert_eq!(outcome.said, "Well, ");
    assert!(outcome.took >= Duration::from_secs_f64(IDLE));
}

#[tokio::test]
async fn comments_for_ever() {
    let comment = [Act::Piece(b": working\n\n".to_vec()), Act::Pause(Duration::from_millis(50))];
    let reply = stream(comment.iter().cloned().cycle().take(200).collect());
    fault("comments for ever", reply, ("model_timeout", FIRST_TOKEN), After::Closed).await;
}

#[tokio::test]
async fn never_comes_to_an_end() {
    let piece = [text("and "), Act::Pause(Duration::from_millis(50))];
    let reply = stream(piece.iter().cloned().cycle().take(200).collect());
    let outcome = fault("never comes to an end", reply, ("model_timeout", TOTAL), After::Closed).await;
    assert!(outcome.took >= Duration::from_secs_f64(TOTAL), "it may take its time");
    assert!(outcome.said.len() > 20);
}

#[tokio::test]
async fn thinks_longer_than_the_first_piece_may_take() {
    let thought = [chunk(&json!({"reasoning_content": "hm"}), None), Act::Pause(Duration::from_millis(100))];
    let mut acts: Vec<Act> = thought.iter().cloned().cycle().take(18).collect();
    acts.extend([text("Yes."), finish("stop")]);
    acts.extend(done());
    let outcome = fault("thinks before it speaks", stream(acts), ("stop", 0.9), After::Kept).await;
    assert_eq!(outcome.said, "Yes.", "thoughts are not said");
    assert!(outcome.took >= Duration::from_millis(800));
}

#[tokio::test]
async fn malformed_chunk() {
    let reply = begun(vec![data("{\"choices\": [{"), Act::Hang]);
    let outcome = fault("a malformed chunk", reply, ("model_answer_broken", 0.1), After::Closed).await;
    assert!(matches!(error_of(&outcome), LlmError::Malformed), "{outcome:?}");
}

#[tokio::test]
async fn chunk_of_another_shape() {
    let reply = begun(vec![data("{\"choices\": 7}"), Act::Hang]);
    fault("a chunk of another shape", reply, ("model_answer_broken", 0.1), After::Closed).await;
}

#[tokio::test]
async fn not_even_text() {
    let reply = begun(vec![Act::Piece(b"data: \xff\xfe\x00{}\n\n".to_vec()), Act::Hang]);
    fault("bytes that are no text", reply, ("model_answer_broken", 0.1), After::Closed).await;
}

#[tokio::test]
async fn error_object_in_the_middle() {
    let reply = begun(vec![data(r#"{"error":{"message":"overloaded","code":503}}"#), Act::Hang]);
    let outcome = fault("an error object in the middle", reply, ("model_answer_broken", 0.1), After::Closed).await;
    assert!(matches!(error_of(&outcome), LlmError::Reported { limited: false, .. }), "{outcome:?}");
}

#[tokio::test]
async fn error_event_in_the_middle() {
    let event =
        Act::Piece(b"event: error\ndata: {\"message\":\"slow down\",\"type\":\"rate_limit_error\"}\n\n".to_vec());
    fault("an error event in the middle", begun(vec![event, Act::Hang]), ("model_rate_limited", 0.1), After::Closed)
        .await;
}

#[tokio::test]
async fn error_as_a_chunk_of_its_own() {
    let reply = stream(vec![data(r#"{"object":"error","message":"no","code":400}"#), Act::Hang]);
    fault("an error instead of a chunk", reply, ("model_answer_broken", 0.1), After::Closed).await;
}

#[tokio::test]
async fn error_body_with_status_200() {
    let reply = vec![
        head(200, &[("content-type", "application/json")]),
        Act::Piece(br#"{"error":{"message":"busy","type":"rate_limit_exceeded"}}"#.to_vec()),
        Act::End,
    ];
    fault("200 with an error body", reply, ("model_rate_limited", 0.1), After::Kept).await;
}

#[tokio::test]
async fn document_instead_of_a_stream() {
    let reply = vec![
        head(200, &[("content-type", "application/json; charset=utf-8")]),
        Act::Piece(br#"{"object":"chat.completion","choices":[{"message":{"content":"Hi"}}]}"#.to_vec()),
        Act::End,
    ];
    let outcome = fault("a document instead of a stream", reply, ("model_answer_broken", 0.1), After::Kept).await;
    assert!(matches!(error_of(&outcome), LlmError::NotAStream(_)), "{outcome:?}");
}

#[tokio::test]
async fn page_instead_of_a_stream() {
    let reply = vec![head(200, &[("content-type", "text/html")]), Act::Piece(b"<html>Sign in".to_vec()), Act::Hang];
    let outcome = fault("a page instead of a stream", reply, ("model_answer_broken", 0.1), After::Closed).await;
    assert!(matches!(error_of(&outcome), LlmError::NotAStream(_)), "{outcome:?}");
}

#[tokio::test]
async fn compressed() {
    let headers = [("content-type", "text/event-stream"), ("content-encoding", "gzip")];
    let reply = vec![head(200, &headers), Act::Piece(b"\x1f\x8b\x08\x00\x00".to_vec()), Act::Hang];
    let outcome = fault("a compressed stream", reply, ("model_answer_broken", 0.1), After::Closed).await;
    assert!(matches!(error_of(&outcome), LlmError::NotAStream(_)), "{outcome:?}");
}

#[tokio::test]
async fn not_http() {
    let reply = vec![Act::Raw(b"220 mail.example ESMTP\r\n".to_vec()), Act::Hang];
    fault("another protocol", reply, ("model_unavailable", 0.1), After::Closed).await;
}

#[tokio::test]
async fn line_without_an_end() {
    let piece = Act::Piece(vec![b'x'; 128 * 1024]);
    let reply = begun([vec![Act::Piece(b"data: ".to_vec())], vec![piece; 12], vec![Act::Hang]].concat());
    let outcome = fault("a line without an end", reply, ("model_answer_broken", 0.5), After::Closed).await;
    assert!(matches!(error_of(&outcome), LlmError::TooLong), "{outcome:?}");
}

#[tokio::test]
async fn refusal_in_html() {
    let reply = refusal(502, &[("content-type", "text/html")], "<html><h1>Bad Gateway</h1></html>");
    let outcome = fault("an error page", reply, ("model_unavailable", 0.1), After::Kept).await;
    assert!(matches!(error_of(&outcome), LlmError::Status { status: 502, .. }), "{outcome:?}");
}

#[tokio::test]
async fn refusal_that_never_ends() {
    let reply = vec![head(500, &[]), Act::Piece(b"Hold the".to_vec()), Act::Hang];
    fault("a refusal that never ends", reply, ("model_unavailable", 2.0), After::Closed).await;
}

#[tokio::test]
async fn refusals_have_their_codes() {
    let cases = [
        (400, "model_request_refused"),
        (401, "model_credentials_refused"),
        (403, "model_credentials_refused"),
        (404, "model_request_refused"),
        (429, "model_rate_limited"),
        (500, "model_unavailable"),
        (503, "model_unavailable"),
    ];
    for (status, word) in cases {
        let body = json!({"error": {"message": format!("Incorrect API key provided: {KEY}."), "code": 17}}).to_string();
        let outcome = fault(&format!("status {status}"), refusal(status, &[], &body), (word, 0.1), After::Kept).await;
        let LlmError::Status { body, .. } = error_of(&outcome) else { panic!("{outcome:?}") };
        assert!(body.contains("[secret]"), "{body}");
    }
}

#[tokio::test]
async fn redirect_to_another_host() {
    let other = Upstream::new(vec![upstream::says("Thank you for the key.")]).await;
    for status in [301, 302, 307, 308] {
        let location = format!("{}/chat/completions", other.base_url);
        let reply = refusal(status, &[("location", &location)], "");
        fault(&format!("redirect {status} to another host"), reply, ("model_unavailable", 0.1), After::Kept).await;
    }
    assert!(other.seen().is_empty(), "nothing goes to an address that is not in the settings");
}

#[tokio::test]
async fn nobody_there() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut settings = crate::asking::settings(&[]);
    settings.base_url = format!("http://{address}/v1");
    settings.api_key = KEY.to_owned().into();
    let outcome = ask(&Providers::new(&settings).unwrap()).await;
    assert_eq!(outcome.word(), "model_unavailable", "{outcome:?}");
    row("nobody listens", &outcome, "never opened");
}

#[tokio::test]
async fn no_done() {
    let outcome = fault("no [DONE]", answered(vec![Act::End]), ("stop", 0.1), After::Kept).await;
    assert_eq!(outcome.said, "Well, yes.");
}

#[tokio::test]
async fn hangs_after_the_answer() {
    let outcome = fault("hangs after the answer", answered(vec![Act::Hang]), ("stop", 1.0), After::Closed).await;
    assert!(!outcome.usage.unwrap().estimated);
}

#[tokio::test]
async fn breaks_after_the_answer() {
    let reply = answered(vec![Act::Pause(Duration::from_millis(20)), Act::Reset]);
    fault("breaks after the answer", reply, ("stop", 0.1), After::Closed).await;
}

#[tokio::test]
async fn no_usage() {
    let reply = stream([vec![text("Well, yes."), finish("stop")], done()].concat());
    let outcome = fault("no usage", reply, ("stop", 0.1), After::Kept).await;
    let usage = outcome.usage.unwrap();
    assert!(usage.estimated && usage.input_tokens > 10 && usage.output_tokens == 3, "{usage:?}");
}

#[tokio::test]
async fn every_finish_reason() {
    for (reason, word) in [("stop", "stop"), ("length", "length"), ("content_filter", "content_filter")] {
        let reply = stream([vec![text("Well"), finish(reason)], done()].concat());
        fault(&format!("finish {reason}"), reply, (word, 0.1), After::Kept).await;
    }
    let call = json!({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "ask", "arguments": "{}"}}]});
    let reply = stream([vec![chunk(&call, None), finish("tool_calls")], done()].concat());
    fault("finish tool_calls", reply, ("tool_calls", 0.1), After::Kept).await;
}

#[tokio::test]
async fn finish_reason_that_is_none() {
    let reply = begun([vec![finish("error")], done()].concat());
    fault("finish error", reply, ("model_answer_broken", 0.1), After::Kept).await;
}

#[tokio::test]
async fn refuses_in_words() {
    let pieces = ["I ", "will not."].map(|piece| chunk(&json!({"refusal": piece, "content": null}), None));
    let reply = stream([pieces.to_vec(), vec![finish("stop")], done()].concat());
    let outcome = fault("a refusal in words", reply, ("stop", 0.1), After::Kept).await;
    assert_eq!((outcome.refused.as_str(), outcome.said.as_str()), ("I will not.", ""));
}

#[tokio::test]
async fn empty_deltas() {
    let empty = || chunk(&json!({"role": "assistant", "content": "", "tool_calls": []}), None);
    let null = || chunk(&json!(null), None);
    let acts =
        [vec![empty(), null(), text("Yes"), empty(), null(), finish(""), text("."), finish("stop")], done()].concat();
    assert_eq!(fault("empty deltas", stream(acts), ("stop", 0.1), After::Kept).await.said, "Yes.");
}
