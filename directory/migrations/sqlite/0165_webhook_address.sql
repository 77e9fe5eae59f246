-- The address of a webhook may hold a secret of its receiver in its path or its query: it is sealed
-- like the webhook's own, and only scheme and host are kept to be read. Those that were made before
-- lie here open and cannot be sealed from within the database: they have to be made again.
DELETE FROM delivery;
DELETE FROM webhook;
ALTER TABLE webhook DROP COLUMN url;
ALTER TABLE webhook ADD COLUMN place TEXT NOT NULL DEFAULT '';
ALTER TABLE webhook ADD COLUMN address BLOB NOT NULL DEFAULT x'';
-- Who made it; nobody where the operator did. It is on hold while that person is disabled or gone.
ALTER TABLE webhook ADD COLUMN maker BLOB REFERENCES account (id);
