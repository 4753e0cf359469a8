//! Tokens of a script: enough to tell code from strings and comments.

/// A token. Regular expressions and numbers carry no text: nothing here needs it, but numbers keep theirs.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Text(String),
    /// A template string: literal parts with one name (or nothing) between each two.
    Template(Vec<String>, Vec<String>),
    Name(String),
    Number(String),
    Pattern,
    /// One character, or `+=`.
    Sign(char),
    PlusAssign,
    /// `==`, `===`, `!=`, `=>`, `<=`, `&&` and the like: never an assignment.
    Operator,
}

/// See [`Lexer::wasted`]; more is no honest script.
const WASTED_MAX: usize = 4 * 1024 * 1024;
/// Tokens at most; a bundle of megabytes holds no footer that static reading could find beyond it.
const LIMIT: usize = 400_000;

/// Tokens of a script, with the way from each opening bracket to behind its closing one.
#[derive(Debug)]
pub(super) struct Tokens {
    list: Vec<Token>,
    /// For an opening bracket the position behind its group, for all others 0. Found once, so that no reading of nested
    /// groups costs more than the script's length.
    after: Vec<u32>,
}

impl Tokens {
    fn new(list: Vec<Token>) -> Self {
        let end = u32::try_from(list.len()).unwrap_or(u32::MAX);
        let mut after = vec![0; list.len()];
        let mut open = Vec::new();
        for (at, token) in list.iter().enumerate() {
            match token {
                Token::Sign('(' | '[' | '{') => open.push(at),
                Token::Sign(')' | ']' | '}') => {
                    if let Some(begin) = open.pop() {
                        after[begin] = u32::try_from(at + 1).unwrap_or(u32::MAX);
                    }
                }
                _ => {}
            }
        }
        for begin in open {
            after[begin] = end;
        }
        Tokens { list, after }
    }

    /// Position behind the group that opens at `open`; the next token where none opens, the end where it never closes.
    pub(super) fn after_group(&self, open: usize) -> usize {
        match self.after.get(open) {
            Some(0) => open + 1,
            Some(&after) => after as usize,
            None => self.list.len(),
        }
    }
}

impl std::ops::Deref for Tokens {
    type Target = [Token];

    fn deref(&self) -> &[Token] {
        &self.list
    }
}

/// Splits `source` into tokens; never fails, ends with the source.
pub(super) fn tokens(source: &str) -> Tokens {
    let mut lexer = Lexer { rest: source, out: Vec::new(), wasted: 0 };
    while lexer.out.len() < LIMIT && lexer.step() {}
    Tokens::new(lexer.out)
}

struct Lexer<'s> {
    rest: &'s str,
    out: Vec<Token>,
    /// Bytes looked through behind slashes that turned out to divide.
    wasted: usize,
}

