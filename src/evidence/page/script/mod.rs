//! Reading a script without running it: what it writes into the page, what it loads, where it jumps.
//!
//! No evaluation beyond strings: literals, their concatenation, variables holding such, and the few decoders footers use.
//! What cannot be told is said to be opaque, never guessed.

pub mod known;
mod lexer;
mod value;

use std::collections::{BTreeSet, HashMap};

use lexer::{Token, Tokens};
use value::{Value, Values};

use super::types::NeedKind;

/// What a script was found to do.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScriptReading {
    /// What it puts into the page, in order.
    pub written: Vec<Written>,
    /// What it loads into the page, literal addresses only.
    pub loads: Vec<Load>,
    /// An unconditional jump at top level.
    pub jump: Option<String>,
    /// Why part of what it writes cannot be told; see [`super::Opaque`].
    pub opaque: BTreeSet<&'static str>,
    /// Texts that speak of filings, written or not: settings of an application, mostly.
    pub strings: Vec<String>,
    /// It builds content this reading cannot follow, somewhere. Harmless beside a footer that is in the page; beside none,
    /// reason enough not to decide.
    pub builds: bool,
}

/// One piece of content.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    pub html: String,
    /// Id or selector it is written into; `None` for `document.write` and unnamed elements.
    pub target: Option<String>,
    /// Written as text, not as mark-up.
    pub text_only: bool,
    /// Branch it stands in; 0 outside all branches.
    branch: usize,
}

/// One resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// As written.
    pub url: String,
    pub kind: NeedKind,
    /// Imported as a module: the address is relative to the script's own, not to the page's.
    pub module: bool,
}

/// Resources named by one script, at most.
const LOADS_MAX: usize = 64;
/// Written text kept of one script.
const WRITTEN_MAX: usize = 256 * 1024;

/// Reads a script; any text, linear, never fails.
pub fn read(source: &str) -> ScriptReading {
    let tokens = lexer::tokens(source);
    let mut reader = Reader {
        tokens: &tokens,
        values: Values::default(),
        out: ScriptReading::default(),
        kept: 0,
        branches: vec![],
        next_branch: 0,
        pending: None,
        functions: 0,
        named: Vec::new(),
    };
    reader.run();
    let mut out = reader.out;
    lend_no_foreign_numbers(&mut out);
    out.strings = speaking(&tokens);
    out
}

/// Longest text kept by [`speaking`], in bytes.
const STRING_MAX: usize = 16 * 1024;
/// Texts kept at most.
const STRINGS_MAX: usize = 100;

/// Strings with the words of a filing number.
fn speaking(tokens: &Tokens) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for token in tokens.iter() {
        let text = match token {
            Token::Text(text) if text.len() <= STRING_MAX => text.clone(),
            Token::Template(parts, _) if parts.iter().map(String::len).sum::<usize>() <= STRING_MAX => parts.concat(),
            _ => continue,
        };
        let speaks = text.contains(['\u{5907}', '\u{5099}']) || text.contains("ICP");
        if speaks && !out.contains(&text) {
            out.push(text);
            if out.len() >= STRINGS_MAX {
                break;
            }
        }
    }
    out
}

struct Reader<'t> {
    tokens: &'t Tokens,
    values: Values,
    out: ScriptReading,
    kept: usize,
    /// Open braces: the branch each opened, 0 for none, `usize::MAX` for dead code.
    branches: Vec<(usize, bool)>,
    next_branch: usize,
    /// What the next `{` opens.
    pending: Option<usize>,
    functions: usize,
    /// Functions around the token at hand: name, and how many braces were open where it began.
    named: Vec<(String, usize)>,
}

const DEAD: usize = usize::MAX;

