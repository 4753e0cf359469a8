-- Moments are integer microseconds since 1970-01-01 UTC.
-- Tables with long rows keep their rowid: rows are appended, and only short index entries land in random places.

CREATE TABLE event (
  seq INTEGER PRIMARY KEY,
  body TEXT NOT NULL,
  hash TEXT NOT NULL,
  problem TEXT GENERATED ALWAYS AS (json_extract(body, '$.problem')) STORED
) STRICT;
CREATE INDEX event_problem ON event (problem) WHERE problem IS NOT NULL;
CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

-- What a rule said of itself, by content.
CREATE TABLE head (sha TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Place of each rule's letter in coverage rows; rule ids are never reused, so places are never moved.
CREATE TABLE rule_place (rule TEXT PRIMARY KEY, place INTEGER NOT NULL UNIQUE) STRICT;

-- Newest register row of each site that was ever planned.
CREATE TABLE site (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE run (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  vantage TEXT NOT NULL,
  program TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER,
  state TEXT NOT NULL,
  -- 1 once its observations count.
  counted INTEGER NOT NULL DEFAULT 0,
  planned INTEGER NOT NULL,
  -- Site ids in register order, dropped once the run is decided.
  planned_ids TEXT,
  -- Shas of the rule heads, in rule-id order.
  heads TEXT NOT NULL,
  covered INTEGER NOT NULL DEFAULT 0,
  undetermined INTEGER NOT NULL DEFAULT 0,
  canaries TEXT,
  note TEXT NOT NULL DEFAULT '',
  -- Summary of the application.
  applied TEXT
) STRICT;

CREATE TABLE coverage (
  id TEXT PRIMARY KEY,
  run TEXT NOT NULL REFERENCES run (id),
  site TEXT NOT NULL,
  at INTEGER NOT NULL,
  looks INTEGER NOT NULL,
  -- One letter per rule place: P F N U E, '-' when the rule did not run.
  letters TEXT NOT NULL,
  -- Reason key -> rule places.
  reasons TEXT NOT NULL,
  evidence TEXT
) STRICT;
CREATE INDEX coverage_run ON coverage (run);

-- Identity of a problem point, in clear beside its fingerprint.
CREATE TABLE item (
  fp TEXT PRIMARY KEY,
  site TEXT NOT NULL,
  family TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE observation (
  id TEXT PRIMARY KEY,
  run TEXT NOT NULL REFERENCES run (id),
  item TEXT NOT NULL REFERENCES item (fp),
  rule TEXT NOT NULL,
  version INTEGER NOT NULL,
  at INTEGER NOT NULL,
  verdict TEXT NOT NULL,
  reason TEXT NOT NULL,
  evidence TEXT,
  finding_sha TEXT,
  -- Emptied once a later failure of the same item is stored; events keep the words of key moments.
  finding TEXT
) STRICT;
CREATE INDEX observation_item ON observation (item, at);
CREATE INDEX observation_run ON observation (run);

-- Projections: everything below is rebuilt from events, observations and coverage.
CREATE TABLE item_state (
  fp TEXT PRIMARY KEY REFERENCES item (fp),
  body TEXT NOT NULL,
  verdict TEXT GENERATED ALWAYS AS (json_extract(body, '$.verdict')) STORED,
  fail_obs TEXT GENERATED ALWAYS AS (json_extract(body, '$.fail_obs')) STORED
) STRICT;
CREATE INDEX item_failing ON item_state (fp) WHERE verdict = 'F';

CREATE TABLE problem (
  id TEXT PRIMARY KEY,
  body TEXT NOT NULL,
  number TEXT GENERATED ALWAYS AS (json_extract(body, '$.number')) STORED,
  item TEXT GENERATED ALWAYS AS (json_extract(body, '$.item')) STORED,
  site TEXT GENERATED ALWAYS AS (json_extract(body, '$.site.site')) STORED,
  stage TEXT GENERATED ALWAYS AS (json_extract(body, '$.stage')) STORED,
  created INTEGER GENERATED ALWAYS AS (json_extract(body, '$.created')) STORED
) STRICT;
CREATE UNIQUE INDEX problem_number ON problem (number) WHERE number IS NOT NULL;
CREATE UNIQUE INDEX problem_one_live ON problem (item)
  WHERE stage IN ('suspected', 'open', 'rectifying', 'awaiting_review', 'deferred');
CREATE INDEX problem_item ON problem (item, created);

CREATE TABLE number (region TEXT NOT NULL, year INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (region, year)) STRICT;

-- Last known determinate letter per rule place, '-' when none.
CREATE TABLE site_state (site TEXT PRIMARY KEY, letters TEXT NOT NULL) STRICT, WITHOUT ROWID;
