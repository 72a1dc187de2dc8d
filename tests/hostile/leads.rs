//! Leads in odd encodings, cut off, or written to do harm; through the router.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::Value;

use crate::support::{Answer, TestApp};

const LEAD: &str = r#"<?xml version="1.0" encoding="ENC"?><adf><prospect><id source="Site">A-1</id>
<vehicle><year>2021</year><make>Toyota</make><model>RAV4</model></vehicle>
<customer><contact><name part="first">José</name><name part="last">Muñoz</name>
<email>jose.munoz@example.com</email></contact></customer></prospect></adf>"#;

async fn send(app: &TestApp, content_type: &str, body: impl Into<Body>) -> Answer {
    let maria = app.token("maria@lakeside.example").await;
    let request = Request::post("/v1/leads/adf?store_id=lakeside-main")
        .header(header::AUTHORIZATION, format!("Bearer {maria}"))
        .header(header::CONTENT_TYPE, content_type);
    app.raw(request.body(body.into()).unwrap()).await
}

async fn customer(app: &TestApp, lead: &Value) -> Value {
    let maria = app.token("maria@lakeside.example").await;
    let path = format!("/v1/records/customer/{}", lead["customer_id"].as_str().unwrap());
    app.send("GET", &path, Some(&maria), None).await.json()["data"].clone()
}

fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
}

#[tokio::test]
async fn a_name_is_spelt_right_in_every_encoding() {
    let utf16: Vec<u8> = LEAD.replace("ENC", "UTF-16").encode_utf16().flat_map(u16::to_be_bytes).collect();
    let utf16 = [b"\xfe\xff".to_vec(), utf16].concat();
    let forms = [
        ("UTF-8", "application/x-adf+xml", LEAD.replace("ENC", "UTF-8").into_bytes()),
        ("declared ISO-8859-1", "application/x-adf+xml", latin1(&LEAD.replace("ENC", "ISO-8859-1"))),
        ("ISO-8859-1 by the header", "text/xml; charset=iso-8859-1", latin1(&LEAD.replace(" encoding=\"ENC\"", ""))),
        ("UTF-16", "text/xml", utf16),
    ];
    for (what, content_type, body) in forms {
        let app = TestApp::demo().await;
        let received = send(&app, content_type, body).await;
        assert_eq!(received.status, StatusCode::ACCEPTED, "{what}: {}", received.text);
        assert_eq!(customer(&app, &received.json()[0]).await["name"], "José Muñoz", "{what}");
    }
}

#[tokio::test]
async fn what_is_cut_off_or_harmful_is_refused_and_leaves_nothing_behind() {
    let app = TestApp::demo().await;
    let maria = app.token("maria@lakeside.example").await;
    let count = async || {
        let page = app.send("GET", "/v1/records/lead?limit=200", Some(&maria), None).await.json();
        page["items"].as_array().unwrap().len()
    };
    let before = count().await;
    let good = LEAD.replace("ENC", "UTF-8");
    let second = "<prospect><customer><contact><name>&undefined;</name><email>x@example.com</email></contact></customer></prospect>";
    let doctype = r#"<!DOCTYPE adf [<!ENTITY e SYSTEM "file:///etc/passwd">]><adf>"#;
    let cases = [
        ("cut", good[..good.len() - 20].to_owned(), "", "</adf>"),
        ("external entity", good.replace("<adf>", doctype), "", "declares"),
        (
            "one of two",
            good.replace("</adf>", &format!("{second}</adf>")),
            "/adf/prospect/1/customer/contact/name",
            "entities",
        ),
        ("unknown encoding", LEAD.replace("ENC", "UTF-7"), "", "UTF-7"),
        ("no lead", "<adf></adf>".to_owned(), "", "prospect"),
        ("a page", "<html>hello</html>".to_owned(), "", "prospect"),
        ("too deep", format!("<adf>{}</adf>", "<a>".repeat(200)), "", "deeply"),
        ("nothing", String::new(), "", "prospect"),
    ];
    for (what, body, pointer, word) in cases {
        let answer = send(&app, "application/x-adf+xml", body).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (422, "invalid_input".into()), "{what}: {}", answer.text);
        let error = &answer.json()["errors"][0];
        assert_eq!(error["pointer"], pointer, "{what}");
        assert!(error["message"].as_str().unwrap().contains(word), "{what}: {error}");
    }
    assert_eq!(count().await, before, "not even the good one of two");
}
