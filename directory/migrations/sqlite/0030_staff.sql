-- People and viewers that were removed stay as rows without a name or a key that anybody holds,
-- because sessions and records point at them.
ALTER TABLE account ADD COLUMN removed INTEGER;
ALTER TABLE viewer ADD COLUMN removed INTEGER;
