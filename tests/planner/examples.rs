//! A sentence in a store's own words for each worked example: the draft starts on the same event and does the same.

use serde_json::Value;

use crate::support::{drafted, errors, outline, say};

struct Case {
    example: &'static str,
    said: &'static str,
    trigger: &'static str,
    outline: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        example: "01-speed-to-lead",
        said: "when an internet or third party or oem lead lands that is not a duplicate, assign it round robin. If we may text them, text them, otherwise email them. Make a call task for the salesperson due in 5 minutes. If they do not answer within 10 minutes alert the bdc manager, otherwise alert the salesperson",
        trigger: "lead.created",
        outline: &[
            "assign_lead",
            "check_consent",
            "send_sms",
            "send_email",
            "create_task PT5M",
            "listen customer.message.received PT10M",
            "notify_user role:bdc_manager",
            "notify_user record_owner",
        ],
    },
    Case {
        example: "02-after-hours",
        said: "leads that arrive after hours get an email, then assign the lead round robin. 5 minutes after we open text them and make a call task for the salesperson due in 15 minutes",
        trigger: "lead.created",
        outline: &[
            "send_email",
            "assign_lead",
            "wait ${ duration_until(next_open(\"sales\") | shift(\"PT5M\")) }",
            "send_sms",
            "create_task PT15M",
        ],
    },
    Case {
        example: "03-ten-day-cadence",
        said: "when a lead is marked contacted, a day later make a call task for the salesperson, then 2 days later email them, then 2 days later text them, then 5 days later make a call task for the salesperson and mark the lead dead. Stop as soon as they reply, book or buy, and tell the salesperson",
        trigger: "lead.status_changed",
        outline: &[
            "race",
            "wait P1D",
            "create_task",
            "wait P2D",
            "send_email",
            "wait P2D",
            "send_sms",
            "wait P5D",
            "create_task",
            "update_lead",
            "listen customer.message.received,customer.opted_out,appointment.booked,deal.status_changed,lead.status_changed",
            "notify_user record_owner",
        ],
    },
    Case {
        example: "04-appointment-reminders",
        said: "when a sales or test drive appointment is booked or moved text them. The day before the appointment text them a reminder. If they want to reschedule make a task for the salesperson due in 30 minutes. If they cancel cancel the appointment, otherwise mark it confirmed. 2 hours before the appointment tell the salesperson to pull the car up",
        trigger: "appointment.booked,appointment.changed",
        outline: &[
            "send_sms",
            "race",
            "wait ${ duration_until($workflow.input[0].data.starts_at | shift(\"-P1D\")) }",
            "send_sms",
            "listen customer.message.received ${ duration_until($workflow.input[0].data.starts_at | shift(\"-PT2H\")) }",
            "switch",
            "create_task PT30M",
            "update_appointment",
            "update_appointment",
            "wait ${ duration_until($workflow.input[0].data.starts_at | shift(\"-PT2H\")) }",
            "notify_user record_owner",
            "listen appointment.cancelled,appointment.changed",
        ],
    },
    Case {
        example: "05-first-monday-revival",
        said: "on the first monday of every month at 10, email leads we lost between 60 and 75 days ago after the bdc manager approves",
        trigger: "cron 0 10 1-7 * 1",
        outline: &[
            "switch",
            "find_records",
            "request_approval role:bdc_manager",
            "listen approval.decided P1D",
            "for",
            "send_email",
        ],
    },
    Case {
        example: "06-adverse-action",
        said: "when a credit application is declined or gets a counteroffer, make a task for the f&i manager due in 3 days. Then get the approval of the f&i director within 7 days. If approved, mail the adverse action notice and log it, otherwise alert the gm",
        trigger: "credit_app.decisioned",
        outline: &[
            "create_task P3D",
            "request_approval role:fi_director",
            "listen approval.decided P7D",
            "send_document",
            "log_compliance_event",
            "notify_user role:gm",
        ],
    },
    Case {
        example: "07-estimate-approval",
        said: "when an estimate is ready, send the inspection document and text the customer. If they approve or decline within 45 minutes, get the approval of the advisor within 30 minutes. If confirmed, update the repair order, otherwise make a call task for the advisor due in 10 minutes",
        trigger: "repair_order.estimate_ready",
        outline: &[
            "send_document",
            "send_sms",
            "listen customer.message.received PT45M",
            "request_approval record_owner",
            "listen approval.decided PT30M",
            "update_repair_order",
            "create_task PT10M",
        ],
    },
    Case {
        example: "08-stuck-repair-orders",
        said: "every hour nudge the advisor of each repair order waiting over 2 hours for approval and send a summary to the service manager",
        trigger: "every PT1H",
        outline: &["find_records", "for", "notify_user record_owner", "notify_user role:service_manager"],
    },
    Case {
        example: "09-offboarding",
        said: "when an employee resigns, at 5pm on their last day revoke their access, reassign their open leads to whoever is least loaded and log it",
        trigger: "employee.offboarded",
        outline: &[
            "wait ${ duration_until($workflow.input[0].data.last_day | at_time(\"17:00\")) }",
            "update_user_access",
            "find_records",
            "for",
            "assign_lead",
            "log_compliance_event",
        ],
    },
    Case {
        example: "10-document-chaser",
        said: "when a deal document is missing, remind the owner of the deal every day until it is in, at most 5 times. If it is still missing alert the f&i director",
        trigger: "document.missing",
        outline: &[
            "for",
            "notify_user ${ \"user:\" + $workflow.input[0].data.owner_id }",
            "wait P1D",
            "find_records",
            "notify_user role:fi_director",
        ],
    },
    Case {
        example: "11-price-drop",
        said: "when the price drops on a vehicle email everyone who asked about it. If that is more than 50 people the marketing manager must approve it",
        trigger: "inventory.vehicle.price_changed",
        outline: &[
            "find_records",
            "request_approval role:marketing_manager",
            "listen approval.decided P1D",
            "for",
            "send_email",
        ],
    },
    Case {
        example: "12-main-story",
        said: "a fresh internet lead arrives: text them at once, and if nobody answers in 10 minutes alert the sales manager",
        trigger: "lead.created",
        outline: &["send_sms", "listen customer.message.received PT10M", "notify_user role:sales_manager"],
    },
    Case {
        example: "13-parallel-prep",
        said: "once a deal is contracted make a task for detail, a task for the title office and a task for the salesperson at the same time, each due in 4 hours. If one of them is late within a day alert the sales manager",
        trigger: "deal.status_changed",
        outline: &[
            "fork",
            "create_task PT4H",
            "create_task PT4H",
            "create_task PT4H",
            "listen task.overdue P1D",
            "notify_user role:sales_manager",
        ],
    },
];

