//! Labelled files are often sources of pages (JSP, JSX, Vue, Markdown), not what a server sends. Their comments and links
//! are turned into HTML here, so that scoring measures the reader and not the template language.

use std::sync::LazyLock;

use regex::Regex;

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the patterns of this file are valid")
}

/// The text as a server would send it, as far as comments and links go.
pub(super) fn as_html(text: &str, file: &str) -> String {
    static SERVER: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?s)<%--(.*?)--%>"));
    static BRACED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?s)\{/\*(.*?)\*/\}"));
    static LINE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^\s*//.*$"));
    static PICTURE: LazyLock<Regex> = LazyLock::new(|| pattern(r"!\[([^\]]*)\]\(([^)\s]*)\)"));
    static LINK: LazyLock<Regex> = LazyLock::new(|| pattern(r"\[([^\]]*)\]\(([^)\s]*)\)"));
    let mut html = text.to_owned();
    // An excerpt may begin inside a comment.
    if let Some(end) = html.find("--%>").filter(|&end| !html[..end].contains("<%--")) {
        html = format!("<%--{}{}", &html[..end], &html[end..]);
    }
    html = SERVER.replace_all(&html, "<!--$1-->").into_owned();
    let name = file.to_ascii_lowercase();
    if name.contains(".jsx") || name.contains(".tsx") {
        html = BRACED.replace_all(&html, "<!--$1-->").into_owned();
        html = LINE.replace_all(&html, "").into_owned();
    }
    if name.ends_with(".md") {
        html = PICTURE.replace_all(&html, "<img alt='$1' src='$2'>").into_owned();
        html = LINK.replace_all(&html, "<a href='$2'>$1</a>").into_owned();
    }
    html
}

#[cfg(test)]
mod tests {
    use super::as_html;

    #[test]
    fn comments_and_links_of_templates_become_html() {
        for (file, text, html) in [
            ("a.html", "<%-- x --%><p>", "<!-- x --><p>"),
            ("a.html", "x --%><p>", "<!--x --><p>"),
            ("a.jsx.html", "{/* x */}\n  // y\n<p>", "<!-- x -->\n\n<p>"),
            ("a.html", "{/* x */}", "{/* x */}"),
            ("a.md", "[t ![](i)](u)", "<a href='u'>t <img alt='' src='i'></a>"),
        ] {
            assert_eq!(as_html(text, file), html, "{file}");
        }
    }
}
