//! The page labels (网页标签) of a government page: which there are, and whether each is filled in the prescribed form.
//!
//! Source: 国办发〔2017〕47号, attachment 《网页设计规范》, the table of page labels.

use super::Meta;
use super::marks::well_formed_code;

/// Which pages carry a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Every page.
    Site,
    /// Column and content pages.
    Column,
    /// Content pages.
    Content,
}

/// How a label is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Absent,
    Empty,
    Good,
    /// Not of the prescribed form (a date without time, a domain with a scheme, an impossible site code).
    Malformed,
    /// There several times with different values.
    Repeated,
}

/// One label of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageLabel<'m> {
    /// As prescribed.
    pub name: &'static str,
    pub group: Group,
    pub required: bool,
    pub form: Form,
    /// As the page spells the name; the letter case may differ.
    pub spelled: &'m str,
    pub content: &'m str,
}

/// Name, group, required.
const LABELS: [(&str, Group, bool); 15] = [
    ("SiteName", Group::Site, true),
    ("SiteDomain", Group::Site, true),
    ("SiteIDCode", Group::Site, true),
    ("ColumnName", Group::Column, true),
    ("ColumnDescription", Group::Column, true),
    ("ColumnKeywords", Group::Column, true),
    ("ColumnType", Group::Column, true),
    ("ArticleTitle", Group::Content, true),
    ("PubDate", Group::Content, true),
    ("ContentSource", Group::Content, true),
    ("Keywords", Group::Content, false),
    ("Author", Group::Content, false),
    ("Description", Group::Content, false),
    ("Image", Group::Content, false),
    ("Url", Group::Content, false),
];

/// All labels in the order of the table, absent ones included.
pub fn read(metas: &[Meta]) -> Vec<PageLabel<'_>> {
    LABELS.iter().map(|&(name, group, required)| label(metas, name, group, required)).collect()
}

fn label<'m>(metas: &'m [Meta], name: &'static str, group: Group, required: bool) -> PageLabel<'m> {
    let mut found = metas.iter().filter(|m| m.name.eq_ignore_ascii_case(name));
    let Some(first) = found.next() else {
        return PageLabel { name, group, required, form: Form::Absent, spelled: name, content: "" };
    };
    let differs = found.any(|m| m.content != first.content);
    let content = first.content.trim();
    let form = if differs {
        Form::Repeated
    } else if content.is_empty() {
        Form::Empty
    } else if is_good(name, content) {
        Form::Good
    } else {
        Form::Malformed
    };
    PageLabel { name, group, required, form, spelled: &first.name, content }
}

fn is_good(name: &str, content: &str) -> bool {
    match name {
        "PubDate" => is_pub_date(content),
        "SiteDomain" => is_domain(content),
        "SiteIDCode" => well_formed_code(content),
        _ => true,
    }
}

/// `YYYY-MM-DD HH:MM`, a real day and time.
pub fn is_pub_date(text: &str) -> bool {
    let shape = |c: u8, p: u8| if p == b'0' { c.is_ascii_digit() } else { c == p };
    let pattern = b"0000-00-00 00:00";
    if text.len() != pattern.len() || !text.bytes().zip(*pattern).all(|(c, p)| shape(c, p)) {
        return false;
    }
    let part = |range: std::ops::Range<usize>| text[range].parse::<i16>().unwrap_or(-1);
    let small = |range| i8::try_from(part(range)).unwrap_or(-1);
    jiff::civil::Date::new(part(0..4), small(5..7), small(8..10)).is_ok() && part(11..13) < 24 && part(14..16) < 60
}

/// A bare name: no scheme, no path, no port.
fn is_domain(text: &str) -> bool {
    text.contains('.') && !text.contains([':', '/', ' ', ',', ';']) && !text.starts_with('.') && !text.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(name: &str, contents: &[&str]) -> Form {
        let metas: Vec<Meta> =
            contents.iter().map(|c| Meta { name: name.to_ascii_uppercase(), content: (*c).to_owned() }).collect();
        read(&metas).into_iter().find(|l| l.name == name).map_or(Form::Absent, |l| l.form)
    }

    #[test]
    fn labels_are_graded_by_their_prescribed_form() {
        for (name, contents, expected) in [
            ("PubDate", &["2026-11-25 08:30"][..], Form::Good),
            ("PubDate", &["2026-11-25 08:30:00"], Form::Malformed),
            ("PubDate", &["2026-11-25"], Form::Malformed),
            ("PubDate", &["2026-02-30 08:30"], Form::Malformed),
            ("PubDate", &["2026-11-25 24:00"], Form::Malformed),
            ("PubDate", &["2026年11月25日"], Form::Malformed),
            ("SiteDomain", &["www.yl.gov.cn"], Form::Good),
            ("SiteDomain", &["https://www.yl.gov.cn/"], Form::Malformed),
            ("SiteDomain", &["www.yl.gov.cn,yl.gov.cn"], Form::Malformed),
            ("SiteIDCode", &["6108000001"], Form::Good),
            ("SiteIDCode", &["bm01000001"], Form::Good),
            ("SiteIDCode", &["61080001"], Form::Malformed),
            ("SiteName", &["榆林市人民政府", "榆林市人民政府"], Form::Good),
            ("SiteName", &["榆林市人民政府", "榆林市"], Form::Repeated),
            ("ContentSource", &[" "], Form::Empty),
            ("ColumnName", &[], Form::Absent),
            ("Image", &["/a.jpg"], Form::Good),
        ] {
            assert_eq!(form(name, contents), expected, "{name} {contents:?}");
        }
    }

    #[test]
    fn a_page_is_asked_for_every_label_of_the_table() {
        let all = read(&[]);
        assert_eq!(all.len(), 15);
        assert!(all.iter().all(|l| l.form == Form::Absent && l.spelled == l.name));
        assert_eq!(all.iter().filter(|l| l.required).count(), 10);
    }
}
