-- People of the office, what they did at the door, and what the pages ask for. Nothing here is part of the list's log:
-- rebuilding the list leaves it alone.

CREATE TABLE person (
  account TEXT PRIMARY KEY,
  -- As it stands in the list's log.
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  -- Register id of the unit whose rows a 经办 works on.
  unit TEXT,
  -- PHC string of Argon2id.
  password TEXT NOT NULL,
  locked INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL,
  changed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Cookies and API tokens are known by their SHA-256 only.
CREATE TABLE session (
  token TEXT PRIMARY KEY,
  account TEXT NOT NULL REFERENCES person (account),
  began INTEGER NOT NULL,
  seen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_token (
  token TEXT PRIMARY KEY,
  account TEXT NOT NULL REFERENCES person (account),
  label TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Wrong passwords in a row, by account and by address (`a:name`, `h:address`).
CREATE TABLE wrong_password (
  who TEXT PRIMARY KEY,
  times INTEGER NOT NULL,
  newest INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Log-ins, refusals, downloads, changes of people and settings.
CREATE TABLE trail (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  account TEXT NOT NULL,
  address TEXT NOT NULL,
  kind TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE TRIGGER trail_no_update BEFORE UPDATE ON trail BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;
CREATE TRIGGER trail_no_delete BEFORE DELETE ON trail BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;

CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- What lists are filtered and turned over by. Rows without a number come last.
ALTER TABLE problem ADD COLUMN place TEXT GENERATED ALWAYS AS
  (coalesce(json_extract(body, '$.number'), '~' || json_extract(body, '$.id'))) VIRTUAL;
ALTER TABLE problem ADD COLUMN unit TEXT GENERATED ALWAYS AS (json_extract(body, '$.site.unit_id')) VIRTUAL;
ALTER TABLE problem ADD COLUMN head TEXT GENERATED ALWAYS AS (json_extract(body, '$.head')) VIRTUAL;
ALTER TABLE problem ADD COLUMN due INTEGER GENERATED ALWAYS AS (json_extract(body, '$.due')) VIRTUAL;
ALTER TABLE problem ADD COLUMN reopened INTEGER GENERATED ALWAYS AS (json_extract(body, '$.reopened')) VIRTUAL;
ALTER TABLE problem ADD COLUMN opened_at INTEGER GENERATED ALWAYS AS (json_extract(body, '$.opened_at')) VIRTUAL;
ALTER TABLE problem ADD COLUMN closed_at INTEGER GENERATED ALWAYS AS (json_extract(body, '$.closed_at')) VIRTUAL;
CREATE INDEX problem_place ON problem (place, stage, unit, head, due, reopened);
CREATE INDEX problem_unit ON problem (unit, place, stage, head, due, reopened);
CREATE INDEX problem_site ON problem (site, place, stage);
CREATE INDEX problem_opened ON problem (opened_at, unit);
CREATE INDEX problem_closed ON problem (closed_at, unit);
