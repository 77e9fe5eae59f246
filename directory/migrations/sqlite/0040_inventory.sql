-- What hosts say about their machines: the report, what can be searched in it, what changed.

CREATE TABLE inventory (
    device   BLOB PRIMARY KEY REFERENCES device (id) ON DELETE CASCADE,
    digest   BLOB NOT NULL CHECK (length(digest) = 32),
    -- JSON of everything but the software, which stands in tables of its own.
    body     TEXT NOT NULL,
    reported INTEGER NOT NULL,
    changed  INTEGER NOT NULL,
    -- Days since 1970, and how many reports were taken on that day.
    day      INTEGER NOT NULL,
    today    INTEGER NOT NULL
) STRICT;

-- One row per thing that can be searched. Text is folded; number is in the unit of the key.
CREATE TABLE device_fact (
    device BLOB NOT NULL REFERENCES device (id) ON DELETE CASCADE,
    key    TEXT NOT NULL,
    text   TEXT NOT NULL,
    number INTEGER,
    PRIMARY KEY (device, key, text)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_fact_by_text ON device_fact (key, text);
CREATE INDEX device_fact_by_number ON device_fact (key, number) WHERE number IS NOT NULL;

-- The same program in the same version stands on thousands of devices: named once.
CREATE TABLE software (
    id        INTEGER PRIMARY KEY,
    name      TEXT NOT NULL,
    name_fold TEXT NOT NULL,
    version   TEXT NOT NULL,
    UNIQUE (name, version)
) STRICT;
CREATE TABLE device_software (
    device   BLOB NOT NULL REFERENCES device (id) ON DELETE CASCADE,
    software INTEGER NOT NULL REFERENCES software (id),
    PRIMARY KEY (device, software)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_software_by_software ON device_software (software);

CREATE TABLE inventory_change (
    id     INTEGER PRIMARY KEY,
    device BLOB NOT NULL REFERENCES device (id) ON DELETE CASCADE,
    at     INTEGER NOT NULL,
    what   TEXT NOT NULL,
    before TEXT NOT NULL,
    after  TEXT NOT NULL
) STRICT;
CREATE INDEX inventory_change_by_device ON inventory_change (device, id);
