//! String values of a script, as far as they can be told without running it.

use std::collections::HashMap;

use super::lexer::Token;

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
}

/// All variable texts together.
const KEPT_MAX: usize = 512 * 1024;
/// Nesting of calls and groups followed.
const DEPTH_MAX: usize = 12;

impl Values {
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

    /// The value of the expression at `at`, and where it ends (at `,`, `)`, `;`, `}` or the next statement). `None` for an
    /// empty expression.
    pub(super) fn expression(&self, tokens: &[Token], at: usize) -> (Option<Value>, usize) {
        self.sum(tokens, at, 0)
    }

    fn sum(&self, tokens: &[Token], mut at: usize, depth: usize) -> (Option<Value>, usize) {
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
    fn ternary(&self, tokens: &[Token], question: usize, depth: usize) -> (Option<Value>, usize) {
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

    fn operand(&self, tokens: &[Token], at: usize, depth: usize) -> (Option<Value>, usize) {
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
                        match self.names.get(name) {
                            Some(held) => value.text.push_str(&held.text),
                            None => value.computed |= !is_year(name),
                        }
                    }
                }
                (Some(value), at + 1)
            }
            Some(Token::Sign('(')) => {
                if depth > DEPTH_MAX {
                    return (unknown(), skip_group(tokens, at));
                }
                let (value, end) = self.sum(tokens, at + 1, depth + 1);
                let end = if tokens.get(end) == Some(&Token::Sign(')')) { end + 1 } else { skip_group(tokens, at) };
                (Some(value.unwrap_or_default()), end)
            }
            Some(Token::Name(name)) => self.named(tokens, name, at, depth),
            Some(Token::Sign('{' | '[')) => (unknown(), skip_group(tokens, at)),
            Some(_) => (unknown(), at + 1),
        }
    }

    fn named(&self, tokens: &[Token], name: &str, at: usize, depth: usize) -> (Option<Value>, usize) {
        if depth <= DEPTH_MAX && tokens.get(at + 1) == Some(&Token::Sign('(')) {
            let decode: Option<fn(&str) -> String> = match name {
                "unescape" | "decodeURIComponent" | "decodeURI" => Some(percent_decode),
                "String" => Some(str::to_owned),
                _ => None,
            };
            if let Some(decode) = decode {
                let (value, end) = self.sum(tokens, at + 2, depth + 1);
                let end = if tokens.get(end) == Some(&Token::Sign(')')) { end + 1 } else { skip_group(tokens, at + 1) };
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
                    spelled.push('.');
                    spelled.push_str(member);
                    end += 2;
                }
                (Some(Token::Sign('(' | '[')), _) => {
                    if spelled == "String.fromCharCode" {
                        return char_codes(tokens, end);
                    }
                    let close = skip_group(tokens, end);
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
            if spelled.len() > 200 {
                break;
            }
        }
        let value = match self.names.get(&spelled) {
            Some(held) => held.clone(),
            None if is_year(&spelled) => Value::default(),
            None => Value { computed: true, ..Value::default() },
        };
        (Some(value), end)
    }

    /// Methods of a literal that change nothing a reader sees.
    fn call_on(&self, tokens: &[Token], value: Option<Value>, mut at: usize, _depth: usize) -> (Option<Value>, usize) {
        while tokens.get(at) == Some(&Token::Sign('.')) && matches!(tokens.get(at + 1), Some(Token::Name(_))) {
            at += 2;
            if tokens.get(at) == Some(&Token::Sign('(')) {
                at = skip_group(tokens, at);
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

/// Position behind the group that opens at `open`; bounded by the end of the script.
pub(super) fn skip_group(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0usize;
    for (offset, token) in tokens.get(open..).unwrap_or_default().iter().enumerate() {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return open + offset + 1;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

fn char_codes(tokens: &[Token], open: usize) -> (Option<Value>, usize) {
    let end = skip_group(tokens, open);
    let mut value = Value::default();
    for token in &tokens[open + 1..end.saturating_sub(1).max(open + 1)] {
        match token {
            Token::Number(n) => {
                let code = n.strip_prefix("0x").map_or_else(|| n.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok());
                value.text.extend(code.and_then(char::from_u32));
            }
            Token::Sign(',') => {}
            _ => value.computed = true,
        }
    }
    (Some(value), end)
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
