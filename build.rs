//! Tells cargo which files beside the sources go into the binary: the migrations, and the built page.

fn main() {
    let say = |path: &str| println!("cargo:rerun-if-changed={path}");
    say("migrations");
    // A path that is not there would make cargo build again every time.
    if std::path::Path::new("chat-widget/dist").exists() {
        say("chat-widget/dist");
    }
}
