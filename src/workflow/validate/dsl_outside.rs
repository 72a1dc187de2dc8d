//! The shape of what reaches outside: protocol calls, processes, authentication. See [`super::dsl`].

use serde_json::{Map, Value};

use super::dsl::{AUTH, BASE, DURATION, ENDPOINT, Fields, ITERATOR, PROTOCOLS, RESOURCE, needs};
use super::shape::Form::{Expression, Host, Uri};
use super::shape::Shape::{
    Any, AnyObject, Choice, Either, Form, List, NonEmptyText, NotChoice, Port, Text, Truth, Whole,
};
use super::shape::{Object, Shape};
use crate::workflow::both::{Both, both};

const TEXTS_OR_EXPRESSION: Shape = Either(&[Shape::Map(&Text), Form(Expression)]);
const FORMAT: Shape = Choice(&["raw", "content", "response"]);

pub(super) static RUN: Object =
    Object::closed("a `run` task", &[BASE, &[("run", Shape::Object(&RUN_SPEC))]]).requires(&["run"]);
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

fn lifetime(map: &Map<String, Value>) -> Option<Both> {
    let eventually = map.get("cleanup").is_none_or(|cleanup| cleanup == "eventually");
    (eventually != map.contains_key("after")).then(|| {
        both!(
            "`after` goes with `cleanup: eventually`, and only with it",
            "`after` va con `cleanup: eventually`, y solo con él"
        )
    })
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
static SUBFLOW: Object = Object::closed(
    "a workflow to run",
    &[&[("namespace", Text), ("name", Text), ("version", Text), ("input", AnyObject(0))]],
)
.requires(&["namespace", "name", "version"]);

pub(super) static CALL_FUNCTION: Object =
    Object::closed("a call", &[BASE, &[("call", NotChoice(&PROTOCOLS)), ("with", AnyObject(0))]]).requires(&["call"]);
pub(super) static CALL_HTTP: Object =
    Object::closed("an HTTP call", &[BASE, &[("call", Text), ("with", Shape::Object(&HTTP))]])
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
pub(super) static CALL_OPENAPI: Object =
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
pub(super) static CALL_GRPC: Object =
    Object::closed("a gRPC call", &[BASE, &[("call", Text), ("with", Shape::Object(&GRPC))]])
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
pub(super) static CALL_ASYNCAPI: Object =
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
pub(super) static CALL_A2A: Object =
    Object::closed("an A2A call", &[BASE, &[("call", Text), ("with", Shape::Object(&A2A))]])
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
pub(super) static CALL_MCP: Object =
    Object::closed("an MCP call", &[BASE, &[("call", Text), ("with", Shape::Object(&MCP))]])
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
pub(super) static AUTHENTICATION: Object = Object::open("an authentication policy", &[POLICIES]).one_of(&[
    needs(&["basic"]),
    needs(&["bearer"]),
    needs(&["digest"]),
    needs(&["oauth2"]),
    needs(&["oidc"]),
]);
pub(super) static AUTHENTICATION_OR_NAME: Object =
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
