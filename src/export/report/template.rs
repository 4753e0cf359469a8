//! Report templates: lines of prose with `{fields}`, editable by an office.
//!
//! `# ` title, `## ` heading, `### ` subheading, `> ` addressee, `@name` a ready-made part, `// ` a remark that is not printed; every other
//! line is a paragraph. `?field ` before a line prints it only when the field is neither empty nor 0, `!field ` only when it is.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::paper::Block;

/// Largest template that is read, bytes.
const MOST: usize = 256 * 1024;

/// What is wrong with a template, and where (bytes of its text).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slip {
    Field(Range<usize>, String),
    Part(Range<usize>, String),
    Brace(Range<usize>),
    TooLong(Range<usize>),
}

impl Slip {
    /// Place, message and help for whoever edits the file.
    pub fn words(&self, known: &Known) -> (Range<usize>, String, String) {
        let list = |names: &[&str]| names.join("、");
        match self {
            Slip::Field(span, name) => {
                (span.clone(), format!("没有“{name}”这个字段"), format!("可以写：{}", list(known.fields)))
            }
            Slip::Part(span, name) => {
                (span.clone(), format!("没有“@{name}”这个部分"), format!("可以写：@{}", known.parts.join("、@")))
            }
            Slip::Brace(span) => {
                (span.clone(), "花括号没有配对".to_owned(), "字段写成 {期初} 的样子，一对花括号写在同一行".to_owned())
            }
            Slip::TooLong(span) => (span.clone(), "模板太长".to_owned(), "模板不超过 256 KB".to_owned()),
        }
    }
}

/// What a template of one kind may name.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    pub fields: &'static [&'static str],
    pub parts: &'static [&'static str],
}

#[derive(Debug, Clone, PartialEq)]
enum Form {
    Title,
    Heading,
    Subheading,
    Salute,
    Text,
}

#[derive(Debug, Clone, PartialEq)]
enum Line {
    Words { form: Form, when: Option<(bool, String)>, pieces: Vec<Piece> },
    Part { when: Option<(bool, String)>, name: String },
}

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Text(String),
    Field(String),
}

/// A template that names only what is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Template(Vec<Line>);

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// Every slip at once, in order.
    pub fn parse(text: &str, known: &Known) -> Result<Template, Vec<Slip>> {
        if text.len() > MOST {
            return Err(vec![Slip::TooLong(0..0)]);
        }
        let (mut lines, mut slips) = (Vec::new(), Vec::new());
        let mut start = 0;
        for whole in text.split_inclusive('\n') {
            let at = start;
            start += whole.len();
            let trimmed = whole.trim_end();
            let lead = trimmed.len() - trimmed.trim_start().len();
            let (mut rest, mut from) = (trimmed.trim_start(), at + lead);
            if rest.is_empty() || rest.starts_with("//") {
                continue;
            }
            let mut when = None;
            if let Some(positive) = rest.strip_prefix('?').map(|_| true).or(rest.strip_prefix('!').map(|_| false)) {
                let (name, tail) = rest[1..].split_once(char::is_whitespace).unwrap_or((&rest[1..], ""));
                let span = from + 1..from + 1 + name.len();
                if !known.fields.contains(&name) {
                    slips.push(Slip::Field(span.clone(), name.to_owned()));
                }
                when = Some((positive, name.to_owned()));
                let tail_trimmed = tail.trim_start();
                from += rest.len() - tail_trimmed.len();
                rest = tail_trimmed;
            }
            if let Some(name) = rest.strip_prefix('@') {
                if !known.parts.contains(&name) {
                    slips.push(Slip::Part(from..from + rest.len(), name.to_owned()));
                }
                lines.push(Line::Part { when, name: name.to_owned() });
                continue;
            }
            let marks = [("### ", Form::Subheading), ("## ", Form::Heading), ("# ", Form::Title), ("> ", Form::Salute)];
            let found = marks.into_iter().find(|(mark, _)| rest.starts_with(mark));
            let (form, skip) = found.map_or((Form::Text, 0), |(mark, form)| (form, mark.len()));
            let pieces = pieces(&rest[skip..], from + skip, known, &mut slips);
            lines.push(Line::Words { form, when, pieces });
        }
        if slips.is_empty() { Ok(Template(lines)) } else { Err(slips) }
    }

    /// The title as written, fields and all.
    pub fn title(&self) -> Option<String> {
        self.0.iter().find_map(|line| match line {
            Line::Words { form: Form::Title, pieces, .. } => Some(
                pieces
                    .iter()
                    .map(|piece| match piece {
                        Piece::Text(text) => text.clone(),
                        Piece::Field(name) => format!("{{{name}}}"),
                    })
                    .collect(),
            ),
            _ => None,
        })
    }

    /// The template with its fields and parts filled in. A field without a value prints `＿＿＿`, to be written by hand.
    pub fn fill(&self, fields: &BTreeMap<&'static str, String>, part: impl Fn(&str) -> Vec<Block>) -> Vec<Block> {
        let value = |name: &str| fields.get(name).map_or("", String::as_str);
        let holds = |when: &Option<(bool, String)>| {
            when.as_ref().is_none_or(|(positive, name)| matches!(value(name), "" | "0") != *positive)
        };
        let mut out = Vec::new();
        for line in &self.0 {
            match line {
                Line::Part { when, name } if holds(when) => out.extend(part(name)),
                Line::Words { form, when, pieces } if holds(when) => {
                    let text: String = pieces
                        .iter()
                        .map(|piece| match piece {
                            Piece::Text(text) => text.as_str(),
                            Piece::Field(name) if value(name).is_empty() => "＿＿＿",
                            Piece::Field(name) => value(name),
                        })
                        .collect();
                    out.push(match form {
                        Form::Title => Block::Title(text),
                        Form::Heading => Block::Heading(text),
                        Form::Subheading => Block::Subheading(text),
                        Form::Salute => Block::Salute(text),
                        Form::Text => Block::Text(text),
                    });
                }
                Line::Part { .. } | Line::Words { .. } => {}
            }
        }
        out
    }
}

