use super::*;

const LEAD: &str = "<?xml version=\"1.0\" encoding=\"ENC\"?><adf><name>Núñez — 5€</name></adf>";

fn utf16(text: &str, little: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

fn western(text: &str) -> Vec<u8> {
    WINDOWS_1252.encode(text).0.into_owned()
}

#[test]
fn every_way_to_say_it() {
    let says = |name: &str| LEAD.replace("ENC", name);
    let silent = LEAD.replace(" encoding=\"ENC\"", "");
    let marked = |mark: &[u8], body: Vec<u8>| [mark, &body].concat();
    let xml = Some("application/xml");
    // (what it is, content type, bytes, the text)
    let table: Vec<(&str, Option<&str>, Vec<u8>, String)> = vec![
        ("UTF-8, silent", None, silent.clone().into_bytes(), silent.clone()),
        ("UTF-8, declared", xml, says("utf-8").into_bytes(), says("utf-8")),
        ("UTF-8, with a mark", xml, marked(b"\xef\xbb\xbf", silent.clone().into_bytes()), silent.clone()),
        (
            "a mark beats the content type",
            Some("text/xml; charset=iso-8859-1"),
            marked(b"\xef\xbb\xbf", silent.clone().into_bytes()),
            silent.clone(),
        ),
        ("UTF-16 LE, with a mark", None, marked(b"\xff\xfe", utf16(&says("utf-16"), true)), says("utf-16")),
        ("UTF-16 BE, with a mark", None, marked(b"\xfe\xff", utf16(&says("utf-16"), false)), says("utf-16")),
        ("UTF-16 LE, without", None, utf16(&says("utf-16"), true), says("utf-16")),
        ("UTF-16 BE, without", Some("text/xml; charset=utf-16"), utf16(&says("utf-16"), false), says("utf-16")),
        ("windows-1252, declared", xml, western(&says("windows-1252")), says("windows-1252")),
        ("ISO-8859-1, declared", xml, western(&says("ISO-8859-1")), says("ISO-8859-1")),
        (
            "ISO-8859-1, single quotes",
            xml,
            western(&says("iso-8859-1").replace('"', "'")),
            says("iso-8859-1").replace('"', "'"),
        ),
        ("by the content type", Some("text/xml; Charset=\"ISO-8859-1\""), western(&silent), silent.clone()),
        (
            "the content type beats the declaration",
            Some("text/xml; charset=windows-1252"),
            western(&says("utf-8")),
            says("utf-8"),
        ),
        (
            "in the headers of a mail",
            Some("message/rfc822"),
            western(&format!("Content-Type: text/xml; charset=\"windows-1252\"\r\n\r\n{silent}")),
            format!("Content-Type: text/xml; charset=\"windows-1252\"\r\n\r\n{silent}"),
        ),
        ("UTF-16 said of UTF-8", xml, says("utf-16").into_bytes(), says("utf-16")),
        ("UTF-8 said of windows-1252", xml, western(&says("utf-8")), says("utf-8")),
        ("nothing said of windows-1252", None, western(&silent), silent.clone()),
        (
            "US-ASCII",
            xml,
            b"<?xml version='1.0' encoding='us-ascii'?><adf/>".to_vec(),
            "<?xml version='1.0' encoding='us-ascii'?><adf/>".to_owned(),
        ),
    ];
    for (what, content_type, bytes, text) in table {
        assert_eq!(decode(&bytes, content_type).as_deref(), Ok(text.as_str()), "{what}");
    }
}

#[test]
fn what_is_no_text_is_refused() {
    let unknown = |name: &str| decode(LEAD.replace("ENC", name).as_bytes(), None);
    for name in ["utf-7", "ebcdic-cp-us", "iso-2022-kr", "x"] {
        assert_eq!(unknown(name), Err(CharsetError::Unknown(name.to_owned())));
    }
    assert_eq!(decode(b"<adf/>", Some("text/xml; charset=klingon")), Err(CharsetError::Unknown("klingon".to_owned())));
    assert_eq!(decode(b"\xff\xfe<\0a\0d", None), Err(CharsetError::Malformed("UTF-16LE")), "half a unit");
    assert_eq!(decode(b"\xff\xfe<\0\0\xd8>\0", None), Err(CharsetError::Malformed("UTF-16LE")), "half a pair");
    assert_eq!(decode(b"\xef\xbb\xbf<adf>\xff", None), Err(CharsetError::Malformed("UTF-8")));
}
