-- What the one who decided a request said to it, for the one who asked.
ALTER TABLE request ADD COLUMN answer TEXT NOT NULL DEFAULT '';

-- What waits is counted on every page of those who may decide it.
CREATE INDEX request_open ON request (org, expires) WHERE state = 'open';
