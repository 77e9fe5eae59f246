-- The keys that grants, relay tickets, envelopes and leases are signed with, by what is public of
-- them; what is secret lies in files beside the database. Empty until the key is changed for the
-- first time.

CREATE TABLE grant_key (
    key        BLOB PRIMARY KEY,
    -- From when on hosts and relays hear of it.
    announced  INTEGER NOT NULL,
    -- From when on it signs.
    signs      INTEGER NOT NULL,
    -- From when on its word does not count.
    withdrawn  INTEGER,
    -- What the key before it said of it.
    succession TEXT,
    -- Withdrawn by a restore: what hosts were told under it after the backup still counts.
    restored   INTEGER NOT NULL DEFAULT 0 CHECK (restored IN (0, 1)),
    -- Its end is recorded, and its file is gone.
    closed     INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1))
) STRICT;