impl Reader<'_> {
    fn run(&mut self) {
        let mut i = 0;
        while i < self.tokens.len() {
            i = self.step(i).max(i + 1);
        }
    }

    fn step(&mut self, i: usize) -> usize {
        match &self.tokens[i] {
            Token::Sign('{') => {
                let branch = self.pending.take().unwrap_or_else(|| self.branch());
                let function =
                    matches!(self.before(i, 1), Some(Token::Sign(')') | Token::Operator)) && branch == self.branch();
                self.functions += usize::from(function);
                self.branches.push((branch, function));
                i + 1
            }
            Token::Sign('}') => {
                if let Some((_, function)) = self.branches.pop() {
                    self.functions -= usize::from(function);
                }
                self.named.pop_if(|(_, depth)| *depth >= self.branches.len());
                i + 1
            }
            Token::Name(name) => self.name(i, name),
            _ => i + 1,
        }
    }

    fn branch(&self) -> usize {
        self.branches.last().map_or(0, |(b, _)| *b)
    }

    fn new_branch(&mut self) -> usize {
        self.next_branch += 1;
        self.next_branch
    }

    fn before(&self, i: usize, steps: usize) -> Option<&Token> {
        i.checked_sub(steps).map(|at| &self.tokens[at])
    }

    fn is_sign(&self, i: usize, sign: char) -> bool {
        self.tokens.get(i) == Some(&Token::Sign(sign))
    }

    fn is_name(&self, i: usize, name: &str) -> bool {
        matches!(self.tokens.get(i), Some(Token::Name(n)) if n == name)
    }

    fn text_at(&self, i: usize) -> Option<&str> {
        match self.tokens.get(i) {
            Some(Token::Text(t)) => Some(t),
            Some(Token::Template(literals, names)) if names.is_empty() => literals.first().map(String::as_str),
            _ => None,
        }
    }

    fn name(&mut self, i: usize, name: &str) -> usize {
        match name {
            "if" | "else" | "switch" | "case" | "default" => {
                let dead = name == "if"
                    && self.is_sign(i + 1, '(')
                    && (self.is_name(i + 2, "false")
                        || matches!(self.tokens.get(i + 2), Some(Token::Number(n)) if n == "0"))
                    && self.is_sign(i + 3, ')');
                let branch = if dead || self.branch() == DEAD { DEAD } else { self.new_branch() };
                if matches!(name, "case" | "default") {
                    if let Some(last) = self.branches.last_mut() {
                        last.0 = branch;
                    }
                    return i + 1;
                }
                self.pending = Some(branch);
                // The condition is passed over; a branch without braces is one statement and is read in place.
                if name == "else" || !self.is_sign(i + 1, '(') {
                    return i + 1;
                }
                let after = self.tokens.after_group(i + 1);
                if !self.is_sign(after, '{') {
                    self.pending = None;
                }
                after
            }
            "document"
                if self.is_sign(i + 1, '.')
                    && (self.is_name(i + 2, "write") || self.is_name(i + 2, "writeln"))
                    && self.is_sign(i + 3, '(') =>
            {
                self.write_call(i + 4, None, false)
            }
            "innerHTML" | "outerHTML" | "innerText" | "textContent" if self.is_sign(i.wrapping_sub(1), '.') => {
                if self.is_sign(i + 1, '=') || self.tokens.get(i + 1) == Some(&Token::PlusAssign) {
                    let target = self.target_before(i - 1);
                    let (value, next) = self.values.expression(self.tokens, i + 2);
                    self.write(value, target, name.ends_with('t'));
                    return next;
                }
                i + 1
            }
            "html" | "append" | "prepend" | "after" | "before" | "replaceWith" | "text" | "appendTo"
                if self.is_sign(i.wrapping_sub(1), '.') && self.is_sign(i + 1, '(') && !self.is_sign(i + 2, ')') =>
            {
                let target = self.target_before(i - 1);
                self.write_call(i + 2, target, name == "text")
            }
            "insertAdjacentHTML" if self.is_sign(i + 1, '(') && self.is_sign(i + 3, ',') => {
                let target = self.target_before(i.saturating_sub(1));
                self.write_call(i + 4, target, false)
            }
            "load" | "get" | "getJSON" | "post" | "fetch" | "axios" if self.is_sign(i + 1, '(') => {
                let target = self.target_before(i.saturating_sub(1));
                self.load(i + 2, target);
                i + 2
            }
            "open" if self.is_sign(i.wrapping_sub(1), '.') && self.is_sign(i + 1, '(') && self.is_sign(i + 3, ',') => {
                self.load(i + 4, None);
                i + 4
            }
            "url" if self.is_sign(i + 1, ':') => {
                self.load(i + 2, None);
                i + 2
            }
            "location" => self.location(i),
            "createElement" | "appendChild" | "insertBefore" | "importNode" | "eval" | "Function" | "seajs"
            | "require" | "System" => {
                self.out.builds = true;
                i + 1
            }
            "createTextNode" if self.is_sign(i + 1, '(') => self.write_call(i + 2, None, true),
            "src" | "href" if self.is_sign(i.wrapping_sub(1), '.') && self.is_sign(i + 1, '=') => {
                self.address(i + 2, name)
            }
            "attr" | "prop" | "setAttribute" if self.is_sign(i + 1, '(') && self.is_sign(i + 3, ',') => {
                match self.text_at(i + 2) {
                    Some(attribute @ ("src" | "href")) => {
                        let attribute = attribute.to_owned();
                        self.address(i + 4, &attribute)
                    }
                    _ => i + 1,
                }
            }
            "import" => self.import(i),
            "function" => self.function(i),
            "return" => self.returned(i),
            "createApp" | "Vue" if self.is_sign(i + 1, '(') => self.shell(i),
            "ReactDOM" | "hydrateRoot" | "createRoot" => self.shell(i),
            "push" if self.is_sign(i.wrapping_sub(1), '.') && self.is_sign(i + 1, '(') => self.pushed(i),
            _ => self.assignment(i, name),
        }
    }

    /// `import x from './foot.js'`, `import './foot.js'`, `import('./foot.js')`.
    fn import(&mut self, i: usize) -> usize {
        let mut at = i + 1;
        while at < i + 64 {
            match self.tokens.get(at) {
                Some(Token::Text(url)) => {
                    if self.out.loads.len() < LOADS_MAX && looks_like_address(url) {
                        self.out.loads.push(Load { url: url.clone(), kind: NeedKind::Script, module: true });
                    }
                    return at + 1;
                }
                Some(Token::Name(_) | Token::Sign('(' | '{' | '}' | ',' | '*')) => at += 1,
                _ => break,
            }
        }
        i + 1
    }

    /// `function name(…) {`: what it returns is the value of its calls.
    fn function(&mut self, i: usize) -> usize {
        let named = match (self.tokens.get(i + 1), self.before(i, 1), self.before(i, 2)) {
            (Some(Token::Name(name)), ..) => Some(name.clone()),
            (_, Some(Token::Sign('=' | ':')), Some(Token::Name(name))) => Some(name.clone()),
            _ => None,
        };
        if let Some(name) = named {
            self.named.push((name, self.branches.len()));
        }
        i + 1
    }

    fn returned(&mut self, i: usize) -> usize {
        let literal = |t: &Token| matches!(t, Token::Text(_) | Token::Template(..) | Token::Name(_) | Token::Sign('['));
        if let Some((name, _)) = self.named.last()
            && self.tokens.get(i + 1).is_some_and(literal)
            && let (Some(mut value), _) = self.values.expression(self.tokens, i + 1)
            && !value.text.trim().is_empty()
        {
            // Another branch may return something else.
            value.choice |= self.values.knows(&format!("{name}()"));
            self.values.assign(&format!("{name}()"), value, false);
        }
        i + 1
    }

    /// An address given to an element: a further script, or part of the page where it leads to a badge's service.
    fn address(&mut self, at: usize, attribute: &str) -> usize {
        let (value, next) = self.values.expression(self.tokens, at);
        if attribute == "src"
            && let Some(script) = value.as_ref().filter(|v| !v.computed && is_script_address(&v.text))
            && !known::is_library(&script.text)
            && self.out.loads.len() < LOADS_MAX
        {
            self.out.loads.push(Load { url: script.text.clone(), kind: NeedKind::Script, module: false });
        }
        if let Some(value) = value.filter(|v| known::is_badge_service(&v.text) && v.text.len() < STRING_MAX) {
            let address = value.text.replace('&', "&amp;").replace(['"', '<'], "");
            let tag = if attribute == "src" { "script" } else { "a" };
            let html = format!("<{tag} {attribute}=\"{address}\"></{tag}>");
            self.write(Some(Value { text: html, ..Value::default() }), None, false);
        }
        next.max(at)
    }

    fn shell(&mut self, i: usize) -> usize {
        self.out.opaque.insert("shell");
        i + 1
    }

    /// `name = expression`, `name += expression`, with or without `var`.
    fn assignment(&mut self, i: usize, name: &str) -> usize {
        let adds = self.tokens.get(i + 1) == Some(&Token::PlusAssign);
        if (adds || self.is_sign(i + 1, '=')) && !self.is_sign(i.wrapping_sub(1), '.') {
            if !adds && self.is_sign(i + 2, '{') {
                self.values.object(name, self.tokens, i + 2, 0);
                return i + 2;
            }
            let (value, _) = self.values.expression(self.tokens, i + 2);
            if let Some(value) = value {
                self.values.assign(name, value, adds);
            }
            // Functions stand in assignments too, and what they do is read like the rest.
            return i + 2;
        }
        i + 1
    }

    /// `name.push(text)`: more of the list that is joined later.
    fn pushed(&mut self, i: usize) -> usize {
        let Some(Token::Name(list)) = self.before(i, 2).cloned() else { return i + 1 };
        let (value, next) = self.values.expression(self.tokens, i + 2);
        if let Some(value) = value.filter(|_| self.values.knows(&list)) {
            self.values.assign(&list, value, true);
        }
        next.max(i + 1)
    }

    /// Arguments of a writing call from `at` on.
    fn write_call(&mut self, at: usize, target: Option<String>, text_only: bool) -> usize {
        let mut at = at;
        loop {
            let (value, next) = self.values.expression(self.tokens, at);
            self.write(value, target.clone(), text_only);
            if !self.is_sign(next, ',') || next <= at {
                return next;
            }
            at = next + 1;
        }
    }

    fn write(&mut self, value: Option<Value>, target: Option<String>, text_only: bool) {
        let branch = self.branch();
        if branch == DEAD {
            return;
        }
        let value = value.unwrap_or(Value { text: String::new(), computed: true, choice: false });
        if value.choice {
            self.out.opaque.insert("choice");
        }
        let page_itself = target.is_none();
        let footer = target.as_deref().is_some_and(known::is_footer_target);
        self.out.builds |= value.computed;
        if value.computed && (footer || (page_itself && value.text.contains('<') && speaks_of_marks(&value.text))) {
            self.out.opaque.insert("write");
        }
        if !value.text.trim().is_empty() && self.kept < WRITTEN_MAX {
            self.kept += value.text.len();
            self.out.written.push(Written { html: value.text, target, text_only, branch });
        }
    }

    /// `getElementById("x").`, `querySelector("x").`, `$("x").` before the dot at `dot`; chained calls are looked through.
    fn target_before(&self, dot: usize) -> Option<String> {
        let mut at = dot;
        for _ in 0..4 {
            if at < 3 || !self.is_sign(at - 1, ')') {
                // A plain name: its own spelling is the best there is.
                return match at.checked_sub(1).map(|p| &self.tokens[p]) {
                    Some(Token::Name(name)) if self.is_sign(at, '.') => Some(name.clone()),
                    _ => None,
                };
            }
            if let Some(text) = self.text_at(at - 2)
                && self.is_sign(at - 3, '(')
            {
                return Some(text.to_owned());
            }
            // `$(".foot").find(x).html(…)`: step over one call.
            let mut depth = 0usize;
            let mut back = at - 1;
            loop {
                if self.is_sign(back, ')') {
                    depth += 1;
                } else if self.is_sign(back, '(') {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                if back == 0 || at - back > 64 {
                    return None;
                }
                back -= 1;
            }
            if back < 2 || !self.is_sign(back - 2, '.') {
                return None;
            }
            at = back - 2;
        }
        None
    }

    fn load(&mut self, at: usize, target: Option<String>) {
        if self.branch() == DEAD {
            return;
        }
        let footer = target.as_deref().is_some_and(known::is_footer_target);
        match self.values.expression(self.tokens, at).0 {
            Some(value) if !value.computed && looks_like_address(&value.text) => {
                let wanted = !known::is_figure(&value.text) && self.out.loads.len() < LOADS_MAX;
                // `.load("/foot.html #id")` carries a selector behind a blank.
                let url = value.text.split_whitespace().next().unwrap_or_default().to_owned();
                self.out.loads.extend(wanted.then_some(Load { url, kind: NeedKind::Fragment, module: false }));
            }
            _ if footer => {
                self.out.opaque.insert("request");
            }
            _ => {}
        }
    }

    fn location(&mut self, i: usize) -> usize {
        let mut at = i + 1;
        if self.is_sign(at, '.') {
            if self.is_name(at + 1, "href") {
                at += 2;
            } else if (self.is_name(at + 1, "replace") || self.is_name(at + 1, "assign")) && self.is_sign(at + 2, '(') {
                self.jump_to(at + 3);
                return at + 3;
            } else {
                return at + 1;
            }
        }
        if self.is_sign(at, '=') {
            self.jump_to(at + 1);
            return at + 1;
        }
        at
    }

    /// A jump counts only outside branches and functions: a conditional one (phones, say) is not the page's own way.
    fn jump_to(&mut self, at: usize) {
        if self.branch() != 0 || self.functions > 0 || self.pending.is_some() || self.out.jump.is_some() {
            return;
        }
        // A statement right behind `if (…)` without braces.
        let conditional = (1..=6).any(|back| {
            matches!(self.before(at, back), Some(Token::Sign(')' | '?')) if !self.is_sign(at.saturating_sub(back + 1), '('))
        });
        if conditional {
            return;
        }
        if let (Some(value), _) = self.values.expression(self.tokens, at)
            && !value.computed
            && !value.text.is_empty()
            && !value.text.starts_with("javascript:")
        {
            self.out.jump = Some(value.text);
        }
    }
}

