//! Pages of the city's sites: some 40 KB and 150 links each, as government home pages are, in several outfits.
//!
//! *Owns*: markup. *May not*: know days, sockets or expectations. *Start reading at* [`home`].

pub mod blocks;
pub mod extra;
mod footer;
mod former;
mod layout;
mod standing;
mod words;

pub use footer::{fragment, script};
pub use former::{former_titles, former_urls, search};
pub use layout::{app_config, app_shell_script, entry_hop, error, home, inner, moved_away};
pub use standing::{SERVER_DEFAULT, bare_notice, closing_notice, pause, rebuilding};

use super::manner::Encoding;

/// Bytes of `html` in the encoding of the page.
pub fn encode(html: &str, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 => html.as_bytes().to_vec(),
        Encoding::Gbk => encoding_rs::GBK.encode(html).0.into_owned(),
        Encoding::Gb18030AsGb2312 => encoding_rs::GB18030.encode(html).0.into_owned(),
    }
}
