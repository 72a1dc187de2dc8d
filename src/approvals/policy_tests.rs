use super::*;

fn of(yaml: &str) -> Requirement {
    let definition = Definition::from_yaml(yaml).unwrap();
    requirement(&definition, Catalog::embedded(), Rules::embedded())
}

fn one_action(department: &str, action: &str) -> String {
    format!("document: {{ tags: {{ department: {department} }} }}\ndo:\n  - act: {{ call: {action}, with: {{}} }}\n")
}

#[test]
fn the_highest_risk_decides_how_many_people_look() {
    let cases = [
        ("find_records", RiskClass::ReadOnly, 1),
        ("notify_user", RiskClass::Internal, 1),
        ("assign_lead", RiskClass::DataWrite, 1),
        ("send_sms", RiskClass::CustomerFacing, 1),
        ("issue_credit", RiskClass::Money, 2),
        ("change_price", RiskClass::Money, 2),
        ("send_payment_link", RiskClass::Money, 2),
        ("http", RiskClass::DataWrite, 1),
    ];
    for (action, risk, required) in cases {
        let need = of(&one_action("sales", action));
        assert_eq!((need.risk, need.required), (risk, required), "{action}");
        assert!(need.reasons.iter().any(|reason| reason.contains(action)), "{action}: {:?}", need.reasons);
    }
    let mixed = of(
        "do:\n  - a: { call: send_sms }\n  - b: { do: [ { c: { call: issue_credit } } ] }\n  - d: { call: notify_user }\n",
    );
    assert_eq!(mixed.risk, RiskClass::Money, "an action inside a block counts");
}

#[test]
fn the_department_names_the_managing_role() {
    let cases = [
        ("sales", "role:sales_manager,role:desk_manager"),
        ("Service", "role:service_manager"),
        ("fi", "role:fi_director,role:fi_manager"),
        ("marketing", "role:marketing_manager"),
        ("stables", "role:gm"),
    ];
    for (department, approver) in cases {
        assert_eq!(of(&one_action(department, "notify_user")).approver(), approver, "{department}");
    }
    let none = of("do:\n  - a: { call: notify_user }\n");
    assert_eq!(none.approver(), "role:gm");
    assert!(none.reasons.iter().any(|reason| reason.contains("no department")), "{:?}", none.reasons);
}

#[test]
fn every_role_of_the_rules_is_a_role_of_the_catalog() {
    let rules = Rules::embedded();
    for role in rules.departments.values().flatten().chain(&rules.always) {
        assert!(Catalog::embedded().roles().contains(role), "{role}");
    }
}

fn audience(limit: &str, export: &str, items: &str, action: &str) -> Requirement {
    of(&format!(
        "do:
  - find:
      call: find_records
      with: {{ entity: lead, filter: {{}}{limit} }}
      export: {{ as: '{export}' }}
  - each:
      for: {{ each: lead, in: '{items}' }}
      do:
        - maybe:
            do:
              - reach: {{ call: {action} }}
"
    ))
}

#[test]
fn a_loop_of_messages_over_many_found_records_needs_two_people() {
    let keep = "${ $context + { found: . } }";
    let over = "${ $context.found.items }";
    let cases = [
        ("no limit", audience("", keep, over, "send_sms"), 2),
        ("limit above fifty", audience(", limit: 51", keep, over, "send_email"), 2),
        ("limit of fifty", audience(", limit: 50", keep, over, "send_sms"), 1),
        ("limit by expression", audience(", limit: '${ $context.n }'", keep, over, "send_sms"), 2),
        ("only staff are told", audience("", keep, over, "notify_user"), 1),
        ("campaign", audience(", limit: 200", keep, over, "add_to_campaign"), 2),
        ("derived", audience("", "${ $context + { found: ., few: .items } }", "${ $context.few }", "send_sms"), 2),
        ("not named", audience("", "${ . }", "${ .items }", "send_sms"), 2),
        ("another list", audience("", keep, "${ $context.slots.items }", "send_sms"), 1),
        ("the trigger's own list", audience("", keep, "${ $workflow.input[0].data.lines }", "send_sms"), 1),
    ];
    for (name, need, required) in cases {
        assert_eq!(need.required, required, "{name}: {:?}", need.reasons);
    }
}

#[test]
fn an_audience_stays_one_however_often_it_is_passed_on() {
    let need = of("
do:
  - find: { call: find_records, with: { entity: lead }, export: { as: '${ $context + { found: . } }' } }
  - choose: { set: { few: '${ $context.found.items }' }, export: { as: '${ $context + { chosen: .few } }' } }
  - again: { set: { x: '${ $context.chosen }' }, export: { as: '${ $context + { \"last\": .x } }' } }
  - each: { for: { in: '${ $context.last }' }, do: [ { reach: { call: send_sms } } ] }
");
    assert_eq!(need.required, 2, "{:?}", need.reasons);
}

#[test]
fn stores_of_the_definition_are_kept() {
    let need = of("document: { metadata: { stores: [lakeside-main, lakeside-coast] } }\ndo: []\n");
    assert_eq!(need.stores, ["lakeside-main", "lakeside-coast"]);
    assert_eq!(need.reasons.first().map(String::as_str), Some("It only looks things up."));
}
