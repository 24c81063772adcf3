-- Released cases on their way to the hub. Only masked text that passed the gate is ever written.
-- Times are milliseconds since 1970 in UTC.
CREATE TABLE outbox (
    id             TEXT PRIMARY KEY NOT NULL,          -- UUID version 7, so the key order is the order of arrival
    format         TEXT NOT NULL CHECK (format IN ('text', 'json')),
    body           TEXT NOT NULL,                      -- the case as it leaves
    state          TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered')),
    attempts       INTEGER NOT NULL DEFAULT 0,
    due_ms         INTEGER NOT NULL,                   -- not tried again before
    last_failure   TEXT,                               -- why the last attempt failed, in our words
    submitted_ms   INTEGER NOT NULL,
    delivered_ms   INTEGER
) STRICT;

CREATE INDEX outbox_due ON outbox (due_ms) WHERE state = 'pending';

-- What was done and under which rules: one row a release. Counts and digests, never text.
CREATE TABLE audit (
    seq            INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id        TEXT NOT NULL UNIQUE REFERENCES outbox (id),
    at_ms          INTEGER NOT NULL,
    event          TEXT NOT NULL CHECK (event IN ('released')),
    entities       TEXT NOT NULL,                      -- JSON: entity type to how many of it were masked
    rules_digest   TEXT NOT NULL,
    policy_id      TEXT NOT NULL,
    policy_version INTEGER NOT NULL,
    policy_digest  TEXT NOT NULL
) STRICT;

-- One row, written by the readiness check: a full or read-only disk shows before a case is taken.
CREATE TABLE probe (
    id             INTEGER PRIMARY KEY CHECK (id = 1),
    at_ms          INTEGER NOT NULL
) STRICT;