fn pieces(text: &str, from: usize, known: &Known, slips: &mut Vec<Slip>) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let Some(brace) = text[at..].find(['{', '}']) else { break };
        let open = at + brace;
        out.push(Piece::Text(text[at..open].to_owned()));
        let inner = &text[open + 1..];
        let end = inner.find(['{', '}']).filter(|&end| text.as_bytes()[open] == b'{' && inner.as_bytes()[end] == b'}');
        let Some(end) = end else {
            slips.push(Slip::Brace(from + open..from + open + 1));
            at = open + 1;
            continue;
        };
        let name = &inner[..end];
        at = open + 1 + end + 1;
        if !known.fields.contains(&name) {
            slips.push(Slip::Field(from + open..from + at, name.to_owned()));
        }
        out.push(Piece::Field(name.to_owned()));
    }
    out.push(Piece::Text(text.get(at..).unwrap_or_default().to_owned()));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: Known = Known { fields: &["期初", "超期"], parts: &["落款"] };

    #[test]
    fn lines_become_blocks_and_conditions_hold_or_not() {
        let text = "// 说明\n# 报告\n## 一\n期初{期初}个。\n?超期 超期{超期}个。\n!超期 没有超期。\n@落款\n";
        let template = Template::parse(text, &KNOWN).unwrap();
        let fill = |late: &str| {
            let fields = BTreeMap::from([("期初", "3".to_owned()), ("超期", late.to_owned())]);
            template.fill(&fields, |name| vec![Block::Note(name.to_owned())])
        };
        let said = |text: &str| Block::Text(text.to_owned());
        let head = [Block::Title("报告".to_owned()), Block::Heading("一".to_owned()), said("期初3个。")];
        let end = Block::Note("落款".to_owned());
        assert_eq!(fill("0"), [&head[..], &[said("没有超期。"), end.clone()]].concat());
        assert_eq!(fill("2"), [&head[..], &[said("超期2个。"), end]].concat());
    }

    #[test]
    fn every_slip_is_named_with_its_place() {
        let text = "期初{期出}个，{超期。\r\n@落\n?无 甲}";
        let slips = Template::parse(text, &KNOWN).unwrap_err();
        let places: Vec<&str> = slips.iter().map(|s| &text[s.words(&KNOWN).0]).collect();
        assert_eq!(places, ["{期出}", "{", "@落", "无", "}"]);
        assert!(slips[0].words(&KNOWN).1.contains("没有“期出”这个字段"));
    }
}
