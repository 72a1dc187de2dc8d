//! The shape of a Serverless Workflow DSL 1.0.3 document, as tables. The verdict is meant to be that of the official
//! schema; `tests/workflow/` compares the two.

use serde_json::{Map, Value};

use super::dsl_outside::{
    AUTHENTICATION, AUTHENTICATION_OR_NAME, CALL_A2A, CALL_ASYNCAPI, CALL_FUNCTION, CALL_GRPC, CALL_HTTP, CALL_MCP,
    CALL_OPENAPI, RUN,
};
use super::shape::Form::{Duration, Expression, Label, Semver, Uri};
use super::shape::Shape::{Any, AnyObject, Choice, Either, Form, List, Named, Task, Text, Truth, Whole};
use super::shape::{Alternative, Object, Shape};
use crate::workflow::both::{Both, both};

pub(super) type Fields = &'static [(&'static str, Shape)];

/// The key that says what a task does; `for` comes before `do`, which is its body.
pub(super) const TASK_KEYS: [&str; 12] =
    ["call", "fork", "emit", "for", "listen", "raise", "run", "set", "switch", "try", "wait", "do"];

pub(super) const PROTOCOLS: [&str; 6] = ["asyncapi", "grpc", "http", "openapi", "a2a", "mcp"];

/// The table of a task with these keys.
pub(super) fn task_object(task: &Map<String, Value>) -> Option<&'static Object> {
    let key = TASK_KEYS.iter().find(|key| task.contains_key(**key))?;
    Some(match *key {
        "call" => match task.get("call").and_then(Value::as_str) {
            Some("asyncapi") => &CALL_ASYNCAPI,
            Some("grpc") => &CALL_GRPC,
            Some("http") => &CALL_HTTP,
            Some("openapi") => &CALL_OPENAPI,
            Some("a2a") => &CALL_A2A,
            Some("mcp") => &CALL_MCP,
            _ => &CALL_FUNCTION,
        },
        "fork" => &FORK,
        "emit" => &EMIT,
        "for" => &FOR,
        "listen" => &LISTEN,
        "raise" => &RAISE,
        "run" => &RUN,
        "set" => &SET,
        "switch" => &SWITCH,
        "try" => &TRY,
        "wait" => &WAIT,
        _ => &DO,
    })
}

pub(super) const fn needs(needs: &'static [&'static str]) -> Alternative {
    Alternative { needs, also: &[] }
}

pub(super) static DOCUMENT: Object = Object::open(
    "the document",
    &[&[
        ("document", Shape::Object(&HEADER)),
        ("input", Shape::Object(&INPUT)),
        ("use", Shape::Object(&USE)),
        ("do", TASKS),
        ("timeout", TIMEOUT_OR_NAME),
        ("output", Shape::Object(&OUTPUT)),
        ("schedule", Shape::Object(&SCHEDULE)),
    ]],
)
.requires(&["document", "do"]);

static HEADER: Object = Object::closed(
    "`document`",
    &[&[
        ("dsl", Form(Semver)),
        ("namespace", Form(Label)),
        ("name", Form(Label)),
        ("version", Form(Semver)),
        ("title", Text),
        ("summary", Text),
        ("tags", AnyObject(0)),
        ("metadata", AnyObject(0)),
    ]],
)
.requires(&["dsl", "namespace", "name", "version"]);

static USE: Object = Object::closed(
    "`use`",
    &[&[
        ("authentications", Shape::Map(&Shape::Object(&AUTHENTICATION))),
        ("errors", Shape::Map(&Shape::Object(&ERROR))),
        ("extensions", Named(&Shape::Object(&EXTENSION), false)),
        ("functions", Shape::Map(&Task)),
        ("retries", Shape::Map(&Shape::Object(&RETRY))),
        ("secrets", List(&Text, false)),
        ("timeouts", Shape::Map(&Shape::Object(&TIMEOUT))),
        ("catalogs", Shape::Map(&Shape::Object(&CATALOG))),
    ]],
);

static SCHEDULE: Object = Object::closed(
    "`schedule`",
    &[&[("every", DURATION), ("cron", Text), ("after", DURATION), ("on", Shape::Object(&STRATEGY))]],
);

const TASKS: Shape = Named(&Task, false);
pub(super) const DURATION: Shape = Either(&[Shape::Object(&DURATION_OBJECT), Form(Expression), Form(Duration)]);
const TIMEOUT_OR_NAME: Shape = Either(&[Shape::Object(&TIMEOUT), Text]);
const TEXT_OR_OBJECT: Shape = Either(&[Text, AnyObject(0)]);
pub(super) const ENDPOINT: Shape = Either(&[Form(Expression), Form(Uri), Shape::Object(&ENDPOINT_OBJECT)]);
pub(super) const AUTH: Shape = Shape::Object(&AUTHENTICATION_OR_NAME);
pub(super) const RESOURCE: Shape = Shape::Object(&EXTERNAL_RESOURCE);

