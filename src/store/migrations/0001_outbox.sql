-- A released case and the record of its release are written in one transaction: no row, no release.
CREATE TABLE cases (
    id           TEXT    NOT NULL PRIMARY KEY,
    received_at  TEXT    NOT NULL,
    masked       TEXT    NOT NULL,
    json         INTEGER NOT NULL,
    status       TEXT    NOT NULL CHECK (status IN ('pending', 'delivered')),
    attempts     INTEGER NOT NULL DEFAULT 0,
    delivered_at TEXT
) STRICT;

CREATE INDEX cases_pending ON cases (status, id);

CREATE TABLE records (
    case_id       TEXT NOT NULL REFERENCES cases (id),
    counts        TEXT NOT NULL,
    rules_digest  TEXT NOT NULL,
    policy_id     TEXT NOT NULL,
    policy_version INTEGER NOT NULL,
    policy_digest TEXT NOT NULL
) STRICT;
