//! A small reader of the jq that conditions and moments are written in. What it does not know is shown as written.

/// Deepest nesting read.
const MAX_DEPTH: usize = 24;
/// Longest expression read, in bytes.
const MAX_BYTES: usize = 4096;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    /// A path: its root (`.`, `$context`, `$workflow` …) and its parts; `[]` and numbers are parts too.
    Path(String, Vec<String>),
    /// A text.
    Text(String),
    /// A number as written.
    Number(String),
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
    /// `==`, `!=`, `<`, `<=`, `>`, `>=`.
    Compare(Box<Expr>, String, Box<Expr>),
    /// All hold.
    And(Vec<Expr>),
    /// One holds.
    Or(Vec<Expr>),
    /// `+` or `-`.
    Sum(Box<Expr>, char, Box<Expr>),
    /// A function.
    Call(String, Vec<Expr>),
    /// A list.
    List(Vec<Expr>),
    /// Stages one after another.
    Pipe(Vec<Expr>),
    /// `if a then b else c end`.
    Choice(Box<Expr>, Box<Expr>, Box<Expr>),
}

/// The inside of `${ … }`, or the text itself.
pub(super) fn inside(text: &str) -> &str {
    let trimmed = text.trim();
    trimmed.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).unwrap_or(trimmed).trim()
}

/// Whether the whole text is one `${ … }`.
pub(super) fn is_expression(text: &str) -> bool {
    let trimmed = text.trim();
    trimmed.starts_with("${") && trimmed.ends_with('}')
}

/// Reads an expression, with or without `${ }`.
pub(super) fn parse(text: &str) -> Option<Expr> {
    let text = inside(text);
    if text.len() > MAX_BYTES {
        return None;
    }
    let mut reader = Reader { tokens: tokens(text)?, at: 0 };
    let expr = reader.pipe(0)?;
    (reader.at == reader.tokens.len()).then_some(expr)
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Number(String),
    Sign(&'static str),
}

const SIGNS: [&str; 20] =
    ["==", "!=", "<=", ">=", "//", "<", ">", "|", "(", ")", "[", "]", ";", ",", "+", "-", ".", "{", "}", ":"];

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first.is_whitespace() {
            rest = rest.trim_start();
        } else if first == '"' {
            let (inner, after) = string(rest)?;
            found.push(Token::Text(inner));
            rest = after;
        } else if first.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            found.push(Token::Number(rest.get(..end)?.to_owned()));
            rest = rest.get(end..)?;
        } else if first.is_alphabetic() || first == '_' || first == '$' {
            let end = rest
                .char_indices()
                .find(|(at, c)| *at > 0 && !c.is_alphanumeric() && *c != '_')
                .map_or(rest.len(), |(at, _)| at);
            found.push(Token::Word(rest.get(..end)?.to_owned()));
            rest = rest.get(end..)?;
        } else {
            let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign))?;
            found.push(Token::Sign(sign));
            rest = rest.get(sign.len()..)?;
        }
    }
    Some(found)
}

