-- Signed statements of how far a chain had come, and when. They are signed with a key that lies
-- beside the database, so whoever can only write to the database cannot make one.

CREATE TABLE checkpoint (
    chain  BLOB NOT NULL REFERENCES chain (id),
    seq    INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    sealed TEXT NOT NULL,
    PRIMARY KEY (chain, seq)
) STRICT;

ALTER TABLE chain ADD COLUMN signed INTEGER NOT NULL DEFAULT 0;

-- How far the record was sent out, per output, so that a restart goes on where it was.
CREATE TABLE audit_output (
    name      TEXT PRIMARY KEY,
    delivered INTEGER NOT NULL
) STRICT;
