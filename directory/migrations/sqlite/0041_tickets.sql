-- What a ticket asks and gives beyond its uses, and how each device came in.

ALTER TABLE ticket ADD COLUMN place BLOB CHECK (length(place) = 16);
-- Whether devices may be opened without anybody being asked, if their own rules allow it too.
ALTER TABLE ticket ADD COLUMN unattended INTEGER NOT NULL DEFAULT 1 CHECK (unattended IN (0, 1));
-- One a line.
ALTER TABLE ticket ADD COLUMN tags TEXT NOT NULL DEFAULT '';
-- Networks from which it works, one a line; none: from everywhere.
ALTER TABLE ticket ADD COLUMN networks TEXT NOT NULL DEFAULT '';
-- The device whose key it replaces.
ALTER TABLE ticket ADD COLUMN replaces BLOB CHECK (length(replaces) = 16);
ALTER TABLE ticket ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE ticket ADD COLUMN revoked INTEGER;
CREATE INDEX ticket_by_org ON ticket (org, created);

CREATE TABLE device_enrolment (
    device     BLOB PRIMARY KEY REFERENCES device (id) ON DELETE CASCADE,
    ticket     BLOB NOT NULL CHECK (length(ticket) = 16),
    at         INTEGER NOT NULL,
    -- From which address.
    address    TEXT NOT NULL,
    -- Whether the ticket allowed that nobody is asked.
    unattended INTEGER NOT NULL CHECK (unattended IN (0, 1))
) STRICT;
