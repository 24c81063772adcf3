-- The format of a document that is neither text nor JSON; its body is in base64 then.
ALTER TABLE outbox ADD COLUMN file TEXT;
