-- As for SQLite (`../sqlite`), where the columns are explained. Times are milliseconds since 1970 in UTC.
CREATE TABLE outbox (
    id             TEXT PRIMARY KEY,
    spoke          TEXT NOT NULL,
    format         TEXT NOT NULL CHECK (format IN ('text', 'json')),
    body           TEXT NOT NULL,
    entities       TEXT NOT NULL,
    rules_digest   TEXT NOT NULL,
    policy_id      TEXT NOT NULL,
    policy_version BIGINT NOT NULL,
    policy_digest  TEXT NOT NULL,
    state          TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
    attempts       BIGINT NOT NULL DEFAULT 0,
    due_ms         BIGINT NOT NULL,
    claimed_by     TEXT,
    claimed_ms     BIGINT NOT NULL DEFAULT 0,
    last_failure   TEXT,
    submitted_ms   BIGINT NOT NULL,
    delivered_ms   BIGINT
);
CREATE INDEX outbox_due ON outbox (due_ms) WHERE state = 'pending';

CREATE TABLE hold (
    id             TEXT PRIMARY KEY,
    spoke          TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('waiting', 'released', 'refused', 'expired')),
    reasons        TEXT NOT NULL,
    wrapped_key    BYTEA,
    sealed         BYTEA,
    edits          BYTEA,
    approved_by    TEXT,
    version        BIGINT NOT NULL DEFAULT 0,
    submitted_ms   BIGINT NOT NULL,
    expires_ms     BIGINT NOT NULL,
    decided_ms     BIGINT
);
CREATE INDEX hold_waiting ON hold (expires_ms) WHERE state = 'waiting';

CREATE TABLE idempotency (
    id             TEXT PRIMARY KEY,
    body           TEXT NOT NULL,
    claim          TEXT NOT NULL,
    replica        TEXT NOT NULL,
    boot           TEXT NOT NULL,
    answer         BYTEA,
    lease_ms       BIGINT NOT NULL,
    expires_ms     BIGINT NOT NULL
);
CREATE INDEX idempotency_expires ON idempotency (expires_ms);

CREATE TABLE ledger (
    chain          TEXT NOT NULL,
    seq            BIGINT NOT NULL,
    line           TEXT NOT NULL,
    hash           BYTEA NOT NULL,
    signature      BYTEA NOT NULL,
    PRIMARY KEY (chain, seq)
);
CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append only';
END $$;
CREATE TRIGGER ledger_is_append_only BEFORE UPDATE OR DELETE ON ledger
    FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();

CREATE TABLE probe (
    id             BIGINT PRIMARY KEY CHECK (id = 1),
    at_ms          BIGINT NOT NULL
);
