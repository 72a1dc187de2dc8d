use super::*;

const MINIMAL: &str = r#"<?xml version="1.0" encoding="UTF-8"?><?adf version="1.0"?><adf><prospect>
<requestdate>2026-03-14T19:42:05-05:00</requestdate>
<vehicle><year>2021</year><make>Toyota</make><model>RAV4</model></vehicle>
<customer><contact><name part="first">Dana</name><name part="last">Whitfield</name><email>dana.w@example.com</email></contact></customer>
<vendor><vendorname>Lakeside Toyota</vendorname></vendor></prospect></adf>"#;

fn one(text: &str) -> NormalisedLead {
    let mut leads = read(text.as_bytes()).unwrap();
    assert_eq!(leads.len(), 1);
    leads.remove(0)
}

#[test]
fn reads_the_minimal_lead() {
    let lead = one(MINIMAL);
    assert_eq!(lead.customer.first_name, "Dana");
    assert_eq!(lead.customer.email.as_deref(), Some("dana.w@example.com"));
    assert_eq!(lead.vehicle.description(), "2021 Toyota RAV4");
    assert_eq!(lead.requested_at.unwrap().to_rfc3339(), "2026-03-15T00:42:05+00:00");
    assert_eq!(lead.vendor.as_deref(), Some("Lakeside Toyota"));
}

#[test]
fn reads_what_is_seen_in_the_wild() {
    // (what is odd about it, the text, first name, what must be found)
    let table = [
        (
            "a processing instruction without quotes",
            MINIMAL.replace(r#"<?adf version="1.0"?>"#, r#"<?ADF VERSION "1.0"?>"#),
        ),
        ("no declaration", MINIMAL.replace(r#"<?xml version="1.0" encoding="UTF-8"?>"#, "")),
        ("attributes without quotes", MINIMAL.replace(r#"part="first""#, "part=first")),
        (
            "upper case",
            MINIMAL.replace("<prospect>", "<PROSPECT STATUS=\"new\">").replace("</prospect>", "</PROSPECT>"),
        ),
        ("no vendor name", MINIMAL.replace("<vendorname>Lakeside Toyota</vendorname>", "")),
        ("extra elements", MINIMAL.replace("<vehicle>", "<leadtype>internet</leadtype><vehicle>")),
        (
            "an ampersand not escaped",
            MINIMAL.replace("<vendor>", "<provider><name part=\"full\">A&B Autos & Co</name></provider><vendor>"),
        ),
        ("empty tags", MINIMAL.replace("<vehicle>", "<vehicle><trim/><vin></vin>")),
        ("inside HTML", format!("<html><body><p>New lead!<br>{MINIMAL}</p></body></html>")),
        (
            "escaped inside HTML",
            format!("<html><body><pre>{}</pre></body></html>", MINIMAL.replace('<', "&lt;").replace('>', "&gt;")),
        ),
        (
            "a mail in quoted-printable",
            format!(
                "Content-Transfer-Encoding: quoted-printable\n\n{}",
                MINIMAL.replace('=', "=3D").replace("Whitfield", "Whit=\nfield")
            ),
        ),
        ("an end tag that never comes", MINIMAL.replace("</contact>", "")),
    ];
    for (what, text) in table {
        let lead = one(&text);
        assert_eq!(lead.customer.first_name, "Dana", "{what}");
        assert_eq!(lead.customer.last_name, "Whitfield", "{what}");
        assert_eq!(lead.vehicle.model, "RAV4", "{what}");
    }
    assert_eq!(
        one(&MINIMAL.replace("<vendor>", "<provider><name>A&B Autos</name></provider><vendor>")).source,
        "A&B Autos"
    );
}

#[test]
fn reads_odd_moments() {
    let table = [
        ("2026-03-14T9:42:05-05:00", Some("2026-03-14T14:42:05+00:00")),
        ("2026-03-14T19:42:05", Some("2026-03-14T19:42:05+00:00")),
        ("2026-03-14 19:42:05-08:0", Some("2026-03-15T03:42:05+00:00")),
        ("2026-03-14T19:42Z", Some("2026-03-14T19:42:00+00:00")),
        ("yesterday", None),
    ];
    for (text, expected) in table {
        assert_eq!(read_moment(text).map(|at| at.to_rfc3339()).as_deref(), expected, "{text}");
    }
}

#[test]
fn a_telephone_is_textable_only_when_the_sender_says_so() {
    let with = |phone: &str| one(&MINIMAL.replace("<email>", &format!("{phone}<email>"))).customer;
    let cell = with(r#"<phone type="cellphone">312-555-0143</phone>"#);
    assert_eq!(cell.mobile.as_deref(), Some("+13125550143"));
    let home = with(r#"<phone type="home">(312) 555-0143</phone>"#);
    assert_eq!((home.mobile, home.phone.as_deref()), (None, Some("+13125550143")));
    let plain = with("<phone>312.555.0143</phone>");
    assert_eq!(plain.mobile, None);
    assert_eq!(with(r#"<phone type="fax">312-555-0143</phone>"#).phone, None);
}

#[test]
fn the_trade_in_is_not_the_car_they_want() {
    let trade = r#"<vehicle interest="trade-in"><year>2003</year><make>Honda</make><model>Accord</model><odometer units="mi">161,000</odometer></vehicle>"#;
    let lead = one(&MINIMAL.replace("<vehicle>", &format!("{trade}<vehicle>")));
    assert_eq!(lead.vehicle.model, "RAV4");
    let traded = lead.trade_in.unwrap();
    assert_eq!((traded.model.as_str(), traded.odometer), ("Accord", Some(161_000)));
}

#[test]
fn entities_do_not_expand() {
    let bomb = r#"<!DOCTYPE adf [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>"#;
    let text = MINIMAL.replace("<adf>", &format!("{bomb}<adf>")).replace("Dana", "&b;&c;Dana");
    assert_eq!(one(&text).customer.first_name, "Dana");
}

#[test]
fn refuses_what_is_too_much_or_too_little() {
    assert_eq!(read(&vec![b' '; xml::MAX_BYTES + 1]), Err(AdfError::TooLarge));
    let deep = format!("<adf>{}</adf>", "<a>".repeat(100));
    assert_eq!(read(deep.as_bytes()), Err(AdfError::TooLarge));
    assert_eq!(read(format!("<adf>{}</adf>", "<a/>".repeat(5000)).as_bytes()), Err(AdfError::TooLarge));
    assert_eq!(read(b"hello"), Err(AdfError::NoProspect));
    assert_eq!(read(b"<adf></adf>"), Err(AdfError::NoProspect));
    assert_eq!(read(b"<adf><prospect><customer/></prospect></adf>"), Err(AdfError::NoCustomer));
    assert_eq!(read(format!("<adf>{}</adf>", "<prospect/>".repeat(21)).as_bytes()), Err(AdfError::TooMany));
}
