-- Rows whose time may run out are looked for at every start; most rows are closed.
CREATE INDEX problem_waiting ON problem (stage) WHERE stage IN ('suspected', 'deferred', 'dismissed');
