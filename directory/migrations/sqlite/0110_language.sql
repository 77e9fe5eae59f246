-- The language that a person chose for their pages; nothing: the one that the browser asks for.
ALTER TABLE account ADD COLUMN language TEXT CHECK (language IN ('en', 'de'));
