//! Words and label names that tell what an inner page is.

/// Content labels (国办发〔2017〕47号附件: 内容标签): only pages of one article carry them.
pub(super) const ARTICLE_LABELS: &[&str] = &["ArticleTitle", "PubDate", "ContentSource"];

/// Column labels (国办发〔2017〕47号附件: 栏目标签).
pub(super) const COLUMN_LABELS: &[&str] = &["ColumnName", "ColumnType", "ColumnDescription", "ColumnKeywords"];

/// Titles of pages that answer for another one that is not there.
pub(in crate::evidence) const GONE: &[&str] = &["404", "不存在", "找不到", "无法访问", "出错", "错误"];
