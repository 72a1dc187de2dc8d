//! What is sent in each dialect, and answers as the looser servers write them.

use std::sync::Arc;

use async_openai::types::chat::{
    ChatChoiceLogprobs, ChatChoiceStream, ChatCompletionMessageToolCallChunk, ChatCompletionStreamResponseDelta,
    CompletionUsage, CreateChatCompletionRequest, CreateChatCompletionStreamResponse, FinishReason as Published,
    FunctionCallStream, FunctionType, PromptTokensDetails, Role,
};
use auterity::config::{Dialect, LlmConfig, Price};
use auterity::llm::{ChatMessage, ChatRequest, ToolSpec, fallback::Providers};
use auterity::model::conversation::ToolCall;
use serde_json::{Value, json};

use crate::asking::{KEY, Outcome, ask, ask_with, settings};
use crate::upstream::{Act, Seen, Upstream, chunk, data, done, finish, says, stream, text};

fn conversation() -> ChatRequest {
    let call = ToolCall { id: "call_1".into(), name: "ask".into(), arguments: "{}".into() };
    ChatRequest {
        messages: vec![
            ChatMessage::system("Be brief."),
            ChatMessage::user("text new leads"),
            ChatMessage::assistant("", vec![call]),
            ChatMessage::tool("call_1", r#"{"asked":1}"#),
        ],
        tools: Arc::new([ToolSpec {
            name: "ask",
            description: "Asks.".into(),
            parameters: json!({"type": "object", "properties": {"text": {"type": "string"}}}),
        }]),
        max_tokens: 700,
        ..ChatRequest::default()
    }
}

async fn sent(change: impl FnOnce(&mut LlmConfig)) -> Seen {
    let upstream = Upstream::new(vec![says("Yes.")]).await;
    let mut settings = settings(&[&upstream]);
    change(&mut settings);
    assert_eq!(ask_with(&Providers::new(&settings).unwrap(), conversation()).await.said, "Yes.");
    upstream.seen().remove(0)
}

async fn answered(acts: Vec<Act>) -> Outcome {
    let upstream = Upstream::new(vec![stream(acts)]).await;
    ask(&Providers::new(&settings(&[&upstream])).unwrap()).await
}

#[tokio::test]
async fn openai_is_spoken_to_in_its_own_words() {
    let seen = sent(|config| config.providers[0].dialect = Dialect::OpenAi).await;
    let expected = json!({
        "model": "model-0",
        "stream": true,
        "stream_options": {"include_usage": true},
        "max_completion_tokens": 700,
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "text new leads"},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "ask", "arguments": "{}"}},
            ]},
            {"role": "tool", "content": "{\"asked\":1}", "tool_call_id": "call_1"},
        ],
        "tools": [{"type": "function", "function": {
            "name": "ask", "description": "Asks.",
            "parameters": {"type": "object", "properties": {"text": {"type": "string"}}}, "strict": false,
        }}],
    });
    assert_eq!(seen.body, expected);
    assert!(seen.head.starts_with("post /v1/chat/completions http/1.1\r\n"), "{}", seen.head);
    assert!(seen.head.contains(&format!("authorization: bearer {}", KEY.to_lowercase())));
    assert!(seen.head.contains("accept-encoding: identity"), "{}", seen.head);
}

#[tokio::test]
async fn others_are_spoken_to_in_words_that_all_of_them_know() {
    let seen = sent(|_| ()).await;
    assert_eq!(seen.body["max_tokens"], 700);
    assert_eq!(seen.body["messages"][2]["content"], "");
    assert!(seen.body.get("max_completion_tokens").is_none());
    assert!(seen.body["tools"][0]["function"].get("strict").is_none());
}

/// The form that OpenAI publishes, as the crate of its types knows it: nothing is sent that it does not have.
#[tokio::test]
async fn a_request_is_one_by_openais_own_types() {
    for dialect in [Dialect::OpenAi, Dialect::Compatible] {
        let seen = sent(|config| config.providers[0].dialect = dialect).await;
        let read: CreateChatCompletionRequest = serde_json::from_value(seen.body.clone()).unwrap();
        assert_eq!((read.messages.len(), read.tools.as_ref().map(Vec::len)), (4, Some(1)));
        let mut again = serde_json::to_value(read).unwrap();
        if dialect == Dialect::OpenAi {
            again["messages"][2]["content"] = Value::Null; // said, though the types would leave it out
        }
        assert_eq!(again, seen.body);
    }
}

