//! Requests that become drafts.

use serde_json::{Value, json};

use crate::support::{STORY, drafted, say, steps};

#[test]
fn the_story_is_drafted_as_in_the_worked_example() {
    let out = drafted(STORY);
    let got = out.definition.unwrap();
    let do_ = &got["do"];
    assert_eq!(
        got["schedule"]["on"]["one"]["with"],
        json!({ "type": "lead.created", "data": "${ .lead_type == \"internet\" }" })
    );
    assert_eq!(steps(&got), ["send_sms", "listen", "notify_user"]);
    let text = &do_[0]["textCustomer"]["with"];
    assert_eq!(text["purpose"], "informational");
    assert_eq!(text["customer_id"], "${ $workflow.input[0].data.customer_id }");
    let body = text["body"].as_str().unwrap();
    assert!(body.contains("{{store.name}}") && body.ends_with("Reply STOP to opt out."), "{body}");
    let block = &do_[1]["awaitReply"];
    assert_eq!(block["try"][0]["reply"]["timeout"]["after"], "PT10M");
    assert_eq!(
        block["catch"]["do"][0]["pingManager"]["with"],
        json!({ "to": "role:sales_manager", "message": "No answer from {{customer.name}} after 10 minutes", "urgency": "high" })
    );
    assert!(out.questions.is_empty() && out.warnings.is_empty());
}

#[test]
fn requests_in_the_words_of_a_store_start_on_the_right_event_and_do_what_was_said() {
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "when an online lead arrives assign it round robin and shoot them a text",
            "lead.created",
            &["assign_lead", "send_sms"],
        ),
        (
            "leads that show up after hours get an email, and a text when we open",
            "lead.created",
            &["send_email", "wait", "send_sms"],
        ),
        (
            "when a lead is marked contacted make a call task the next day, then 2 days later email them",
            "lead.status_changed",
            &["wait", "create_task", "wait", "send_email", "listen"],
        ),
        (
            "text sales customers the day before their appointment",
            "appointment.booked",
            &["wait", "send_sms", "listen"],
        ),
        (
            "if a credit application is declined make a task for the finance manager due in 3 days",
            "credit_app.decisioned",
            &["create_task"],
        ),
        (
            "when an estimate is ready text the customer, no reply in 45 minutes: call task for the advisor",
            "repair_order.estimate_ready",
            &["send_sms", "listen", "create_task"],
        ),
        (
            "whenever an employee quits, remove their access at 5pm on their last day",
            "employee.offboarded",
            &["wait", "update_user_access"],
        ),
        (
            "when the price drops on a vehicle email everyone who asked about it",
            "inventory.vehicle.price_changed",
            &["find_records", "request_approval", "listen", "for", "send_email"],
        ),
        (
            "once a deal is contracted make a task for detail and a task for the title office",
            "deal.status_changed",
            &["create_task", "create_task"],
        ),
        ("a part arrived, text the customer", "part.arrived", &["send_sms"]),
        ("cuando llegue una pieza mandale un texto al cliente", "part.arrived", &["send_sms"]),
    ];
    for (text, event, wanted) in cases {
        let out = drafted(text);
        let got = out.definition.unwrap();
        assert_eq!(got["schedule"]["on"]["one"]["with"]["type"], *event, "{text:?}");
        assert_eq!(steps(&got), *wanted, "{text:?}\n{got:#}");
    }
}

#[test]
fn calendars_are_read() {
    let cases = [
        ("every monday at 8 send me a list of used cars over 60 days", "0 8 * * 1"),
        ("each weekday at 7:30am email the managers yesterdays appointments", "30 7 * * 1-5"),
        ("cada lunes a las 9 mandame una lista de los usados", "0 9 * * 1"),
        ("first monday of the month at 10 email our lost leads", "0 10 1-7 * 1"),
    ];
    for (text, cron) in cases {
        let got = drafted(text).definition.unwrap();
        assert_eq!(got["schedule"]["cron"], cron, "{text:?}");
    }
    let hourly = drafted("every hour nudge the advisor of each stuck repair order").definition.unwrap();
    assert_eq!(hourly["schedule"]["every"], "PT1H");
}

#[test]
fn messages_on_a_calendar_are_not_repeated_for_the_same_record() {
    let got = drafted("every day at 4 text customers whose ready cars are not picked up").definition.unwrap();
    let text = got.to_string();
    assert!(text.contains("\"once\""), "{got:#}");
}