/// A text in quotes at the front, and what follows it; texts with `\( )` are not read.
fn string(text: &str) -> Option<(String, &str)> {
    let mut inner = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((inner, text.get(at + 1..)?)),
            '\\' => match chars.next()?.1 {
                'n' => inner.push('\n'),
                quoted @ ('"' | '\\' | '/') => inner.push(quoted),
                _ => return None,
            },
            c => inner.push(c),
        }
    }
    None
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(next)) if *next == sign);
        self.at += usize::from(found);
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(next)) if next == word);
        self.at += usize::from(found);
        found
    }

    fn pipe(&mut self, depth: usize) -> Option<Expr> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut stages = vec![self.or(depth)?];
        while self.take_sign("|") {
            stages.push(self.or(depth)?);
        }
        if stages.len() == 1 { stages.pop() } else { Some(Expr::Pipe(stages)) }
    }

    fn or(&mut self, depth: usize) -> Option<Expr> {
        let mut parts = vec![self.and(depth)?];
        while self.take_word("or") {
            parts.push(self.and(depth)?);
        }
        if parts.len() == 1 { parts.pop() } else { Some(Expr::Or(parts)) }
    }

    fn and(&mut self, depth: usize) -> Option<Expr> {
        let mut parts = vec![self.compare(depth)?];
        while self.take_word("and") {
            parts.push(self.compare(depth)?);
        }
        if parts.len() == 1 { parts.pop() } else { Some(Expr::And(parts)) }
    }

    fn compare(&mut self, depth: usize) -> Option<Expr> {
        let left = self.sum(depth)?;
        for sign in ["==", "!=", "<=", ">=", "<", ">"] {
            if self.take_sign(sign) {
                let right = self.sum(depth)?;
                return Some(Expr::Compare(Box::new(left), sign.to_owned(), Box::new(right)));
            }
        }
        Some(left)
    }

    fn sum(&mut self, depth: usize) -> Option<Expr> {
        let mut left = self.term(depth)?;
        loop {
            let sign = if self.take_sign("+") {
                '+'
            } else if self.take_sign("-") {
                '-'
            } else {
                return Some(left);
            };
            left = Expr::Sum(Box::new(left), sign, Box::new(self.term(depth)?));
        }
    }

    fn term(&mut self, depth: usize) -> Option<Expr> {
        let next = self.peek()?.clone();
        self.at += 1;
        match next {
            Token::Text(text) => Some(Expr::Text(text)),
            Token::Number(number) => Some(Expr::Number(number)),
            Token::Sign("-") => match self.peek()?.clone() {
                Token::Number(number) => {
                    self.at += 1;
                    Some(Expr::Number(format!("-{number}")))
                }
                Token::Word(_) | Token::Text(_) | Token::Sign(_) => None,
            },
            Token::Sign("(") => {
                let inner = self.pipe(depth + 1)?;
                self.take_sign(")").then_some(inner)
            }
            Token::Sign("[") => {
                if self.take_sign("]") {
                    return Some(Expr::List(Vec::new()));
                }
                let mut items = vec![self.pipe(depth + 1)?];
                while self.take_sign(",") {
                    items.push(self.pipe(depth + 1)?);
                }
                self.take_sign("]").then_some(Expr::List(items))
            }
            Token::Sign(".") => {
                self.at -= 1;
                self.path(".".to_owned())
            }
            Token::Sign(_) => None,
            Token::Word(word) => self.word(word, depth),
        }
    }

    fn word(&mut self, word: String, depth: usize) -> Option<Expr> {
        match word.as_str() {
            "true" => return Some(Expr::Bool(true)),
            "false" => return Some(Expr::Bool(false)),
            "null" => return Some(Expr::Null),
            "if" => {
                let condition = self.pipe(depth + 1)?;
                let yes = if self.take_word("then") { self.pipe(depth + 1)? } else { return None };
                let no = if self.take_word("else") { self.pipe(depth + 1)? } else { return None };
                let choice = Expr::Choice(Box::new(condition), Box::new(yes), Box::new(no));
                return self.take_word("end").then_some(choice);
            }
            "then" | "else" | "elif" | "end" | "as" | "def" | "reduce" | "foreach" | "try" | "and" | "or" => {
                return None;
            }
            _ => {}
        }
        if word.starts_with('$') {
            return self.path(word);
        }
        let mut arguments = Vec::new();
        if self.take_sign("(") {
            arguments.push(self.pipe(depth + 1)?);
            while self.take_sign(";") {
                arguments.push(self.pipe(depth + 1)?);
            }
            if !self.take_sign(")") {
                return None;
            }
        }
        Some(Expr::Call(word, arguments))
    }

    /// The parts after a root: `.name`, `."name"`, `[0]`, `[]`.
    fn path(&mut self, root: String) -> Option<Expr> {
        let mut parts = Vec::new();
        loop {
            if self.take_sign(".") {
                match self.peek().cloned() {
                    Some(Token::Word(name)) if !name.starts_with('$') => {
                        // `. and x`: the dot stands alone
                        if root == "." && parts.is_empty() && matches!(name.as_str(), "and" | "or") {
                            break;
                        }
                        self.at += 1;
                        parts.push(name);
                    }
                    Some(Token::Text(name)) => {
                        self.at += 1;
                        parts.push(name);
                    }
                    _ if root == "." && parts.is_empty() => {}
                    _ => return None,
                }
            } else if (root != "." || self.at > 0) && self.take_sign("[") {
                match self.peek().cloned() {
                    Some(Token::Number(index) | Token::Text(index)) => {
                        self.at += 1;
                        parts.push(index);
                        if !self.take_sign("]") {
                            return None;
                        }
                    }
                    Some(Token::Sign("]")) => {
                        self.at += 1;
                        parts.push("[]".to_owned());
                    }
                    _ => return None,
                }
            } else {
                break;
            }
        }
        Some(Expr::Path(root, parts))
    }
}
