-- As for SQLite (`../sqlite`).
ALTER TABLE outbox ADD COLUMN patient TEXT;
