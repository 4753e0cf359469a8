//! The annex forms and letters as Word files: our own OOXML writer, one section with tables.
//!
//! Every measure follows GB/T 9704—2012, for the forms turned on its side. Fonts are named, never embedded; the font table says what
//! replaces them. The bytes depend on what is printed alone: dates inside the container are fixed.

mod document;
mod letter;
mod paper;
mod parts;

pub(super) use document::title_lines;

use std::io::{Cursor, Write};

use jiff::civil::Date;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::ExportError;
use super::form::FormSpec;
use super::letter::{Letter, Sender};
use super::paper::Paper;

/// Media type of the result.
pub const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// The form as a DOCX file.
pub fn build(spec: &FormSpec) -> Result<Vec<u8>, ExportError> {
    package(&spec.title, &spec.office, spec.date, spec.draft, &document::document(spec))
}

/// Letters as one DOCX file, each on a page of its own.
pub fn build_letters(letters: &[Letter], sender: &Sender) -> Result<Vec<u8>, ExportError> {
    package(super::letter::TITLE, &sender.office, sender.date, false, &letter::document(letters, sender))
}

/// Any paper as a DOCX file.
pub fn build_paper(paper: &Paper) -> Result<Vec<u8>, ExportError> {
    package(&paper.name, &paper.office, paper.date, paper.draft, &paper::document(paper))
}

fn package(title: &str, office: &str, date: Date, draft: bool, document: &str) -> Result<Vec<u8>, ExportError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut container = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, body) in [
        ("[Content_Types].xml", parts::content_types(draft)),
        ("_rels/.rels", parts::package_relations()),
        ("docProps/core.xml", parts::core_properties(title, office, date)),
        ("docProps/app.xml", parts::app_properties()),
        ("word/document.xml", document.to_owned()),
        ("word/styles.xml", parts::styles()),
        ("word/fontTable.xml", parts::font_table()),
        ("word/settings.xml", parts::settings()),
        ("word/footer1.xml", parts::footer()),
    ] {
        container.start_file(name, options)?;
        container.write_all(body.as_bytes())?;
    }
    if draft {
        container.start_file("word/header1.xml", options)?;
        container.write_all(parts::draft_header().as_bytes())?;
    }
    container.start_file("word/_rels/document.xml.rels", options)?;
    container.write_all(parts::document_relations(draft).as_bytes())?;
    Ok(container.finish()?.into_inner())
}

#[cfg(test)]
mod tests;
