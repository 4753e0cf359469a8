-- Ends of visits in words; visits name them by number.
CREATE TABLE visit_word (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE) STRICT;

-- One row per day (UTC+8, days since 1970-01-01), vantage and site. A batch of visits touches neighbouring rows.
CREATE TABLE visit_day (
  day INTEGER NOT NULL,
  vantage TEXT NOT NULL,
  site TEXT NOT NULL,
  -- Seven bytes per visit, big-endian: second of the day (3), word (2), milliseconds (2, at most 65535).
  raw BLOB NOT NULL,
  PRIMARY KEY (day, vantage, site)
) STRICT, WITHOUT ROWID;
CREATE INDEX visit_day_site ON visit_day (site, day);

-- What is left of a day once its time is over.
CREATE TABLE visit_past (
  day INTEGER NOT NULL,
  vantage TEXT NOT NULL,
  site TEXT NOT NULL,
  -- Determinate visits, failed ones among them, and those that say nothing.
  visits INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  unseen INTEGER NOT NULL,
  -- SHA-256 of the raw bytes.
  hash TEXT NOT NULL,
  PRIMARY KEY (site, vantage, day)
) STRICT, WITHOUT ROWID;
