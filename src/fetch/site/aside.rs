//! What a walk needs beside the ordinary look: requests put in another style, links that lead elsewhere, and answers that all
//! walks of a run share.

use std::sync::Arc;

use tokio::sync::OnceCell;

use super::SiteFetcher;
use crate::evidence::walk::LinkEnd;
use crate::fetch::once::Once;
use crate::fetch::reach::Reach;
use crate::fetch::style::Style;

/// Answers of links shared by all sites of a run, by look number and canonical address.
pub(in crate::fetch) type Links = Once<(u8, String), LinkEnd>;

impl SiteFetcher {
    /// Puts requests like this from now on.
    pub fn put(&mut self, style: Style) {
        self.style = style;
    }

    /// A fetcher for links that lead elsewhere, with connections and a budget of its own: within the same reach, or, where the
    /// register allows `external` links to be asked for, for every public address.
    pub fn beside(&self, external: bool) -> SiteFetcher {
        let reach = if external { Reach::public() } else { self.reach.clone() };
        SiteFetcher::new(self.fetcher.clone(), reach, self.cancel.clone())
    }

    /// The answer of the link `key` in looks of this number, filled by whoever asks first.
    pub fn shared(&self, look: u8, key: &str) -> Arc<OnceCell<LinkEnd>> {
        self.fetcher.inner.links.cell((look, key.to_owned()))
    }

    /// Forgets an answer that says nothing of the link: the next walk asks again.
    pub fn forget(&self, look: u8, key: &str) {
        self.fetcher.inner.links.forget(&(look, key.to_owned()));
    }
}