/// And every chunk that those types can write is read.
#[tokio::test]
async fn chunks_by_openais_own_types_are_read() {
    let written = |delta: ChatCompletionStreamResponseDelta, finish_reason| {
        let choices =
            vec![ChatChoiceStream { index: 0, delta, finish_reason, logprobs: Some(ChatChoiceLogprobs::default()) }];
        let chunk = CreateChatCompletionStreamResponse { choices, ..CreateChatCompletionStreamResponse::default() };
        data(&serde_json::to_string(&chunk).unwrap())
    };
    let say = |text: &str| ChatCompletionStreamResponseDelta {
        content: Some(text.to_owned()),
        role: Some(Role::Assistant),
        ..ChatCompletionStreamResponseDelta::default()
    };
    let call = |index, name: &str, arguments: &str| ChatCompletionStreamResponseDelta {
        tool_calls: Some(vec![ChatCompletionMessageToolCallChunk {
            index,
            id: Some(format!("call_{index}")),
            r#type: Some(FunctionType::Function),
            function: Some(FunctionCallStream { name: Some(name.to_owned()), arguments: Some(arguments.to_owned()) }),
        }]),
        ..ChatCompletionStreamResponseDelta::default()
    };
    let spent = CreateChatCompletionStreamResponse {
        usage: Some(CompletionUsage {
            prompt_tokens: 50,
            completion_tokens: 7,
            total_tokens: 57,
            prompt_tokens_details: Some(PromptTokensDetails {
                cached_tokens: Some(30),
                ..PromptTokensDetails::default()
            }),
            completion_tokens_details: None,
        }),
        ..CreateChatCompletionStreamResponse::default()
    };
    let reasons = [
        (Published::Stop, "tool_calls"),
        (Published::ToolCalls, "tool_calls"),
        (Published::FunctionCall, "tool_calls"),
        (Published::Length, "length"),
        (Published::ContentFilter, "content_filter"),
    ];
    for (reason, word) in reasons {
        let acts = vec![
            written(say("At nine."), None),
            written(call(0, "ask", "{}"), None),
            written(call(1, "decline", "[]"), None),
            written(ChatCompletionStreamResponseDelta::default(), Some(reason)),
            data(&serde_json::to_string(&spent).unwrap()),
        ];
        let outcome = answered([acts, done()].concat()).await;
        assert_eq!((outcome.word(), outcome.said.as_str()), (word, "At nine."));
        let expected = [("call_0", "ask", "{}"), ("call_1", "decline", "[]")];
        let calls: Vec<(&str, &str, &str)> =
            outcome.calls.iter().map(|(id, name, text)| (id.as_str(), name.as_str(), text.as_str())).collect();
        assert_eq!(calls, expected);
        let usage = outcome.usage.unwrap();
        assert_eq!((usage.input_tokens, usage.cached_tokens, usage.output_tokens), (50, 30, 7));
    }
}

#[tokio::test]
async fn counts_of_any_kind_are_no_reason_to_lose_an_answer() {
    let usage =
        json!({"prompt_tokens": 12.0, "completion_tokens": "many", "prompt_tokens_details": {"cached_tokens": -1}});
    let acts = vec![text("Yes."), finish("stop"), data(&json!({"choices": [], "usage": usage}).to_string())];
    let outcome = answered([acts, done()].concat()).await;
    assert_eq!((outcome.word(), outcome.said.as_str()), ("stop", "Yes."));
    let usage = outcome.usage.unwrap();
    assert_eq!((usage.input_tokens, usage.cached_tokens, usage.output_tokens), (12, 0, 0));
}

#[tokio::test]
async fn headers_and_fields_of_the_settings_are_sent_and_no_key_without_one() {
    let seen = sent(|config| {
        let provider = &mut config.providers[0];
        provider.api_key = String::new().into();
        provider.headers.insert("x-project".into(), "auterity".to_owned().into());
        provider.extra = json!({"temperature": 0.2}).as_object().cloned().unwrap();
    });
    let seen = seen.await;
    assert!(seen.head.contains("x-project: auterity") && !seen.head.contains("authorization"), "{}", seen.head);
    assert_eq!(seen.body["temperature"], 0.2);
}

#[tokio::test]
async fn the_same_beginning_is_the_same_text() {
    let mut texts = Vec::new();
    for _ in 0..2 {
        texts.push(sent(|_| ()).await.body.to_string());
    }
    assert_eq!(texts[0], texts[1]);
}

