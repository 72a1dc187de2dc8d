use chrono::DateTime;
use serde_json::{Value, json};

use super::*;
use crate::model::approval::RequestStatus;
use crate::model::{ApprovalId, TenantId};

fn person(first: &str, role: SystemRole, job_roles: &[&str], stores: &[&str]) -> User {
    User {
        id: UserId::derive(first),
        tenant_id: TenantId::derive("t"),
        email: format!("{first}@example.test"),
        name: format!("{first} Example"),
        role,
        job_roles: job_roles.iter().map(ToString::to_string).collect(),
        teams: vec![format!("team_{first}")],
        stores: stores.iter().map(|store| store.parse().unwrap()).collect(),
        employee_id: Some(format!("emp-{first}")),
        active: true,
        created_at: DateTime::UNIX_EPOCH,
    }
}

fn everybody() -> Vec<User> {
    use SystemRole::{DealershipAdmin, Manager, User as Staff};
    vec![
        person("sam", Staff, &["salesperson"], &["main"]),
        person("sly", Staff, &["sales_manager"], &["main"]),
        person("maria", Manager, &["sales_manager"], &["main"]),
        person("marco", Manager, &["sales_manager"], &["coast"]),
        person("diane", Manager, &["service_manager"], &["main"]),
        person("grace", Manager, &["gm"], &[]),
        person("helen", Manager, &["gm"], &["coast"]),
        person("alex", DealershipAdmin, &["it"], &[]),
    ]
}

fn request(kind: SubjectKind, approver: &str, required: i64, details: Value) -> ApprovalRequest {
    ApprovalRequest {
        id: ApprovalId::derive("r"),
        tenant_id: TenantId::derive("t"),
        subject_kind: kind,
        subject_id: String::new(),
        revision: None,
        digest: None,
        store_id: None,
        title: String::new(),
        details,
        approver: approver.to_owned(),
        required,
        risk: String::new(),
        status: RequestStatus::Pending,
        requested_by: None,
        created_at: DateTime::UNIX_EPOCH,
        expires_at: None,
        remind_at: None,
        reminders: 0,
        decided_at: None,
    }
}

/// First names of those who may decide.
fn deciders(request: &ApprovalRequest, people: &[User], authors: &[&str]) -> Vec<String> {
    let stores: Vec<StoreId> = ["main", "coast"].iter().map(|store| store.parse().unwrap()).collect();
    let authors: Vec<UserId> = authors.iter().map(|name| UserId::derive(name)).collect();
    let always = ["gm".to_owned()];
    let panel = Panel { request, people, stores: &stores, authors: &authors, delegations: &[], always: &always };
    for user in people {
        let member = panel.members().iter().any(|member| member.id == user.id);
        let expected = match (authors.contains(&user.id), member) {
            (true, _) => Standing::Author,
            (false, true) => Standing::May,
            (false, false) => Standing::NotAsked,
        };
        assert_eq!(panel.standing(&user.id), expected);
    }
    let names = panel.members().into_iter().map(|user| user.name.trim_end_matches(" Example").to_owned());
    names.collect()
}

/// Approver, stores, how many, authors, and who may decide.
type Case<'a> = (&'a str, &'a [&'a str], i64, &'a [&'a str], &'a [&'a str]);

#[test]
fn a_draft_is_decided_by_managers_of_its_department_in_its_stores() {
    let cases: &[Case] = &[
        // approver, stores, required, authors → who
        ("role:sales_manager", &["main"], 1, &["sam"], &["maria", "grace"]),
        ("role:sales_manager", &["coast"], 1, &["sam"], &["marco", "grace", "helen"]),
        ("role:sales_manager", &["main", "coast"], 1, &[], &["grace"]),
        ("role:sales_manager", &[], 1, &[], &["grace"]),
        ("role:sales_manager", &["main"], 1, &["maria"], &["grace"]),
        ("role:sales_manager", &["main"], 1, &["maria", "grace"], &["alex"]),
        ("role:sales_manager", &["main"], 2, &["sam"], &["maria", "grace"]),
        ("role:sales_manager", &["main"], 2, &["maria"], &["grace", "alex"]),
        ("role:gm", &["main"], 1, &[], &["grace"]),
        ("role:parts_manager", &["main"], 1, &["grace", "alex"], &[]),
    ];
    for (approver, stores, required, authors, expected) in cases {
        let request = request(SubjectKind::Draft, approver, *required, json!({ "stores": stores }));
        assert_eq!(
            deciders(&request, &everybody(), authors),
            *expected,
            "{approver} {stores:?} {required} {authors:?}"
        );
    }
}

#[test]
fn a_question_is_answered_by_whoever_is_asked() {
    let cases: &[(&str, &[&str])] = &[
        ("role:sales_manager", &["sly", "maria", "grace"]),
        ("user:emp-sam", &["sam", "grace"]),
        ("user:sam-example", &["sam", "grace"]),
        ("team:team_diane", &["diane", "grace"]),
        ("record_owner", &["grace"]),
        ("role:nobody", &["grace"]),
        ("user:emp-sam,role:service_manager", &["sam", "diane", "grace"]),
    ];
    for (approver, expected) in cases {
        let mut request = request(SubjectKind::Execution, approver, 1, json!({}));
        request.store_id = Some("main".parse().unwrap());
        assert_eq!(deciders(&request, &everybody(), &[]), *expected, "{approver}");
    }
}

