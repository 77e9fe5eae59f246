-- The catalogue, its people, its sessions and its record of all of it.
-- Times are microseconds since 1970 UTC; ids are 16 bytes; keys and digests are 32 bytes.

CREATE TABLE org (
    id         BLOB PRIMARY KEY CHECK (length(id) = 16),
    name       TEXT NOT NULL,
    created    INTEGER NOT NULL,
    -- Where the audit chain ends, so that a record cut off the end is noticed.
    chain_seq  INTEGER NOT NULL DEFAULT 0,
    chain_hash BLOB NOT NULL DEFAULT (zeroblob(32)) CHECK (length(chain_hash) = 32)
) STRICT;

CREATE TABLE tenant (
    id        BLOB PRIMARY KEY CHECK (length(id) = 16),
    org       BLOB NOT NULL REFERENCES org (id),
    name      TEXT NOT NULL,
    name_fold TEXT NOT NULL,
    created   INTEGER NOT NULL,
    UNIQUE (org, name_fold)
) STRICT;

CREATE TABLE account (
    id       BLOB PRIMARY KEY CHECK (length(id) = 16),
    org      BLOB NOT NULL REFERENCES org (id),
    email    TEXT NOT NULL UNIQUE,
    name     TEXT NOT NULL,
    password TEXT NOT NULL,
    created  INTEGER NOT NULL,
    disabled INTEGER
) STRICT;

CREATE TABLE viewer (
    id        BLOB PRIMARY KEY CHECK (length(id) = 16),
    org       BLOB NOT NULL REFERENCES org (id),
    account   BLOB NOT NULL REFERENCES account (id),
    key       BLOB NOT NULL UNIQUE CHECK (length(key) = 32),
    name      TEXT NOT NULL,
    version   TEXT NOT NULL,
    created   INTEGER NOT NULL,
    signed_in INTEGER NOT NULL
) STRICT;

CREATE TABLE web_session (
    token   BLOB PRIMARY KEY CHECK (length(token) = 32),
    org     BLOB NOT NULL REFERENCES org (id),
    account BLOB NOT NULL REFERENCES account (id),
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT;

CREATE TABLE ticket (
    id         BLOB PRIMARY KEY CHECK (length(id) = 16),
    org        BLOB NOT NULL REFERENCES org (id),
    tenant     BLOB REFERENCES tenant (id),
    kind       TEXT NOT NULL CHECK (kind IN ('device', 'relay')),
    secret     BLOB NOT NULL UNIQUE CHECK (length(secret) = 32),
    name       TEXT NOT NULL,
    allowed    INTEGER NOT NULL CHECK (allowed > 0),
    used       INTEGER NOT NULL DEFAULT 0 CHECK (used BETWEEN 0 AND allowed),
    approval   TEXT NOT NULL CHECK (approval IN ('approved', 'pending')),
    created    INTEGER NOT NULL,
    expires    INTEGER NOT NULL,
    CHECK ((kind = 'device') = (tenant IS NOT NULL))
) STRICT;

CREATE TABLE device (
    id                BLOB PRIMARY KEY CHECK (length(id) = 16),
    org               BLOB NOT NULL REFERENCES org (id),
    tenant            BLOB NOT NULL REFERENCES tenant (id),
    key               BLOB NOT NULL UNIQUE CHECK (length(key) = 32),
    name              TEXT NOT NULL,
    name_fold         TEXT NOT NULL,
    os                TEXT NOT NULL,
    os_fold           TEXT NOT NULL,
    version           TEXT NOT NULL,
    unattended        INTEGER NOT NULL CHECK (unattended IN (0, 1)),
    approval          TEXT NOT NULL CHECK (approval IN ('approved', 'pending')),
    created           INTEGER NOT NULL,
    last_heard        INTEGER,
    present           INTEGER NOT NULL DEFAULT 0 CHECK (present IN (0, 1)),
    -- The newest word of the device about its presence; an older one is a replay.
    presence_counter  INTEGER NOT NULL DEFAULT 0,
    presence_relay    BLOB CHECK (length(presence_relay) = 32),
    presence_epoch    BLOB CHECK (length(presence_epoch) = 16),
    -- Counter of the last envelope sealed for it.
    envelope_counter  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX device_by_name ON device (org, name_fold, id);
CREATE INDEX device_by_tenant ON device (tenant, name_fold, id);
CREATE INDEX device_present ON device (org) WHERE present = 1;

CREATE TABLE relay (
    id         BLOB PRIMARY KEY CHECK (length(id) = 16),
    org        BLOB NOT NULL REFERENCES org (id),
    name       TEXT NOT NULL,
    name_fold  TEXT NOT NULL,
    key        BLOB NOT NULL UNIQUE CHECK (length(key) = 32),
    version    TEXT NOT NULL,
    created    INTEGER NOT NULL,
    last_heard INTEGER,
    UNIQUE (org, name_fold)
) STRICT;

-- Names are kept as they were shown when the session was asked for; a device that is removed
-- later leaves its sessions behind.
CREATE TABLE session (
    id          BLOB PRIMARY KEY CHECK (length(id) = 16),
    org         BLOB NOT NULL REFERENCES org (id),
    tenant      BLOB NOT NULL REFERENCES tenant (id),
    device      BLOB NOT NULL,
    device_name TEXT NOT NULL,
    account     BLOB NOT NULL REFERENCES account (id),
    person      TEXT NOT NULL,
    viewer      BLOB NOT NULL REFERENCES viewer (id),
    grant_id    BLOB NOT NULL UNIQUE CHECK (length(grant_id) = 16),
    epoch       BLOB NOT NULL CHECK (length(epoch) = 16),
    channel     INTEGER NOT NULL,
    relay_key   BLOB NOT NULL CHECK (length(relay_key) = 32),
    relay_name  TEXT NOT NULL,
    asked_for   TEXT NOT NULL,
    reason      TEXT NOT NULL,
    issued      INTEGER NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('granted', 'asked', 'live', 'over')),
    scopes      TEXT,
    by_person   INTEGER CHECK (by_person IN (0, 1)),
    started     INTEGER,
    leased      INTEGER,
    ended       INTEGER,
    end_reason  TEXT,
    -- The host's own word that it is over; the directory may have ended it before.
    host_closed INTEGER NOT NULL DEFAULT 0 CHECK (host_closed IN (0, 1)),
    -- Ended here, and the host and the relay have not been told yet.
    kill_due    INTEGER NOT NULL DEFAULT 0 CHECK (kill_due IN (0, 1)),
    CHECK ((state = 'over') = (ended IS NOT NULL)),
    CHECK ((state = 'over') = (end_reason IS NOT NULL)),
    CHECK (state <> 'live' OR (started IS NOT NULL AND scopes IS NOT NULL))
) STRICT;
-- One open session per device, whoever races.
CREATE UNIQUE INDEX session_open ON session (device) WHERE ended IS NULL;
CREATE INDEX session_by_time ON session (org, issued);
CREATE INDEX session_kill ON session (ended) WHERE kill_due = 1;

-- `body` is chained exactly as written; `personal` stands beside the chain, named in the body by
-- a salted digest, so that a person's data can be erased without breaking it.
CREATE TABLE audit (
    org      BLOB NOT NULL REFERENCES org (id),
    seq      INTEGER NOT NULL,
    prev     BLOB NOT NULL CHECK (length(prev) = 32),
    hash     BLOB NOT NULL CHECK (length(hash) = 32),
    body     BLOB NOT NULL,
    personal TEXT,
    PRIMARY KEY (org, seq)
) STRICT, WITHOUT ROWID;

-- Single facts about this installation: its address, when its server was last alive.
CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
