-- Sites with visits no run has judged yet: the earliest of them, and how often something was added since.
CREATE TABLE visit_unjudged (site TEXT PRIMARY KEY, since INTEGER NOT NULL, additions INTEGER NOT NULL) STRICT, WITHOUT ROWID;