#[test]
fn somebody_who_left_decides_nothing() {
    let mut people = everybody();
    people.iter_mut().filter(|user| user.name.starts_with("maria")).for_each(|user| user.active = false);
    let request = request(SubjectKind::Draft, "role:sales_manager", 1, json!({ "stores": ["main"] }));
    assert_eq!(deciders(&request, &people, &[]), ["grace"]);
}

#[test]
fn a_super_admin_decides_nothing_by_that_role() {
    let mut people = vec![
        person("sue", SystemRole::SuperAdmin, &["it"], &[]),
        person("alex", SystemRole::DealershipAdmin, &["it"], &["main"]),
    ];
    let at = |store: &str| request(SubjectKind::Draft, "role:sales_manager", 1, json!({ "stores": [store] }));
    assert_eq!(deciders(&at("main"), &people, &[]), ["alex"]);
    assert_eq!(deciders(&at("coast"), &people, &[]), [""; 0], "an admin of another store is no admin of this one");
    assert_eq!(deciders(&at("main"), &people, &["alex"]), [""; 0]);
    people[0].job_roles.push("sales_manager".to_owned());
    assert_eq!(deciders(&at("main"), &people, &["alex"]), ["sue"], "as anybody with the job role");
}

#[test]
fn a_request_goes_up_when_nobody_is_left() {
    // managers there, required → rung
    let cases: &[(&[&str], i64, Rung)] = &[
        (&["maria", "grace", "alex"], 1, Rung::Asked),
        (&["grace", "alex"], 1, Rung::GeneralManager),
        (&["alex"], 1, Rung::Administrator),
        (&["maria", "alex"], 2, Rung::Administrator),
        (&["maria", "grace"], 2, Rung::Asked),
        (&["maria"], 2, Rung::Nobody),
        (&[], 1, Rung::Nobody),
    ];
    let stores: Vec<StoreId> = ["main", "coast"].iter().map(|store| store.parse().unwrap()).collect();
    for (names, required, expected) in cases {
        let people: Vec<User> =
            everybody().into_iter().filter(|user| names.contains(&user.name.trim_end_matches(" Example"))).collect();
        let request = request(SubjectKind::Draft, "role:sales_manager", *required, json!({ "stores": ["main"] }));
        let always = ["gm".to_owned()];
        let panel = Panel {
            request: &request,
            people: &people,
            stores: &stores,
            authors: &[],
            delegations: &[],
            always: &always,
        };
        assert_eq!(panel.rung(), *expected, "{names:?} {required}");
    }
}

#[test]
fn handing_it_on_moves_the_place_and_never_doubles_it() {
    let step = |from: &str, to: &str| Delegation {
        from: UserId::derive(from),
        to: UserId::derive(to),
        created_at: DateTime::UNIX_EPOCH,
    };
    /// Hand-overs, required → who may decide.
    type Case<'a> = (&'a [(&'a str, &'a str)], i64, &'a [&'a str]);
    let cases: &[Case<'_>] = &[
        (&[], 1, &["maria", "grace"]),
        (&[("maria", "alex")], 1, &["grace", "alex"]),
        (&[("maria", "grace")], 1, &["grace"]),
        (&[("maria", "grace")], 2, &["grace", "alex"]),
        (&[("maria", "alex"), ("alex", "maria")], 1, &["maria", "grace"]),
        (&[("maria", "grace"), ("grace", "alex")], 1, &["alex"]),
        // an author stays out whoever hands it to them
        (&[("maria", "sam")], 1, &["grace"]),
    ];
    let (people, always) = (everybody(), ["gm".to_owned()]);
    let (stores, authors) = (["main".parse().unwrap(), "coast".parse().unwrap()], [UserId::derive("sam")]);
    for (steps, required, expected) in cases {
        let request = request(SubjectKind::Draft, "role:sales_manager", *required, json!({ "stores": ["main"] }));
        let delegations: Vec<Delegation> = steps.iter().map(|(from, to)| step(from, to)).collect();
        let panel = Panel {
            request: &request,
            people: &people,
            stores: &stores,
            authors: &authors,
            delegations: &delegations,
            always: &always,
        };
        let names: Vec<&str> = panel.members().iter().map(|user| user.name.trim_end_matches(" Example")).collect();
        assert_eq!(names, *expected, "{steps:?} {required}");
        let maria = panel.standing(&UserId::derive("maria"));
        let away = steps.iter().rev().find(|(from, to)| *from == "maria" || *to == "maria");
        let expected = if away.is_some_and(|(from, _)| *from == "maria") { Standing::HandedOn } else { Standing::May };
        assert_eq!(maria, expected, "{steps:?}");
        let heirs: Vec<&str> = panel
            .successors(&UserId::derive("maria"), &[UserId::derive("grace")])
            .iter()
            .map(|user| user.name.trim_end_matches(" Example"))
            .collect();
        assert_eq!(heirs, ["alex"], "not authors, not other departments or stores, not who decided");
    }
}