fn looks_like_address(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty()
        && text.len() < 500
        && !text.contains(['<', '{', '\n'])
        && (text.contains('/') || text.contains(".htm") || text.contains(".js") || text.contains(".txt"))
}

fn is_script_address(text: &str) -> bool {
    looks_like_address(text) && text.split(['?', '#']).next().is_some_and(|path| path.trim().ends_with(".js"))
}

fn speaks_of_marks(text: &str) -> bool {
    [
        "ICP",
        "icp",
        "\u{5907}",
        "foot",
        "\u{7248}\u{6743}",
        "\u{4e3b}\u{529e}",
        "\u{6807}\u{8bc6}\u{7801}",
        "conac",
        "jiucuo",
    ]
    .iter()
    .any(|w| text.contains(w))
}

/// A script that serves many units chooses among their footers at run time: it lends none of them its numbers.
fn lend_no_foreign_numbers(out: &mut ScriptReading) {
    let mut by_branch: HashMap<usize, BTreeSet<String>> = HashMap::new();
    for piece in &out.written {
        let numbers = long_numbers(&piece.html);
        if !numbers.is_empty() {
            by_branch.entry(piece.branch).or_default().extend(numbers);
        }
    }
    let in_branches: Vec<&BTreeSet<String>> = by_branch.iter().filter(|(b, _)| **b != 0).map(|(_, n)| n).collect();
    if in_branches.len() > 1 && in_branches.iter().any(|n| n != &in_branches[0]) {
        out.opaque.insert("choice");
        out.written.retain(|p| p.branch == 0 || long_numbers(&p.html).is_empty());
    }
}

/// Digit runs as long as filing numbers and site codes: 8 to 14 digits.
fn long_numbers(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_ascii_digit()).filter(|run| (8..=14).contains(&run.len())).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