fn not_empty(map: &Map<String, Value>) -> Option<Both> {
    map.is_empty().then(|| both!("this must have at least one entry", "aquí va al menos una entrada"))
}

static DURATION_OBJECT: Object = {
    let mut object = Object::closed(
        "a duration",
        &[&[("days", Whole), ("hours", Whole), ("minutes", Whole), ("seconds", Whole), ("milliseconds", Whole)]],
    );
    object.rule = Some(not_empty);
    object
};
static TIMEOUT: Object = Object::closed("a timeout", &[&[("after", DURATION)]]).requires(&["after"]);
static CATALOG: Object = Object::closed("a catalog", &[&[("endpoint", ENDPOINT)]]).requires(&["endpoint"]);
static EXTERNAL_RESOURCE: Object =
    Object::closed("a resource", &[&[("name", Text), ("endpoint", ENDPOINT)]]).requires(&["endpoint"]);
static ENDPOINT_OBJECT: Object =
    Object::closed("an endpoint", &[&[("uri", Either(&[Form(Uri), Form(Expression)])), ("authentication", AUTH)]])
        .requires(&["uri"]);
static EXTENSION: Object = Object::closed(
    "an extension",
    &[&[
        (
            "extend",
            Choice(&[
                "call",
                "composite",
                "emit",
                "for",
                "listen",
                "raise",
                "run",
                "set",
                "switch",
                "try",
                "wait",
                "all",
            ]),
        ),
        ("when", Text),
        ("before", TASKS),
        ("after", TASKS),
    ]],
)
.requires(&["extend"]);
static INPUT: Object = Object::closed("`input`", &[&[("schema", Shape::Object(&SCHEMA)), ("from", TEXT_OR_OBJECT)]]);
static OUTPUT: Object = Object::closed("`output`", &[&[("schema", Shape::Object(&SCHEMA)), ("as", TEXT_OR_OBJECT)]]);
static EXPORT: Object = Object::closed("`export`", &[&[("schema", Shape::Object(&SCHEMA)), ("as", TEXT_OR_OBJECT)]]);
static SCHEMA: Object = Object::closed("a schema", &[&[("format", Text), ("document", Any), ("resource", RESOURCE)]])
    .one_of(&[needs(&["document"]), needs(&["resource"])]);

static ERROR: Object = Object::closed(
    "an error",
    &[&[
        ("type", Either(&[Form(Uri), Form(Expression)])),
        ("status", Whole),
        ("instance", Text),
        ("title", Text),
        ("detail", Text),
    ]],
)
.requires(&["type", "status"]);
static ERROR_FILTER: Object = {
    let mut object = Object::open(
        "an error filter",
        &[&[("type", Text), ("status", Whole), ("instance", Text), ("title", Text), ("details", Text)]],
    );
    object.rule = Some(not_empty);
    object
};
static RETRY: Object = Object::closed(
    "a retry policy",
    &[&[
        ("when", Text),
        ("exceptWhen", Text),
        ("delay", DURATION),
        ("backoff", Shape::Object(&BACKOFF)),
        ("limit", Shape::Object(&RETRY_LIMIT)),
        ("jitter", Shape::Object(&JITTER)),
    ]],
);
static BACKOFF: Object = Object::closed(
    "a backoff",
    &[&[("constant", AnyObject(0)), ("exponential", AnyObject(0)), ("linear", AnyObject(0))]],
)
.one_of(&[needs(&["constant"]), needs(&["exponential"]), needs(&["linear"])]);
static RETRY_LIMIT: Object =
    Object::closed("a retry limit", &[&[("attempt", Shape::Object(&ATTEMPT)), ("duration", DURATION)]]);
static ATTEMPT: Object = Object::closed("a limit of attempts", &[&[("count", Whole), ("duration", DURATION)]]);
static JITTER: Object =
    Object::closed("a jitter", &[&[("from", DURATION), ("to", DURATION)]]).requires(&["from", "to"]);

pub(super) static STRATEGY: Object = Object::closed(
    "an event strategy",
    &[&[
        ("all", List(&Shape::Object(&EVENT_FILTER), false)),
        ("any", List(&Shape::Object(&EVENT_FILTER), false)),
        ("one", Shape::Object(&EVENT_FILTER)),
        ("until", Either(&[Text, Shape::Object(&UNTIL)])),
    ]],
)
.one_of(&[needs(&["all"]), Alternative { needs: &["any"], also: &["until"] }, needs(&["one"])]);
static UNTIL: Object = Object::closed(
    "an event strategy under `until`",
    &[&[
        ("all", List(&Shape::Object(&EVENT_FILTER), false)),
        ("any", List(&Shape::Object(&EVENT_FILTER), false)),
        ("one", Shape::Object(&EVENT_FILTER)),
    ]],
)
.one_of(&[needs(&["all"]), needs(&["any"]), needs(&["one"])]);
static EVENT_FILTER: Object = Object::closed(
    "an event filter",
    &[&[("with", Shape::Object(&EVENT)), ("correlate", Shape::Map(&Shape::Object(&CORRELATION)))]],
)
.requires(&["with"]);
static CORRELATION: Object = Object::open("a correlation", &[&[("from", Text), ("expect", Text)]]).requires(&["from"]);
const EVENT_FIELDS: Fields = &[
    ("id", Text),
    ("source", Either(&[Form(Uri), Form(Expression)])),
    ("type", Text),
    ("time", Text),
    ("subject", Text),
    ("datacontenttype", Text),
    ("dataschema", Either(&[Form(Uri), Form(Expression)])),
    ("data", Any),
];
static EVENT: Object = {
    let mut object = Object::open("the attributes of an event", &[EVENT_FIELDS]);
    object.rule = Some(not_empty);
    object
};
static EMITTED: Object = Object::open("the event to emit", &[EVENT_FIELDS]).requires(&["source", "type"]);

