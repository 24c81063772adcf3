-- Holds, ledger, idempotency keys and dead letters. The outbox takes over what `audit` knew of its
-- rows; from here on the ledger is what is kept for auditors.
CREATE TABLE outbox_2 (
    id             TEXT PRIMARY KEY NOT NULL,          -- UUID version 7, so the key order is the order of arrival
    spoke          TEXT NOT NULL,                      -- keyed id of who submitted it
    format         TEXT NOT NULL CHECK (format IN ('text', 'json')),
    body           TEXT NOT NULL,                      -- the case as it leaves
    entities       TEXT NOT NULL,                      -- JSON: entity type to how many of it were masked
    rules_digest   TEXT NOT NULL,
    policy_id      TEXT NOT NULL,
    policy_version INTEGER NOT NULL,
    policy_digest  TEXT NOT NULL,
    state          TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
    attempts       INTEGER NOT NULL DEFAULT 0,
    due_ms         INTEGER NOT NULL,                   -- not tried again before
    claimed_by     TEXT,                               -- the replica that delivers it
    claimed_ms     INTEGER NOT NULL DEFAULT 0,         -- until then
    last_failure   TEXT,                               -- why the last attempt failed, in our words
    submitted_ms   INTEGER NOT NULL,
    delivered_ms   INTEGER
) STRICT;

INSERT INTO outbox_2 (id, spoke, format, body, entities, rules_digest, policy_id, policy_version, policy_digest, state,
                      attempts, due_ms, last_failure, submitted_ms, delivered_ms)
SELECT o.id, '', o.format, o.body, a.entities, a.rules_digest, a.policy_id, a.policy_version, a.policy_digest, o.state,
       o.attempts, o.due_ms, o.last_failure, o.submitted_ms, o.delivered_ms
FROM outbox o JOIN audit a ON a.case_id = o.id;

DROP TABLE audit;
DROP TABLE outbox;
ALTER TABLE outbox_2 RENAME TO outbox;
CREATE INDEX outbox_due ON outbox (due_ms) WHERE state = 'pending';

-- Held cases. What could be read is sealed; the key that opens it is wrapped, and destroyed with the hold.
CREATE TABLE hold (
    id             TEXT PRIMARY KEY NOT NULL,
    spoke          TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('waiting', 'released', 'refused', 'expired')),
    reasons        TEXT NOT NULL,                      -- JSON: kind of doubt to how many
    wrapped_key    BLOB,
    sealed         BLOB,                               -- the case as submitted
    edits          BLOB,                               -- decisions on its pieces, sealed, too
    approved_by    TEXT,                               -- keyed id of the first of two persons
    version        INTEGER NOT NULL DEFAULT 0,         -- counts decisions: none is made on a stale view
    submitted_ms   INTEGER NOT NULL,
    expires_ms     INTEGER NOT NULL,
    decided_ms     INTEGER
) STRICT;

CREATE INDEX hold_waiting ON hold (expires_ms) WHERE state = 'waiting';

-- Idempotency keys and fingerprints of bodies, both as HMAC; answers sealed.
CREATE TABLE idempotency (
    id             TEXT PRIMARY KEY NOT NULL,          -- HMAC of caller, route and key
    body           TEXT NOT NULL,                      -- HMAC of the body
    claim          TEXT NOT NULL,                      -- the request at work
    replica        TEXT NOT NULL,
    boot           TEXT NOT NULL,
    answer         BLOB,                               -- none while in flight
    lease_ms       INTEGER NOT NULL,                   -- a claim in flight counts until then
    expires_ms     INTEGER NOT NULL
) STRICT;

CREATE INDEX idempotency_expires ON idempotency (expires_ms);

-- Append only. `line` is what is hashed; the columns beside it are for finding it.
CREATE TABLE ledger (
    chain          TEXT NOT NULL,
    seq            INTEGER NOT NULL,
    line           TEXT NOT NULL,
    hash           BLOB NOT NULL,
    signature      BLOB NOT NULL,
    PRIMARY KEY (chain, seq)
) STRICT;

CREATE TRIGGER ledger_is_not_changed BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END;
CREATE TRIGGER ledger_is_not_cut BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END;
