-- What the hub calls the patient: a pseudonym under the policy's key.
ALTER TABLE outbox ADD COLUMN patient TEXT;