pub(super) const BASE: Fields = &[
    ("if", Text),
    ("input", Shape::Object(&INPUT)),
    ("output", Shape::Object(&OUTPUT)),
    ("export", Shape::Object(&EXPORT)),
    ("timeout", TIMEOUT_OR_NAME),
    ("then", Text),
    ("metadata", AnyObject(0)),
];

static DO: Object = Object::closed("a `do` task", &[BASE, &[("do", TASKS)]]).requires(&["do"]);
static FORK: Object =
    Object::closed("a `fork` task", &[BASE, &[("fork", Shape::Object(&FORK_SPEC))]]).requires(&["fork"]);
static FORK_SPEC: Object =
    Object::closed("`fork`", &[&[("branches", TASKS), ("compete", Truth)]]).requires(&["branches"]);
static EMIT: Object =
    Object::closed("an `emit` task", &[BASE, &[("emit", Shape::Object(&EMIT_SPEC))]]).requires(&["emit"]);
static EMIT_SPEC: Object = Object::closed("`emit`", &[&[("event", Shape::Object(&EMIT_EVENT))]]).requires(&["event"]);
static EMIT_EVENT: Object = Object::open("`event`", &[&[("with", Shape::Object(&EMITTED))]]);
static FOR: Object =
    Object::closed("a `for` task", &[BASE, &[("for", Shape::Object(&FOR_SPEC)), ("while", Text), ("do", TASKS)]])
        .requires(&["for", "do"]);
static FOR_SPEC: Object = Object::closed("`for`", &[&[("each", Text), ("in", Text), ("at", Text)]]).requires(&["in"]);
static LISTEN: Object = Object::closed(
    "a `listen` task",
    &[BASE, &[("listen", Shape::Object(&LISTEN_SPEC)), ("foreach", Shape::Object(&ITERATOR))]],
)
.requires(&["listen"]);
static LISTEN_SPEC: Object =
    Object::closed("`listen`", &[&[("to", Shape::Object(&STRATEGY)), ("read", Choice(&["data", "envelope", "raw"]))]])
        .requires(&["to"]);
pub(super) static ITERATOR: Object = Object::closed(
    "`foreach`",
    &[&[
        ("item", Text),
        ("at", Text),
        ("do", TASKS),
        ("output", Shape::Object(&OUTPUT)),
        ("export", Shape::Object(&EXPORT)),
    ]],
);
static RAISE: Object =
    Object::closed("a `raise` task", &[BASE, &[("raise", Shape::Object(&RAISE_SPEC))]]).requires(&["raise"]);
static RAISE_SPEC: Object =
    Object::closed("`raise`", &[&[("error", Either(&[Shape::Object(&ERROR), Text]))]]).requires(&["error"]);
static SET: Object =
    Object::closed("a `set` task", &[BASE, &[("set", Either(&[AnyObject(1), Text]))]]).requires(&["set"]);
static SWITCH: Object =
    Object::closed("a `switch` task", &[BASE, &[("switch", Named(&Shape::Object(&CASE), true))]]).requires(&["switch"]);
static CASE: Object = Object::closed("a case", &[&[("when", Text), ("then", Text)]]).requires(&["then"]);
static TRY: Object = Object::closed("a `try` task", &[BASE, &[("try", TASKS), ("catch", Shape::Object(&CATCH))]])
    .requires(&["try", "catch"]);
static CATCH: Object = Object::closed(
    "`catch`",
    &[&[
        ("errors", Shape::Object(&CATCH_ERRORS)),
        ("as", Text),
        ("when", Text),
        ("exceptWhen", Text),
        ("retry", Either(&[Shape::Object(&RETRY), Text])),
        ("do", TASKS),
    ]],
);
static CATCH_ERRORS: Object = Object::open("`errors`", &[&[("with", Shape::Object(&ERROR_FILTER))]]);
static WAIT: Object = Object::closed("a `wait` task", &[BASE, &[("wait", DURATION)]]).requires(&["wait"]);
