//! String values of a script, as far as they can be told without running it.

use std::cell::Cell;
use std::collections::HashMap;

use super::lexer::{Token, Tokens};

/// A string, perhaps with holes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Value {
    pub(super) text: String,
    /// Some part could not be told.
    pub(super) computed: bool,
    /// The whole differs by a condition that could not be told.
    pub(super) choice: bool,
}

/// Variables that hold strings.
#[derive(Debug, Default)]
pub(super) struct Values {
    names: HashMap<String, Value>,
    kept: usize,
    /// Bytes handed out so far.
    spent: Cell<usize>,
}

/// All variable texts together.
const KEPT_MAX: usize = 512 * 1024;
/// Bytes handed out in all: a script that writes one long variable a thousand times is not read to its end.
const SPENT_MAX: usize = 16 * 1024 * 1024;
/// Nesting of object literals whose members are kept.
const OBJECT_DEPTH: usize = 3;
/// Methods that change nothing a reader sees.
const PASSIVE: [&str; 6] = ["join", "toString", "trim", "valueOf", "toLowerCase", "replace"];
/// Longest name with its members, bytes.
const NAME_MAX: usize = 200;
/// Nesting of calls and groups followed.
const DEPTH_MAX: usize = 12;

impl Values {
    pub(super) fn knows(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    pub(super) fn assign(&mut self, name: &str, value: Value, adds: bool) {
        self.kept += value.text.len();
        if self.kept > KEPT_MAX {
            return;
        }
        if adds {
            let held = self.names.entry(name.to_owned()).or_insert(Value { computed: true, ..Value::default() });
            held.text.push_str(&value.text);
            held.computed |= value.computed;
            held.choice |= value.choice;
        } else {
            self.names.insert(name.to_owned(), value);
        }
    }

    /// What a name holds.
    fn held(&self, name: &str) -> Option<Value> {
        let held = self.names.get(name)?;
        self.spent.set(self.spent.get() + held.text.len());
        if self.spent.get() > SPENT_MAX { unknown() } else { Some(held.clone()) }
    }

    /// Takes in the members of the object literal at `open`, spelled `name.member`.
    pub(super) fn object(&mut self, name: &str, tokens: &Tokens, open: usize, depth: usize) {
        let end = tokens.after_group(open);
        let mut at = open + 1;
        while at + 2 < end {
            let key = match (&tokens[at], &tokens[at + 1]) {
                (Token::Name(key) | Token::Text(key), Token::Sign(':')) => format!("{name}.{key}"),
                _ => {
                    at = next_member(tokens, at, end);
                    continue;
                }
            };
            if tokens[at + 2] == Token::Sign('{') {
                if depth < OBJECT_DEPTH && key.len() <= NAME_MAX {
                    self.object(&key, tokens, at + 2, depth + 1);
                }
            } else if matches!(tokens[at + 2], Token::Text(_) | Token::Template(..) | Token::Sign('[')) {
                let (value, _) = self.expression(tokens, at + 2);
                if let Some(value) = value.filter(|v| !v.text.is_empty()) {
                    self.assign(&key, value, false);
                }
            }
            at = next_member(tokens, at + 2, end);
        }
    }

    /// The value of the expression at `at`, and where it ends (at `,`, `)`, `;`, `}` or the next statement). `None` for an
    /// empty expression.
    pub(super) fn expression(&self, tokens: &Tokens, at: usize) -> (Option<Value>, usize) {
        self.sum(tokens, at, 0)
    }

    fn sum(&self, tokens: &Tokens, mut at: usize, depth: usize) -> (Option<Value>, usize) {
        let mut total: Option<Value> = None;
        loop {
            let (operand, next) = self.operand(tokens, at, depth);
            let Some(operand) = operand else { return (total, next) };
            let sum = total.get_or_insert_default();
            sum.text.push_str(&operand.text);
            sum.computed |= operand.computed;
            sum.choice |= operand.choice;
            at = next;
            match tokens.get(at) {
                Some(Token::Sign('+')) => at += 1,
                Some(Token::Sign('?')) => return self.ternary(tokens, at, depth),
                // A comparison: the condition of a ternary, or no string at all.
                Some(Token::Operator) => {
                    at += 1;
                    total = None;
                }
                _ => return (total, at),
            }
        }
    }

    /// `condition ? a : b`; a test of the protocol makes no difference to what people read.
    fn ternary(&self, tokens: &Tokens, question: usize, depth: usize) -> (Option<Value>, usize) {
        if depth > DEPTH_MAX {
            return (None, tokens.len());
        }
        let (a, colon) = self.sum(tokens, question + 1, depth + 1);
        if tokens.get(colon) != Some(&Token::Sign(':')) {
            return (a, colon);
        }
        let (b, end) = self.sum(tokens, colon + 1, depth + 1);
        let (a, b) = (a.unwrap_or_default(), b.unwrap_or_default());
        let numbers = |v: &Value| super::long_numbers(&v.text);
        let choice =
            a.choice || b.choice || (!numbers(&a).is_empty() && !numbers(&b).is_empty() && numbers(&a) != numbers(&b));
        let text = if choice { String::new() } else { a.text };
        (Some(Value { text, computed: a.computed || b.computed, choice }), end)
    }

    fn operand(&self, tokens: &Tokens, at: usize, depth: usize) -> (Option<Value>, usize) {
        let known = |text: String| Some(Value { text, ..Value::default() });
        match tokens.get(at) {
            None | Some(Token::Sign(',' | ')' | ';' | '}' | ']' | ':')) => (None, at),
            Some(Token::Text(text)) => self.call_on(tokens, known(text.clone()), at + 1, depth),
            Some(Token::Number(number)) => (known(number.clone()), at + 1),
            Some(Token::Template(literals, names)) => {
                let mut value = Value::default();
                for (index, literal) in literals.iter().enumerate() {
                    value.text.push_str(literal);
                    if let Some(name) = names.get(index) {
                        match self.held(name) {
                            Some(held) => {
                                value.text.push_str(&held.text);
                                value.computed |= held.computed;
                                value.choice |= held.choice;
                            }
                            None => value.computed |= !is_year(name),
                        }
                    }
                }
                (Some(value), at + 1)
            }
            Some(Token::Sign('(')) => {
                if depth > DEPTH_MAX {
                    return (unknown(), tokens.after_group(at));
                }
                let (value, end) = self.sum(tokens, at + 1, depth + 1);
                let end = if tokens.get(end) == Some(&Token::Sign(')')) { end + 1 } else { tokens.after_group(at) };
                (Some(value.unwrap_or_default()), end)
            }
            Some(Token::Name(name)) => self.named(tokens, name, at, depth),
            Some(Token::Sign('[')) if depth <= DEPTH_MAX => self.array(tokens, at, depth),
            Some(Token::Sign('{' | '[')) => (unknown(), tokens.after_group(at)),
            Some(_) => (unknown(), at + 1),
        }
    }

    /// `['<p>', name, '</p>']`, with the `.join('')` that nearly always follows.
    fn array(&self, tokens: &Tokens, open: usize, depth: usize) -> (Option<Value>, usize) {
        let end = tokens.after_group(open);
        let mut total = Value::default();
        let mut at = open + 1;
        while at < end {
            let (value, next) = self.sum(tokens, at, depth + 1);
            if let Some(value) = value {
                total.text.push_str(&value.text);
                total.computed |= value.computed;
                total.choice |= value.choice;
            }
            match tokens.get(next) {
                Some(Token::Sign(',')) => at = next + 1,
                Some(Token::Sign(']')) => break,
                _ => {
                    total.computed = true;
                    break;
                }
            }
        }
        self.call_on(tokens, Some(total), end, depth)
    }

    fn named(&self, tokens: &Tokens, name: &str, at: usize, depth: usize) -> (Option<Value>, usize) {
        if depth <= DEPTH_MAX && tokens.get(at + 1) == Some(&Token::Sign('(')) {
            let decode: Option<fn(&str) -> String> = match name {
                "unescape" | "decodeURIComponent" | "decodeURI" => Some(percent_decode),
                "String" => Some(str::to_owned),
                "atob" => Some(base64_decode),
                _ => None,
            };
            if let Some(decode) = decode {
                let (value, end) = self.sum(tokens, at + 2, depth + 1);
                let end = if tokens.get(end) == Some(&Token::Sign(')')) { end + 1 } else { tokens.after_group(at + 1) };
                let value = value.map(|v| Value { text: decode(&v.text), ..v });
                return (value.or_else(unknown), end);
            }
        }
        // A name with its members, calls and indexes.
        let mut spelled = name.to_owned();
        let mut end = at + 1;
        loop {
            match (tokens.get(end), tokens.get(end + 1)) {
                (Some(Token::Sign('.')), Some(Token::Name(member))) => {
                    let call = tokens.get(end + 2) == Some(&Token::Sign('('));
                    if call && PASSIVE.contains(&member.as_str()) && self.names.contains_key(&spelled) {
                        return self.call_on(tokens, self.held(&spelled), end, depth);
                    }
                    spelled.push('.');
                    spelled.push_str(member);
                    end += 2;
                }
                (Some(Token::Sign('(' | '[')), _) => {
                    if spelled == "String.fromCharCode" {
                        return char_codes(tokens, end);
                    }
                    let close = tokens.after_group(end);
                    spelled.push_str("()");
                    end = close;
                }
                // `new Date()`
                (Some(Token::Name(next)), _) if spelled == "new" => {
                    spelled = format!("new {next}");
                    end += 1;
                }
                _ => break,
            }
            if spelled.len() > NAME_MAX {
                break;
            }
        }
        // `window.x` and `this.x` are `x`.
        let plain = spelled.strip_prefix("window.").or_else(|| spelled.strip_prefix("this.")).unwrap_or(&spelled);
        let value = match self.held(plain) {
            Some(held) => held,
            None if is_year(&spelled) => Value::default(),
            None => Value { computed: true, ..Value::default() },
        };
        (Some(value), end)
    }

    /// Methods of a literal that change nothing a reader sees.
    fn call_on(&self, tokens: &Tokens, value: Option<Value>, mut at: usize, _depth: usize) -> (Option<Value>, usize) {
        while tokens.get(at) == Some(&Token::Sign('.')) && matches!(tokens.get(at + 1), Some(Token::Name(_))) {
            at += 2;
            if tokens.get(at) == Some(&Token::Sign('(')) {
                at = tokens.after_group(at);
            }
        }
        (value, at)
    }
}

fn unknown() -> Option<Value> {
    Some(Value { computed: true, ..Value::default() })
}

/// The copyright year, however it is spelled.
fn is_year(spelled: &str) -> bool {
    let lower = spelled.to_ascii_lowercase();
    lower.contains("year") || lower.contains("new date")
}

/// Where the next member of the object literal that ends at `end` begins.
fn next_member(tokens: &Tokens, mut at: usize, end: usize) -> usize {
    while at < end {
        at = match &tokens[at] {
            Token::Sign(',') => return at + 1,
            Token::Sign('(' | '[' | '{') => tokens.after_group(at),
            _ => at + 1,
        };
    }
    end
}

fn char_codes(tokens: &Tokens, open: usize) -> (Option<Value>, usize) {
    let mut value = Value::default();
    let mut at = open + 1;
    loop {
        match tokens.get(at) {
            Some(Token::Number(n)) => {
                let code = n.strip_prefix("0x").map_or_else(|| n.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok());
                value.text.extend(code.and_then(char::from_u32));
            }
            Some(Token::Sign(',')) => {}
            Some(Token::Sign(')')) => break,
            _ => {
                value.computed = true;
                break;
            }
        }
        at += 1;
    }
    (Some(value), tokens.after_group(open))
}

/// `atob`: bytes, nearly always UTF-8.
fn base64_decode(text: &str) -> String {
    let bytes = data_encoding::BASE64.decode(text.trim().as_bytes()).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_else(|e| e.into_bytes().iter().map(|b| char::from(*b)).collect())
}

/// `%XX` as UTF-8 where that is valid, else as Latin-1; `%uXXXX` as well.
pub(super) fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        if bytes[i] == b'%' {
            let wide = bytes.get(i + 1) == Some(&b'u');
            let (from, length) = if wide { (i + 2, 4) } else { (i + 1, 2) };
            let code = bytes
                .get(from..from + length)
                .and_then(|h| std::str::from_utf8(h).ok())
                .and_then(|h| u32::from_str_radix(h, 16).ok());
            if let Some(code) = code {
                if wide {
                    let mut buffer = [0; 4];
                    out.extend(char::from_u32(code).unwrap_or('\u{fffd}').encode_utf8(&mut buffer).as_bytes());
                } else {
                    out.push(u8::try_from(code).unwrap_or(b'?'));
                }
                i = from + length;
                continue;
            }
        }
        out.push(bytes[i]);
        i += 1;
    }
    String::from_utf8(out).unwrap_or_else(|e| e.into_bytes().iter().map(|b| char::from(*b)).collect())
}
