-- Reports as they left the office (定稿). A correction is a report of its own.
CREATE TABLE report (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  period TEXT NOT NULL,
  -- Sequences of the log: after the first, up to and with the second.
  after INTEGER NOT NULL,
  upto INTEGER NOT NULL,
  code TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  made_by TEXT NOT NULL,
  -- Field -> value as printed.
  fields TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  bytes BLOB NOT NULL,
  corrects INTEGER REFERENCES report (id)
) STRICT;
CREATE TRIGGER report_no_update BEFORE UPDATE ON report BEGIN SELECT RAISE(ABORT, 'frozen reports are never changed'); END;
CREATE TRIGGER report_no_delete BEFORE DELETE ON report BEGIN SELECT RAISE(ABORT, 'frozen reports are never changed'); END;
