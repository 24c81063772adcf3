-- What persons decided about pieces of held cases, for whoever writes rules: no text, no case.
CREATE TABLE suggestion (
    id             TEXT PRIMARY KEY NOT NULL,          -- random
    day            TEXT NOT NULL,                      -- no nearer than the day
    decision       TEXT NOT NULL CHECK (decision IN ('accept', 'reject', 'add')),
    entity         TEXT,                               -- as what it was masked
    rules          TEXT NOT NULL,                      -- ids of the rules that had spoken for it
    shape          TEXT NOT NULL                       -- digits as 9, words as their case
) STRICT;
