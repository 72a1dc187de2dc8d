//! The shape of a Serverless Workflow DSL 1.0.3 document, as tables. The verdict is meant to be that of the official
//! schema; `tests/workflow/` compares the two.

use serde_json::{Map, Value};

use super::shape::Form::{Duration, Expression, Host, Label, Semver, Uri};
use super::shape::Shape::{
    Any, AnyObject, Choice, Either, Form, List, Named, NonEmptyText, NotChoice, Port, Task, Text, Truth, Whole,
};
use super::shape::{Alternative, Object, Shape};

type Fields = &'static [(&'static str, Shape)];

/// The key that says what a task does; `for` comes before `do`, which is its body.
pub(super) const TASK_KEYS: [&str; 12] =
    ["call", "fork", "emit", "for", "listen", "raise", "run", "set", "switch", "try", "wait", "do"];

const PROTOCOLS: [&str; 6] = ["asyncapi", "grpc", "http", "openapi", "a2a", "mcp"];

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

const fn needs(needs: &'static [&'static str]) -> Alternative {
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
const DURATION: Shape = Either(&[Shape::Object(&DURATION_OBJECT), Form(Expression), Form(Duration)]);
const TIMEOUT_OR_NAME: Shape = Either(&[Shape::Object(&TIMEOUT), Text]);
const TEXT_OR_OBJECT: Shape = Either(&[Text, AnyObject(0)]);
const ENDPOINT: Shape = Either(&[Form(Expression), Form(Uri), Shape::Object(&ENDPOINT_OBJECT)]);
const TEXTS_OR_EXPRESSION: Shape = Either(&[Shape::Map(&Text), Form(Expression)]);
const FORMAT: Shape = Choice(&["raw", "content", "response"]);
const AUTH: Shape = Shape::Object(&AUTHENTICATION_OR_NAME);
const RESOURCE: Shape = Shape::Object(&EXTERNAL_RESOURCE);

fn not_empty(map: &Map<String, Value>) -> Option<&'static str> {
    map.is_empty().then_some("this must have at least one entry")
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

const BASE: Fields = &[
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
static ITERATOR: Object = Object::closed(
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

static RUN: Object = Object::closed("a `run` task", &[BASE, &[("run", Shape::Object(&RUN_SPEC))]]).requires(&["run"]);
static RUN_SPEC: Object = Object::closed(
    "`run`",
    &[&[
        ("await", Truth),
        ("return", Choice(&["stdout", "stderr", "code", "all", "none"])),
        ("container", Shape::Object(&CONTAINER)),
        ("script", Shape::Object(&SCRIPT)),
        ("shell", Shape::Object(&SHELL)),
        ("workflow", Shape::Object(&SUBFLOW)),
    ]],
)
.one_of(&[needs(&["container"]), needs(&["script"]), needs(&["shell"]), needs(&["workflow"])]);
static CONTAINER: Object = Object::closed(
    "a container",
    &[&[
        ("image", Text),
        ("name", Text),
        ("command", Text),
        ("ports", AnyObject(0)),
        ("volumes", AnyObject(0)),
        ("environment", AnyObject(0)),
        ("stdin", Text),
        ("arguments", List(&Text, false)),
        ("lifetime", Shape::Object(&LIFETIME)),
        ("pullPolicy", Choice(&["ifNotPresent", "always", "never"])),
    ]],
)
.requires(&["image"]);

fn lifetime(map: &Map<String, Value>) -> Option<&'static str> {
    let eventually = map.get("cleanup").is_none_or(|cleanup| cleanup == "eventually");
    (eventually != map.contains_key("after")).then_some("`after` goes with `cleanup: eventually`, and only with it")
}

static LIFETIME: Object = {
    let mut object = Object::closed(
        "`lifetime`",
        &[&[("cleanup", Choice(&["always", "never", "eventually"])), ("after", DURATION)]],
    )
    .requires(&["cleanup"]);
    object.rule = Some(lifetime);
    object
};
static SCRIPT: Object = Object::closed(
    "a script",
    &[&[
        ("language", Text),
        ("stdin", Text),
        ("arguments", List(&Text, false)),
        ("environment", AnyObject(0)),
        ("code", Text),
        ("source", RESOURCE),
    ]],
)
.requires(&["language"])
.one_of(&[needs(&["code"]), needs(&["source"])]);
static SHELL: Object = Object::closed(
    "a shell command",
    &[&[("command", Text), ("stdin", Text), ("arguments", List(&Text, false)), ("environment", AnyObject(0))]],
)
.requires(&["command"]);
static SUBFLOW: Object = Object::open(
    "a workflow to run",
    &[&[("namespace", Text), ("name", Text), ("version", Text), ("input", AnyObject(0))]],
)
.requires(&["namespace", "name", "version"]);

static CALL_FUNCTION: Object =
    Object::closed("a call", &[BASE, &[("call", NotChoice(&PROTOCOLS)), ("with", AnyObject(0))]]).requires(&["call"]);
static CALL_HTTP: Object = Object::closed("an HTTP call", &[BASE, &[("call", Text), ("with", Shape::Object(&HTTP))]])
    .requires(&["call", "with"]);
static HTTP: Object = Object::closed(
    "`with` of an HTTP call",
    &[&[
        ("method", Text),
        ("endpoint", ENDPOINT),
        ("headers", TEXTS_OR_EXPRESSION),
        ("body", Any),
        ("query", TEXTS_OR_EXPRESSION),
        ("output", FORMAT),
        ("redirect", Truth),
    ]],
)
.requires(&["method", "endpoint"]);
static CALL_OPENAPI: Object =
    Object::closed("an OpenAPI call", &[BASE, &[("call", Text), ("with", Shape::Object(&OPENAPI))]])
        .requires(&["call", "with"]);
static OPENAPI: Object = Object::closed(
    "`with` of an OpenAPI call",
    &[&[
        ("document", RESOURCE),
        ("operationId", Text),
        ("parameters", AnyObject(0)),
        ("authentication", AUTH),
        ("output", FORMAT),
        ("redirect", Truth),
    ]],
)
.requires(&["document", "operationId"]);
static CALL_GRPC: Object = Object::closed("a gRPC call", &[BASE, &[("call", Text), ("with", Shape::Object(&GRPC))]])
    .requires(&["call", "with"]);
static GRPC: Object = Object::closed(
    "`with` of a gRPC call",
    &[&[("proto", RESOURCE), ("service", Shape::Object(&GRPC_SERVICE)), ("method", Text), ("arguments", AnyObject(0))]],
)
.requires(&["proto", "service", "method"]);
static GRPC_SERVICE: Object = Object::closed(
    "a gRPC service",
    &[&[("name", Text), ("host", Form(Host)), ("port", Port), ("authentication", AUTH)]],
)
.requires(&["name", "host"]);
static CALL_ASYNCAPI: Object =
    Object::closed("an AsyncAPI call", &[BASE, &[("call", Text), ("with", Shape::Object(&ASYNCAPI))]])
        .requires(&["call", "with"]);
static ASYNCAPI: Object = Object::closed(
    "`with` of an AsyncAPI call",
    &[&[
        ("document", RESOURCE),
        ("channel", Text),
        ("operation", Text),
        ("server", Shape::Object(&ASYNCAPI_SERVER)),
        (
            "protocol",
            Choice(&[
                "amqp",
                "amqp1",
                "anypointmq",
                "googlepubsub",
                "http",
                "ibmmq",
                "jms",
                "kafka",
                "mercure",
                "mqtt",
                "mqtt5",
                "nats",
                "pulsar",
                "redis",
                "sns",
                "solace",
                "sqs",
                "stomp",
                "ws",
            ]),
        ),
        ("message", Shape::Object(&ASYNCAPI_MESSAGE)),
        ("subscription", Shape::Object(&ASYNCAPI_SUBSCRIPTION)),
        ("authentication", AUTH),
    ]],
)
.one_of(&[
    needs(&["document", "operation", "message"]),
    needs(&["document", "operation", "subscription"]),
    needs(&["document", "channel", "message"]),
    needs(&["document", "channel", "subscription"]),
]);
static ASYNCAPI_SERVER: Object =
    Object::closed("a server", &[&[("name", Text), ("variables", AnyObject(0))]]).requires(&["name"]);
static ASYNCAPI_MESSAGE: Object =
    Object::closed("a message", &[&[("payload", AnyObject(0)), ("headers", AnyObject(0))]]);
static ASYNCAPI_SUBSCRIPTION: Object = Object::closed(
    "a subscription",
    &[&[
        ("filter", Form(Expression)),
        ("consume", Shape::Object(&ASYNCAPI_CONSUME)),
        ("foreach", Shape::Object(&ITERATOR)),
    ]],
)
.requires(&["consume"]);
static ASYNCAPI_CONSUME: Object = Object::closed(
    "`consume`",
    &[&[("for", DURATION), ("amount", Whole), ("while", Form(Expression)), ("until", Form(Expression))]],
)
.one_of(&[needs(&["amount"]), needs(&["while"]), needs(&["until"])]);
static CALL_A2A: Object = Object::closed("an A2A call", &[BASE, &[("call", Text), ("with", Shape::Object(&A2A))]])
    .requires(&["call", "with"]);
static A2A: Object = Object::closed(
    "`with` of an A2A call",
    &[&[
        ("agentCard", RESOURCE),
        ("server", ENDPOINT),
        (
            "method",
            Choice(&[
                "message/send",
                "message/stream",
                "tasks/get",
                "tasks/list",
                "tasks/cancel",
                "tasks/resubscribe",
                "tasks/pushNotificationConfig/set",
                "tasks/pushNotificationConfig/get",
                "tasks/pushNotificationConfig/list",
                "tasks/pushNotificationConfig/delete",
                "agent/getAuthenticatedExtendedCard",
            ]),
        ),
        ("parameters", Either(&[AnyObject(1), Text])),
    ]],
)
.requires(&["method"]);
static CALL_MCP: Object = Object::closed("an MCP call", &[BASE, &[("call", Text), ("with", Shape::Object(&MCP))]])
    .requires(&["call", "with"]);
static MCP: Object = Object::open(
    "`with` of an MCP call",
    &[&[
        ("protocolVersion", Text),
        (
            "method",
            Choice(&[
                "tools/list",
                "tools/call",
                "prompts/list",
                "prompts/get",
                "resources/list",
                "resources/read",
                "resources/templates/list",
            ]),
        ),
        ("parameters", Either(&[AnyObject(0), Text])),
        ("timeout", DURATION),
        ("transport", Shape::Object(&MCP_TRANSPORT)),
        ("client", Shape::Object(&MCP_CLIENT)),
    ]],
)
.requires(&["method", "transport"]);
static MCP_TRANSPORT: Object = Object::open(
    "an MCP transport",
    &[&[("http", Shape::Object(&MCP_HTTP)), ("stdio", Shape::Object(&MCP_STDIO)), ("options", Shape::Map(&Text))]],
)
.one_of(&[needs(&["http"]), needs(&["stdio"])]);
static MCP_HTTP: Object =
    Object::open("an HTTP transport", &[&[("endpoint", ENDPOINT), ("headers", Shape::Map(&Text))]])
        .requires(&["endpoint"]);
static MCP_STDIO: Object = Object::open(
    "a stdio transport",
    &[&[("command", Text), ("arguments", List(&Text, false)), ("environment", Shape::Map(&Text))]],
)
.requires(&["command"]);
static MCP_CLIENT: Object =
    Object::open("an MCP client", &[&[("name", Text), ("version", Any), ("description", Text)]])
        .requires(&["name", "version"]);

const POLICIES: Fields = &[
    ("basic", Shape::Object(&PASSWORD_AUTH)),
    ("bearer", Shape::Object(&BEARER_AUTH)),
    ("digest", Shape::Object(&PASSWORD_AUTH)),
    ("oauth2", Shape::Object(&OAUTH2)),
    ("oidc", Shape::Object(&OIDC)),
];
static AUTHENTICATION: Object = Object::open("an authentication policy", &[POLICIES]).one_of(&[
    needs(&["basic"]),
    needs(&["bearer"]),
    needs(&["digest"]),
    needs(&["oauth2"]),
    needs(&["oidc"]),
]);
static AUTHENTICATION_OR_NAME: Object =
    Object::closed("an authentication policy", &[POLICIES, &[("use", NonEmptyText)]]).one_of(&[
        needs(&["use"]),
        needs(&["basic"]),
        needs(&["bearer"]),
        needs(&["digest"]),
        needs(&["oauth2"]),
        needs(&["oidc"]),
    ]);
static PASSWORD_AUTH: Object =
    Object::closed("password authentication", &[&[("username", Text), ("password", Text), ("use", NonEmptyText)]])
        .requires(&["username", "password"])
        .alone("use");
static BEARER_AUTH: Object = Object::closed("bearer authentication", &[&[("token", Text), ("use", NonEmptyText)]])
    .requires(&["token"])
    .alone("use");
const OAUTH2_FIELDS: Fields = &[
    ("authority", Form(Uri)),
    (
        "grant",
        Choice(&[
            "authorization_code",
            "client_credentials",
            "password",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ]),
    ),
    ("client", Shape::Object(&OAUTH2_CLIENT)),
    ("request", Shape::Object(&OAUTH2_REQUEST)),
    ("issuers", List(&Text, false)),
    ("scopes", List(&Text, false)),
    ("audiences", List(&Text, false)),
    ("username", Text),
    ("password", Text),
    ("subject", Shape::Object(&OAUTH2_TOKEN)),
    ("actor", Shape::Object(&OAUTH2_TOKEN)),
    ("use", NonEmptyText),
];
static OAUTH2: Object =
    Object::closed("OAuth2 authentication", &[OAUTH2_FIELDS, &[("endpoints", Shape::Object(&OAUTH2_ENDPOINTS))]])
        .alone("use");
static OIDC: Object = Object::closed("OpenID Connect authentication", &[OAUTH2_FIELDS]).alone("use");
static OAUTH2_ENDPOINTS: Object =
    Object::open("OAuth2 endpoints", &[&[("token", Text), ("revocation", Text), ("introspection", Text)]]);
static OAUTH2_CLIENT: Object = Object::closed(
    "an OAuth2 client",
    &[&[
        ("id", Text),
        ("secret", Text),
        ("assertion", Text),
        (
            "authentication",
            Choice(&["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"]),
        ),
    ]],
);
static OAUTH2_REQUEST: Object = Object::open(
    "a token request",
    &[&[("encoding", Choice(&["application/x-www-form-urlencoded", "application/json"]))]],
);
static OAUTH2_TOKEN: Object =
    Object::closed("a token", &[&[("token", Text), ("type", Text)]]).requires(&["token", "type"]);
