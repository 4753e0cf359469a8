//! A site's own search, as far as it can be asked by an address alone.

use scraper::Html;
use url::Url;

use super::words::SEARCH;
use super::{PageInput, charset, guard};

/// A form that sends one line of text by GET.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchForm {
    action: Url,
    field: String,
    fixed: Vec<(String, String)>,
}

/// Forms looked at, and hidden fields sent along.
const FORMS: usize = 8;
const FIXED: usize = 10;

impl SearchForm {
    /// Address of a query.
    pub fn query(&self, text: &str) -> Url {
        let mut url = self.action.clone();
        url.set_fragment(None);
        {
            let mut pairs = url.query_pairs_mut();
            pairs.clear();
            for (name, value) in &self.fixed {
                pairs.append_pair(name, value);
            }
            pairs.append_pair(&self.field, text);
        }
        url
    }
}

/// The first form of a page that is a plain search of its own host.
pub fn search_form(input: &PageInput<'_>) -> Option<SearchForm> {
    let (text, _) = charset::decode(input.bytes, input.content_type, None, true);
    guard::check(&text).ok()?;
    let base = Url::parse(input.url).ok()?;
    let html = Html::parse_document(&text);
    let forms = html.tree.nodes().filter(|n| n.value().as_element().is_some_and(|e| e.name() == "form"));
    forms.take(FORMS).find_map(|form| {
        let own = form.value().as_element()?;
        if own.attr("method").is_some_and(|m| !m.trim().eq_ignore_ascii_case("get")) {
            return None;
        }
        let action = base.join(own.attr("action").unwrap_or_default().trim()).ok()?;
        if action.host() != base.host() || !matches!(action.scheme(), "http" | "https") {
            return None;
        }
        let (mut fields, mut fixed, mut hint) = (Vec::new(), Vec::new(), action.path().to_lowercase());
        for input in form.descendants().filter_map(|n| n.value().as_element()) {
            let name = input.attr("name").unwrap_or_default().trim();
            match (input.name(), input.attr("type").unwrap_or("text").to_ascii_lowercase().as_str()) {
                ("input", "hidden") if !name.is_empty() && fixed.len() < FIXED => {
                    fixed.push((name.to_owned(), input.attr("value").unwrap_or_default().to_owned()));
                }
                ("input", "text" | "search") => {
                    hint.push_str(&name.to_lowercase());
                    hint.push_str(input.attr("placeholder").unwrap_or_default());
                    fields.push(name.to_owned());
                }
                ("input", "submit" | "button" | "image" | "hidden") | ("button", _) => {
                    hint.push_str(input.attr("value").unwrap_or_default());
                }
                // Anything that wants a choice, a secret or a file is more than a search.
                ("input" | "select" | "textarea", _) => return None,
                _ => {}
            }
        }
        let [field] = fields.as_slice() else { return None };
        let is_search = !field.is_empty() && SEARCH.iter().any(|w| hint.contains(w));
        is_search.then(|| SearchForm { action, field: field.clone(), fixed })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(form: &str) -> Option<String> {
        let html = format!("<meta charset=utf-8>{form}");
        let url = "https://www.test.gov.cn/a/";
        let form = search_form(&PageInput { bytes: html.as_bytes(), url, content_type: None, fragment: false })?;
        Some(form.query("水 利").to_string())
    }

    #[test]
    fn only_a_plain_search_of_the_site_itself_is_one() {
        let plain =
            "<form action=/search><input type=hidden name=site value=1><input name=q><button>go</button></form>";
        assert_eq!(query(plain).unwrap(), "https://www.test.gov.cn/search?site=1&q=%E6%B0%B4+%E5%88%A9");
        let named = "<form action=so.jsp?x=1#a method=GET><input type=text name=k placeholder=请输入关键字></form>";
        assert_eq!(query(named).unwrap(), "https://www.test.gov.cn/a/so.jsp?k=%E6%B0%B4+%E5%88%A9");
        for other in [
            "<form action=/search method=post><input name=q></form>",
            "<form action=/login><input name=user><input type=password name=p></form>",
            "<form action=/search><input name=q><input type=file name=f></form>",
            "<form action=https://so.other.cn/search><input name=q></form>",
            "<form action=/feedback><input name=mail></form>",
            "<form action=/search><input></form>",
        ] {
            assert_eq!(query(other), None, "{other}");
        }
    }
}