#[tokio::test]
async fn money_is_counted_by_the_price_table() {
    let upstream = Upstream::new(vec![says("Yes.")]).await;
    let mut settings = settings(&[&upstream]);
    settings.providers[0].price = Price { input: 2.0, cached_input: Some(0.5), output: 8.0 };
    let usage = ask(&Providers::new(&settings).unwrap()).await.usage.unwrap();
    assert_eq!(usage.cost_microdollars, 20 * 2 + 15 + 7 * 8);
}

fn call(piece: &Value) -> Act {
    chunk(&json!({"role": "assistant", "content": null, "tool_calls": [piece]}), None)
}

#[tokio::test]
async fn ollama_sends_whole_calls_without_telling_them_apart() {
    let one = |city: &str| {
        call(&json!({"index": 0, "id": format!("call_{city}"), "type": "function", "function": {
            "name": "find_actions", "arguments": format!("{{\"query\":\"{city}\"}}"),
        }}))
    };
    let outcome = answered([vec![one("a"), one("b"), finish("stop")], done()].concat()).await;
    assert_eq!(outcome.word(), "tool_calls", "though it says stop");
    let arguments: Vec<&str> = outcome.calls.iter().map(|(_, _, arguments)| arguments.as_str()).collect();
    assert_eq!(arguments, [r#"{"query":"a"}"#, r#"{"query":"b"}"#]);
}

#[tokio::test]
async fn arguments_may_be_an_object_and_ids_and_indexes_missing() {
    let outcome = answered(
        [
            vec![
                call(&json!({"function": {"name": "ask", "arguments": {"text": "When?", "n": [1, null]}}})),
                call(&json!({"function": {"name": "decline", "arguments": {}}})),
                finish("tool_calls"),
            ],
            done(),
        ]
        .concat(),
    );
    let calls = outcome.await.calls;
    let expected = [("ask", r#"{"text":"When?","n":[1,null]}"#), ("decline", "{}")];
    assert_eq!(calls.iter().map(|(_, name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_call_may_be_cut_between_any_two_bytes() {
    // even within a character: the event is cut, not the text
    let event =
        call(&json!({"index": 0, "id": "a", "function": {"name": "ask", "arguments": r#"{"text":"¿Cuándo? 🚗"}"#}}));
    let Act::Piece(bytes) = event else { panic!("a piece") };
    for size in [1, 2, 3, 5, 64] {
        let pieces = bytes.chunks(size).map(|piece| Act::Piece(piece.to_vec()));
        let outcome = answered(pieces.chain([finish("tool_calls")]).chain(done()).collect()).await;
        assert_eq!(outcome.calls, [("a".into(), "ask".into(), r#"{"text":"¿Cuándo? 🚗"}"#.into())], "pieces of {size}");
    }
}

#[tokio::test]
async fn thoughts_are_never_said() {
    let acts = vec![
        chunk(&json!({"role": "assistant", "reasoning_content": "The user seems"}), None),
        chunk(&json!({"role": "assistant", "reasoning": " lost.", "reasoning_details": [{"text": "x"}]}), None),
        text("<thi"),
        text("nk>still thinking</th"),
        text("ink>\n\nAt nine, "),
        chunk(&json!({"role": "assistant", "content": "then."}), Some("stop")),
    ];
    assert_eq!(answered([acts, done()].concat()).await.said, "At nine, then.");
}

#[tokio::test]
async fn usage_in_every_chunk_is_counted_once() {
    let counted =
        |words: &str, sent: i64, received: i64, finish: Option<&str>| {
            data(&json!({
            "choices": [{"index": 0, "delta": {"content": words}, "finish_reason": finish, "stop_reason": null}],
            "usage": {"prompt_tokens": sent, "completion_tokens": received},
        }).to_string())
        };
    let acts = vec![counted("One ", 9, 1, None), counted("two.", 9, 2, None), counted("", 9, 3, Some("stop"))];
    let usage = answered([acts, done()].concat()).await.usage.unwrap();
    assert_eq!((usage.input_tokens, usage.output_tokens, usage.estimated), (9, 3, false));
}

#[tokio::test]
async fn events_need_no_space_no_type_and_no_last_line() {
    let upstream = Upstream::new(vec![vec![
        crate::upstream::head(200, &[]),
        Act::Piece(b"\xEF\xBB\xBFdata:{\"choices\":[{\"delta\":{\"content\":\"Yes\"}}]}\r\n\r\n".to_vec()),
        Act::Piece(
            b"id: 4\r\nevent: message\r\ndata:{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}".to_vec(),
        ),
        Act::End,
    ]]);
    let outcome = ask(&Providers::new(&settings(&[&upstream.await])).unwrap()).await;
    assert_eq!((outcome.said.as_str(), outcome.word()), ("Yes", "stop"));
}