impl<'s> Lexer<'s> {
    fn step(&mut self) -> bool {
        self.rest = self.rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let Some(c) = self.rest.chars().next() else { return false };
        if self.rest.starts_with("//") || self.rest.starts_with("<!--") || self.rest.starts_with("-->") {
            self.rest = self.rest.find(['\n', '\r']).map_or("", |at| &self.rest[at..]);
        } else if self.rest.starts_with("/*") {
            self.rest = self.rest[2..].find("*/").map_or("", |at| &self.rest[at + 4..]);
        } else if c == '"' || c == '\'' {
            let text = self.string(c);
            self.out.push(Token::Text(text));
        } else if c == '`' {
            self.template();
        } else if c.is_alphabetic() || c == '_' || c == '$' {
            let name = self.take_while(|c| c.is_alphanumeric() || c == '_' || c == '$');
            self.out.push(Token::Name(name.to_owned()));
        } else if c.is_ascii_digit() {
            let number = self.take_while(|c| c.is_ascii_alphanumeric() || c == '.');
            self.out.push(Token::Number(number.to_owned()));
        } else if c == '/' && self.pattern_may_start() {
            self.pattern();
        } else {
            self.sign(c);
        }
        true
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'s str {
        let end = self.rest.find(|c| !keep(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn sign(&mut self, c: char) {
        const LONG: &[&str] = &["===", "!==", "==", "!=", "=>", "<=", ">=", "&&", "||", "++", "--", "-=", "*=", "??"];
        if self.rest.starts_with("+=") {
            self.out.push(Token::PlusAssign);
            self.rest = &self.rest[2..];
        } else if let Some(long) = LONG.iter().find(|l| self.rest.starts_with(**l)) {
            self.out.push(Token::Operator);
            self.rest = &self.rest[long.len()..];
        } else {
            self.out.push(Token::Sign(c));
            self.rest = &self.rest[c.len_utf8()..];
        }
    }

    /// A string literal; a line break ends an unclosed one unless it is escaped.
    fn string(&mut self, quote: char) -> String {
        let mut out = String::new();
        let mut chars = self.rest.char_indices();
        chars.next();
        let mut end = self.rest.len();
        while let Some((at, c)) = chars.next() {
            if c == quote {
                end = at + 1;
                break;
            } else if c == '\n' || c == '\r' {
                end = at;
                break;
            } else if c == '\\' {
                escape(&mut chars, &mut out);
            } else {
                out.push(c);
            }
        }
        self.rest = &self.rest[end..];
        out
    }

    fn template(&mut self) {
        let mut literals = vec![String::new()];
        let mut names = Vec::new();
        let mut chars = self.rest.char_indices().peekable();
        chars.next();
        let mut end = self.rest.len();
        while let Some((at, c)) = chars.next() {
            match c {
                '`' => {
                    end = at + 1;
                    break;
                }
                '\\' => {
                    let mut plain = self.rest[at + 1..].char_indices();
                    let last = literals.last_mut().expect("one literal at least");
                    escape(&mut plain, last);
                    let used = plain.offset();
                    while chars.peek().is_some_and(|(next, _)| *next < at + 1 + used) {
                        chars.next();
                    }
                }
                '$' if self.rest[at + 1..].starts_with('{') => {
                    let inside = &self.rest[at + 2..];
                    let length = inside.find('}').unwrap_or(inside.len());
                    names.push(inside[..length].trim().to_owned());
                    literals.push(String::new());
                    while chars.peek().is_some_and(|(next, _)| *next <= at + 2 + length) {
                        chars.next();
                    }
                }
                c => literals.last_mut().expect("one literal at least").push(c),
            }
        }
        self.rest = &self.rest[end..];
        self.out.push(Token::Template(literals, names));
    }

    /// After a value a slash divides; elsewhere it begins a regular expression.
    fn pattern_may_start(&self) -> bool {
        match self.out.last() {
            None | Some(Token::Operator | Token::PlusAssign) => true,
            Some(Token::Sign(c)) => !matches!(c, ')' | ']' | '}'),
            Some(Token::Name(name)) => matches!(name.as_str(), "return" | "typeof" | "case" | "in" | "of"),
            _ => false,
        }
    }

    fn pattern(&mut self) {
        let mut escaped = false;
        let mut class = false;
        let mut end = None;
        let mut looked = 0;
        for (at, c) in self.rest.char_indices().skip(1) {
            looked = at;
            match c {
                '\n' | '\r' => break,
                _ if self.wasted > WASTED_MAX => break,
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '[' => class = true,
                ']' => class = false,
                '/' if !class => {
                    end = Some(at + 1);
                    break;
                }
                _ => {}
            }
        }
        match end {
            Some(end) => {
                self.rest = &self.rest[end..];
                self.take_while(|c| c.is_ascii_alphabetic());
                self.out.push(Token::Pattern);
            }
            // No end on this line: it was a division after all.
            None => {
                self.wasted += looked;
                self.sign('/');
            }
        }
    }
}

/// One escape sequence, the backslash already taken.
fn escape(chars: &mut std::str::CharIndices<'_>, out: &mut String) {
    let Some((_, c)) = chars.next() else { return };
    let hex = |text: &str| u32::from_str_radix(text, 16).ok().and_then(char::from_u32);
    match c {
        'n' | 'r' | 't' | 'b' | 'f' | 'v' => out.push(' '),
        '\n' => {}
        '\r' => {
            if chars.as_str().starts_with('\n') {
                chars.next();
            }
        }
        'x' | 'u' => {
            let rest = chars.as_str();
            let length = if c == 'x' { 2 } else { 4 };
            match rest.get(..length).and_then(hex) {
                Some(decoded) => {
                    out.push(decoded);
                    for _ in 0..length {
                        chars.next();
                    }
                }
                None => out.push(c),
            }
        }
        c => out.push(c),
    }
}
