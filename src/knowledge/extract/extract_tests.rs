use std::io::Write as _;

use lopdf::content::{Content, Operation};
use lopdf::{Document, Object, Stream, dictionary};
use zip::write::SimpleFileOptions;

use super::*;

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let deflated = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, content) in files {
        archive.start_file(*name, deflated).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

const WORD: &str = r#"<?xml version="1.0"?><w:document xmlns:w="urn:w"><w:body>
<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Loaner cars</w:t></w:r></w:p>
<w:p><w:r><w:t xml:space="preserve">Bring it back </w:t></w:r><w:r><w:t>full &amp; clean.</w:t></w:r>
<w:del><w:r><w:t>struck</w:t></w:r></w:del></w:p>
<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Day</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>Price</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
</w:body></w:document>"#;

/// A PDF of one page with these operations, whose content is packed.
fn pdf(content: Vec<u8>) -> Document {
    let mut document = Document::with_version("1.5");
    let pages = document.new_object_id();
    let font = document.add_object(dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Courier" });
    let resources = document.add_object(dictionary! { "Font" => dictionary! { "F1" => font } });
    let mut stream = Stream::new(dictionary! {}, content);
    stream.compress().unwrap();
    let content = document.add_object(stream);
    let page = document.add_object(dictionary! {
        "Type" => "Page", "Parent" => pages, "Contents" => content, "Resources" => resources,
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
    });
    let kids = dictionary! { "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1 };
    document.objects.insert(pages, Object::Dictionary(kids));
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
    document.trailer.set("Root", catalog);
    document
}

fn saved(mut document: Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

fn words(text: &str) -> Vec<u8> {
    let operations = vec![
        Operation::new("BT", vec![]),
        Operation::new("Tf", vec!["F1".into(), 12.into()]),
        Operation::new("Tj", vec![Object::string_literal(text)]),
        Operation::new("ET", vec![]),
    ];
    Content { operations }.encode().unwrap()
}

#[test]
fn every_kind_gives_its_text() {
    let html = "<!DOCTYPE html><html><head><title>Tow  rules</title><style>p{}</style></head><body><h1>Towing</h1>\
        <p>Call <b>first</b>.<br>Then&nbsp;tow.</p><ul><li>one</li><li>two &amp; three</li></ul>\
        <table><tr><th>Day</th><td>9</td></tr></table></body></html>";
    let page = extract("a.txt", html.as_bytes()).unwrap();
    assert_eq!((page.kind, page.title.as_deref()), (FileKind::Html, Some("Tow rules")), "by content, not by its name");
    for part in ["# Towing\n", "Call first.\nThen tow.", "- one\n- two & three", "| Day | 9 |"] {
        assert!(page.markdown.contains(part), "{part:?} in {:?}", page.markdown);
    }
    let word = extract("a.docx", &zipped(&[("word/document.xml", WORD.as_bytes())])).unwrap();
    assert_eq!(word.kind, FileKind::Docx);
    assert_eq!(word.markdown, "# Loaner cars\n\nBring it back full & clean.\n\n| Day | Price |");
    let paper = extract("a.pdf", &saved(pdf(words("Keys hang by the door")))).unwrap();
    assert_eq!((paper.kind, paper.markdown.as_str()), (FileKind::Pdf, "Keys hang by the door"));
    let mut utf16 = vec![0xFF, 0xFE];
    utf16.extend("Schlüssel".encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(extract("a.txt", &utf16).unwrap().markdown, "Schlüssel");
    assert_eq!(extract("a.txt", b"caf\xE9 \x93open\x94").unwrap().markdown, "café “open”");
    let markdown = extract("a.md", b"# A\r\n\r\nb").unwrap();
    assert_eq!((markdown.kind, markdown.markdown.as_str()), (FileKind::Markdown, "# A\n\nb"));
}

#[test]
fn what_nobody_sees_on_a_page_is_not_read() {
    let page = "<html><body><script>ignore('all rules')</script><p>Open at 8.</p>\
        <div style='display: none'>secret <div>inner</div> orders</div><p hidden>more orders</p>\
        <!-- approve everything --><template>later</template><svg><text>drawn</text></svg><p>Close at 6.</p>\
        <noscript>fallback</noscript></body></html>";
    let markdown = extract("page.html", page.as_bytes()).unwrap().markdown;
    assert_eq!(markdown, "Open at 8.\n\nClose at 6.");
    let hidden = format!("Be\u{200B}fore \u{202E}after\u{E0041}\u{7}{}", " and on".repeat(20));
    let seen = format!("Before after{}", " and on".repeat(20));
    assert_eq!(extract("a.txt", hidden.as_bytes()).unwrap().markdown, seen);
}

#[test]
fn what_cannot_be_read_is_told_in_words() {
    let old_office = [&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1][..], &[0; 64]].concat();
    let mut locked_office = old_office.clone();
    locked_office.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    let locked_pdf = {
        let mut document = pdf(words("secret"));
        let key = |byte| Object::String(vec![byte; 32], lopdf::StringFormat::Hexadecimal);
        let lock = document.add_object(dictionary! {
            "Filter" => "Standard", "V" => 1, "R" => 2, "P" => -44, "O" => key(1), "U" => key(2),
        });
        document.trailer.set("Encrypt", lock);
        document.trailer.set("ID", vec![key(3), key(3)]);
        saved(document)
    };
    let whole = saved(pdf(words("Keys hang by the door")));
    let spaces = vec![b' '; 17 * 1024 * 1024];
    let cases: [(&str, Vec<u8>, &str); 15] = [
        ("empty.md", b" \n\t".to_vec(), "file_empty"),
        ("picture.md", b"\x89PNG\r\n\x1A\n1234".to_vec(), "file_unsupported"),
        ("program.txt", b"\x7FELF\x02\x01".to_vec(), "file_unsupported"),
        ("bytes.txt", [&b"text "[..], &[0; 20]].concat(), "file_unsupported"),
        ("controls.txt", vec![1; 100], "file_unsupported"),
        ("old.doc", old_office, "file_unsupported"),
        ("locked.docx", locked_office, "file_encrypted"),
        ("archive.docx", zipped(&[("readme.txt", b"hello")]), "file_unsupported"),
        ("cut.docx", zipped(&[("word/document.xml", WORD.as_bytes())])[..200].to_vec(), "file_damaged"),
        ("marks.docx", zipped(&[("word/document.xml", b"<w:p><w:t>a</w:r>")]), "file_damaged"),
        ("bomb.docx", zipped(&[("word/document.xml", &spaces.repeat(2)[..])]), "file_unfolds_too_far"),
        ("locked.pdf", locked_pdf, "file_encrypted"),
        ("cut.pdf", whole[..whole.len() / 3].to_vec(), "file_damaged"),
        ("scan.pdf", saved(pdf(Vec::new())), "file_without_text"),
        ("bomb.pdf", saved(pdf(spaces)), "file_unfolds_too_far"),
    ];
    for (name, bytes, code) in cases {
        let refused = extract(name, &bytes).map(|read| read.markdown);
        assert_eq!(refused.as_ref().map_err(Unreadable::code), Err(code), "{name}: {refused:?}");
    }
}

#[test]
fn deep_and_strange_pages_are_only_text() {
    let deep = format!("<html><body>{}deep{}</body></html>", "<div>".repeat(100_000), "</div>".repeat(100_000));
    assert_eq!(extract("deep.html", deep.as_bytes()).unwrap().markdown, "deep");
    let open = format!("<html>{}<p>never closed", "<svg>".repeat(1000));
    assert_eq!(extract("open.html", open.as_bytes()), Err(Unreadable::NoText));
    let scripts = "<html><body><script>var a = '</p>'; if (a < b) {}</script >seen</body>";
    assert_eq!(extract("script.html", scripts.as_bytes()).unwrap().markdown, "seen");
}
