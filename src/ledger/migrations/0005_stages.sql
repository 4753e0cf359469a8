-- What concerns no row (runs, files taken in) is little beside the rest.
CREATE INDEX event_general ON event (seq) WHERE problem IS NULL;

-- Rows whose time may run out are looked for at every start; most rows are closed.
CREATE INDEX problem_waiting ON problem (stage) WHERE stage IN ('suspected', 'deferred', 'dismissed');
