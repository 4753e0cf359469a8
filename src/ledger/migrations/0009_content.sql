-- Index of what sites held while they ran: an even sample of their articles, outside the log. A closed site's content is looked
-- for by it.
CREATE TABLE content (
  site TEXT NOT NULL,
  -- Place in the order of the sample; the smallest are kept.
  mark INTEGER NOT NULL,
  title TEXT NOT NULL,
  url TEXT NOT NULL,
  PRIMARY KEY (site, mark)
) STRICT, WITHOUT ROWID;
