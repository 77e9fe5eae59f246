-- On which machines each identity was seen, second machines that use one, and the oldest versions
-- that may take part.

CREATE TABLE device_machine (
    device      BLOB NOT NULL REFERENCES device (id) ON DELETE CASCADE ON UPDATE CASCADE,
    machine     BLOB NOT NULL CHECK (length(machine) = 32),
    -- Names of its latest two starts; a start never comes back.
    boot        TEXT NOT NULL,
    boot_before TEXT NOT NULL,
    seen        INTEGER NOT NULL,
    current     INTEGER NOT NULL CHECK (current IN (0, 1)),
    PRIMARY KEY (device, machine)
) STRICT, WITHOUT ROWID;

CREATE TABLE device_copy (
    -- The record of the second machine, without a key until it enrols anew.
    copy    BLOB PRIMARY KEY REFERENCES device (id) ON DELETE CASCADE,
    -- Whose identity it uses.
    of      BLOB NOT NULL CHECK (length(of) = 16),
    machine BLOB NOT NULL CHECK (length(machine) = 32),
    found   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX device_copy_of ON device_copy (of, machine);

CREATE TABLE minimum_version (
    org    BLOB PRIMARY KEY REFERENCES org (id),
    host   TEXT,
    viewer TEXT
) STRICT;