#[test]
fn each_worked_example_is_drafted_from_a_sentence_of_its_own() {
    let mut wrong = Vec::new();
    for case in CASES {
        let out = say(case.said, None);
        let Some(got) = out.definition else {
            wrong.push(format!("{}: no draft, {}", case.example, out.text));
            continue;
        };
        let errors = errors(&got);
        let trigger = trigger(&got["schedule"]);
        let outline = outline(&got);
        if trigger != case.trigger || outline != case.outline || !errors.is_empty() {
            wrong.push(format!("{}\n  {trigger}\n  {outline:#?}\n  {errors:?}\n  {}", case.example, out.text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_condition_that_cannot_be_checked_is_named() {
    let out = drafted("when a part arrives text the customer and if the moon is full email the customer");
    assert!(out.text.contains("cannot check") && out.text.contains("moon"), "{}", out.text);
}

fn trigger(schedule: &Value) -> String {
    let on = |key: &str| schedule.pointer(key).and_then(Value::as_str).map(str::to_owned);
    if let Some(cron) = on("/cron") {
        return format!("cron {cron}");
    }
    if let Some(every) = on("/every") {
        return format!("every {every}");
    }
    let any = schedule.pointer("/on/any").and_then(Value::as_array).cloned().unwrap_or_default();
    let one = schedule.pointer("/on/one").cloned();
    let names: Vec<String> =
        any.into_iter().chain(one).filter_map(|f| Some(f.pointer("/with/type")?.as_str()?.to_owned())).collect();
    names.join(",")
}
