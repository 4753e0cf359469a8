//! The index of what sites hold while they run, kept for the day one of them is closed.
//!
//! It lies outside the log: nothing on the list follows from it but what a later look finds on the successor.

use std::collections::BTreeMap;

use super::{Ledger, LedgerError, sql};
use crate::evidence::migration::Former;

/// Entries of sites: register id → marks and pages.
pub type Contents = BTreeMap<String, Vec<(i64, Former)>>;

/// Entries kept of a site.
const OF_SITE: i64 = 60;

impl Ledger {
    /// Adds what was seen; of each site only the entries with the smallest marks stay.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn note_contents(&self, contents: &Contents) -> Result<(), LedgerError> {
        let rows: Vec<(&str, i64, &str, &str)> = contents
            .iter()
            .flat_map(|(site, pages)| {
                pages.iter().map(move |(mark, page)| (site.as_str(), *mark, page.title.as_str(), page.url.as_str()))
            })
            .collect();
        let sites: Vec<&str> = contents.keys().map(String::as_str).collect();
        let mut tx = self.write().await?;
        let add = "INSERT OR IGNORE INTO content (site, mark, title, url)
            SELECT value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]' FROM json_each($1)";
        sql::each(&mut tx, add, &rows).await?;
        for part in sites.chunks(500) {
            sqlx::query(
                "DELETE FROM content WHERE (site, mark) IN (SELECT site, mark FROM
                   (SELECT site, mark, row_number() OVER (PARTITION BY site ORDER BY mark) AS place FROM content
                    WHERE site IN (SELECT value FROM json_each($1))) WHERE place > $2)",
            )
            .bind(serde_json::to_string(part)?)
            .bind(OF_SITE)
            .execute(&mut *tx)
            .await?;
        }
        Ok(tx.commit().await?)
    }

    /// What is known of these sites' content.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn contents_of(&self, sites: &[&str]) -> Result<BTreeMap<String, Vec<Former>>, LedgerError> {
        let mut conn = self.pool.acquire().await?;
        let query =
            "SELECT site, title, url FROM content WHERE site IN (SELECT value FROM json_each($1)) ORDER BY site, mark";
        let rows: Vec<(String, String, String)> = sql::fetch(&mut conn, query, sites).await?;
        let mut found: BTreeMap<String, Vec<Former>> = BTreeMap::new();
        for (site, title, url) in rows {
            found.entry(site).or_default().push(Former { title, url, indexed: true });
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    fn page(mark: i64) -> (i64, Former) {
        let title = format!("关于印发第{mark}号文件的通知");
        (mark, Former { title, url: format!("http://a.gov.cn/{mark}.html"), indexed: true })
    }

    #[tokio::test]
    async fn of_each_site_an_even_sample_of_bounded_size_is_kept() {
        let ledger = Ledger::in_memory(Clock::system()).await;
        // The same page night after night, and new ones.
        for night in 0..10_i64 {
            let pages = (0..20).map(|n| page((night * 7 + n * 37) % 211)).collect();
            let other = vec![page(night)];
            ledger.note_contents(&[("a".to_owned(), pages), ("b".to_owned(), other)].into()).await.expect("noted");
        }
        let mut all: Vec<i64> =
            (0..10_i64).flat_map(|night| (0..20).map(move |n| (night * 7 + n * 37) % 211)).collect();
        all.sort_unstable();
        all.dedup();
        let wanted: Vec<Former> = all.iter().take(60).map(|mark| page(*mark).1).collect();
        let found = ledger.contents_of(&["a", "c"]).await.expect("contents");
        assert_eq!(found, [("a".to_owned(), wanted)].into());
        assert_eq!(ledger.contents_of(&["b"]).await.expect("contents")["b"].len(), 10);
    }
}
