-- What waits for a second person, and what was decided. `act` is exactly what will be done, as it
-- was asked for; `digest` is its SHA-256, which the records name.
CREATE TABLE request (
    id       BLOB PRIMARY KEY CHECK (length(id) = 16),
    org      BLOB NOT NULL REFERENCES org (id),
    asked_by BLOB NOT NULL REFERENCES account (id),
    asked    INTEGER NOT NULL,
    expires  INTEGER NOT NULL,
    reason   TEXT NOT NULL,
    act      TEXT NOT NULL,
    digest   BLOB NOT NULL CHECK (length(digest) = 32),
    state    TEXT NOT NULL CHECK (state IN ('open', 'approved', 'refused', 'withdrawn')),
    -- By whom; absent for the operator at the directory's machine.
    decided_by BLOB REFERENCES account (id),
    decided  INTEGER,
    -- When what was approved was done; it is done once.
    used     INTEGER,
    CHECK ((state = 'open') = (decided IS NULL)),
    CHECK (used IS NULL OR state = 'approved'),
    CHECK (decided_by IS NULL OR decided_by <> asked_by OR state = 'withdrawn')
) STRICT;
CREATE INDEX request_by_time ON request (org, asked);
CREATE INDEX request_by_digest ON request (asked_by, digest);

-- For what an organisation wants a second person, as text (JSON); without a row the built-in
-- values hold.
CREATE TABLE second_person (
    org   BLOB PRIMARY KEY REFERENCES org (id),
    rules TEXT NOT NULL
) STRICT;

-- Which devices one person opened lately.
CREATE INDEX session_by_account ON session (account, issued);