#[test]
fn an_expired_wait_does_something_only_when_nobody_answered() {
    let got = drafted("new web lead: email them and if no answer in 2 hours tell the gm").definition.unwrap();
    let catch = got.pointer("/do/1/awaitReply/catch/do/0/tellGm/with/to");
    assert_eq!(catch, Some(&json!("role:gm")));
}

#[test]
fn the_same_words_give_the_same_draft() {
    assert_eq!(say(STORY, None), say(STORY, None));
}

#[test]
fn a_spanish_request_is_answered_in_spanish_with_spanish_texts() {
    let out = drafted(
        "cuando entre un prospecto nuevo de internet mandale un texto y si no contesta en 10 minutos avisa al gerente de ventas",
    );
    let got = out.definition.unwrap();
    assert_eq!(steps(&got), ["send_sms", "listen", "notify_user"]);
    let body = got.pointer("/do/0/textCustomer/with/body").and_then(Value::as_str).unwrap();
    assert!(body.starts_with("Hola"), "{body}");
    assert!(out.text.contains("borrador"), "{}", out.text);
}

#[test]
fn words_nothing_was_made_of_are_named() {
    let out = drafted("when a part arrives text the customer. the moon is purple on fridays somewhere");
    assert!(out.text.contains("moon"), "{}", out.text);
}

#[test]
fn a_wait_among_the_words_of_the_trigger_is_kept() {
    for (words, event, after) in [
        ("three days after a car is delivered text the customer to ask how it is going", "deal.delivered", "P3D"),
        ("after delivery wait two days and text them a thank you", "deal.delivered", "P2D"),
        ("después de la entrega espera dos días y manda un texto de gracias", "deal.delivered", "P2D"),
        ("text the customer the day after their service", "repair_order.closed", "P1D"),
    ] {
        let got = drafted(words).definition.unwrap();
        assert_eq!(got.pointer("/schedule/on/one/with/type"), Some(&json!(event)), "{words}: {got:#}");
        let wait = "/do/0/unlessPointless/try/0/anySign/timeout/after";
        assert_eq!(got.pointer(wait), Some(&json!(after)), "a single wait is an await of the signs: {words}: {got:#}");
        assert_eq!(steps(&got), ["listen", "send_sms"], "{words}");
    }
}

#[test]
fn a_wait_between_two_acts_stands_between_them() {
    for words in [
        "send a thank you email after delivery and three days later ask for a review",
        "después de la entrega manda un correo de agradecimiento y tres días después pide una reseña",
    ] {
        let got = drafted(words).definition.unwrap();
        assert_eq!(steps(&got), ["send_email", "listen", "request_review"], "{words}: {got:#}");
    }
}

#[test]
fn to_thank_for_a_review_is_to_answer_it() {
    for words in ["when someone leaves a review thank them for it", "thank customers for their review"] {
        let got = drafted(words).definition.unwrap();
        assert_eq!(got.pointer("/schedule/on/one/with/type"), Some(&json!("review.posted")), "{words}");
        assert!(steps(&got).contains(&"reply_review".to_owned()), "{words}: {got:#}");
    }
    let email = drafted("thank you email after delivery").definition.unwrap();
    assert_eq!(steps(&email), ["send_email"]);
}

#[test]
fn who_moved_an_appointment_is_told_the_new_time() {
    let got = drafted("when an appointment is moved text the customer the new time").definition.unwrap();
    assert_eq!(got.pointer("/schedule/on/one/with/type"), Some(&json!("appointment.changed")));
    let body = got.pointer("/do/0/textCustomer/with/body").and_then(Value::as_str).unwrap();
    assert!(body.contains("{{event.starts_at | datetime}}"), "{body}");
}

#[test]
fn a_list_on_a_calendar_goes_to_who_asks() {
    let got = drafted("every Monday at 8 email me a list of unsold leads").definition.unwrap();
    assert_eq!(got["schedule"]["cron"], "0 8 * * 1");
    assert!(got.to_string().contains("\"requester\""), "{got:#}");
}

#[test]
fn what_the_validator_refuses_is_corrected() {
    // the answer to a survey has no `text`, which the words for an answer name
    let out = drafted("after RO closes send the csi survey, anything under 7 out of 10 tell the service manager");
    assert!(out.called.ends_with(&["write_workflow".to_owned(), "edit_workflow".to_owned()]), "{:?}", out.called);
    assert!(!out.text.contains("leads nowhere"), "{}", out.text);
}
