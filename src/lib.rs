//! Auterity: a conversational automation assistant for car dealerships.
//!
//! The modules below stand in floor order. A module imports what stands on a lower floor, and of its own floor only
//! what `tests/architecture.rs` lists; never upward. Read them from the bottom for the nouns, from the top for the story.
//!
//! | floor | rooms | what they are |
//! |---|---|---|
//! | 0 | [`model`], [`config`] | ids, clock, entities, settings |
//! | 1 | [`workflow`], [`contact`], [`planner`] | pure: the definition, the contact law, language → definition |
//! | 2 | [`llm`], [`store`], [`events`], [`prompts`], [`limits`], [`telemetry`] | adapters: one outside thing each |
//! | 3 | [`auth`], [`knowledge`], [`approvals`], [`execution`], [`tools`] | services |
//! | 4 | [`chat`] | the conversation |
//! | 5 | [`http`] | the edge: speaks a protocol, owns no rules |
//! | 6 | [`app`], [`cli`] | assembly: the only place that knows everything |

pub mod config;
pub mod model;

pub mod contact;
pub mod planner;
pub mod workflow;

pub mod events;
pub mod limits;
pub mod llm;
pub mod prompts;
pub mod store;
pub mod telemetry;

pub mod approvals;
pub mod auth;
pub mod execution;
pub mod knowledge;
pub mod tools;

pub mod chat;

pub mod http;

pub mod app;
pub mod cli;
