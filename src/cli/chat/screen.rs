//! What is printed: as it comes and with some grey in a terminal, one message a line and no colours into a pipe.

use std::io::{IsTerminal, Write};

/// Standard output.
#[derive(Debug)]
pub struct Screen {
    terminal: bool,
    /// A message whose end has not come.
    message: String,
    /// Something of it stands on the present line already.
    open: bool,
}

const GREY: &str = "\u{1b}[90m";
const PLAIN: &str = "\u{1b}[0m";

impl Screen {
    /// The process's standard output.
    #[must_use]
    pub fn new() -> Self {
        Self { terminal: std::io::stdout().is_terminal(), message: String::new(), open: false }
    }

    fn write(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        // a reader that went away has no use for the rest
        drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
    }

    /// A whole line; into a pipe without the line breaks in it.
    pub fn line(&mut self, text: &str) {
        self.close();
        let text = visible(text);
        if self.terminal { self.write(&format!("{text}\n")) } else { self.write(&format!("{}\n", one_line(&text))) }
    }

    /// A line that may be overlooked.
    pub fn aside(&mut self, text: &str) {
        self.close();
        let text = one_line(&visible(text));
        if self.terminal { self.write(&format!("{GREY}{text}{PLAIN}\n")) } else { self.write(&format!("{text}\n")) }
    }

    /// A question whose answer stands on the same line.
    pub fn ask(&self, text: &str) {
        self.write(text);
    }

    /// More of a message.
    pub fn piece(&mut self, text: &str) {
        if self.terminal {
            self.write(&visible(text));
            self.open = true;
        } else {
            self.message.push_str(text);
        }
    }

    /// The end of a message, and of whatever else is open.
    pub fn close(&mut self) {
        if std::mem::take(&mut self.open) {
            self.write("\n");
        }
        let message = std::mem::take(&mut self.message);
        if !message.trim().is_empty() {
            self.write(&format!("{}\n", one_line(&visible(&message))));
        }
    }

    /// The place to type.
    pub fn prompt(&mut self) {
        self.close();
        if self.terminal {
            self.write("> ");
        }
    }

    /// The first line.
    pub fn greet(&mut self, conversation: &str) {
        if self.terminal {
            self.aside(&format!("Conversation {conversation}. /help says what else there is."));
        }
    }

    /// The last one.
    pub fn end(&mut self) {
        self.close();
        if self.terminal {
            self.write("\n");
        }
    }
}

/// Text of others cannot move the cursor, colour the screen or ring the bell.
fn visible(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_is_only_text() {
        assert_eq!(visible("a\u{1b}[31mred\u{7}\tb\n"), "a[31mred\tb\n");
        assert_eq!(one_line("first\n\n- second\n"), "first - second");
    }
}
