-- The catalogue grows up: places below a customer, devices that are expected before they enrol,
-- removal that can be undone, tags, fields, facts, saved searches, bulk acts, and the indexes that
-- searching a million devices needs.

-- Sites and groups below a customer. A device stands in one of them, or at its customer directly.
CREATE TABLE place (
    id        BLOB PRIMARY KEY CHECK (length(id) = 16),
    org       BLOB NOT NULL REFERENCES org (id),
    tenant    BLOB NOT NULL REFERENCES tenant (id),
    parent    BLOB REFERENCES place (id),
    kind      TEXT NOT NULL CHECK (kind IN ('site', 'group')),
    name      TEXT NOT NULL,
    name_fold TEXT NOT NULL,
    created   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX place_name ON place (tenant, coalesce(parent, x''), name_fold);
CREATE INDEX place_parent ON place (parent);
CREATE INDEX place_org ON place (org);

-- How often the tree of an organisation changed, so that a copy in memory knows that it is old.
CREATE TABLE tree_version (
    org     BLOB PRIMARY KEY REFERENCES org (id),
    version INTEGER NOT NULL
) STRICT;
CREATE TRIGGER tree_tenant_new AFTER INSERT ON tenant BEGIN
    INSERT INTO tree_version (org, version) VALUES (new.org, 1)
        ON CONFLICT (org) DO UPDATE SET version = version + 1;
END;
CREATE TRIGGER tree_tenant_name AFTER UPDATE OF name ON tenant BEGIN
    UPDATE tree_version SET version = version + 1 WHERE org = new.org;
END;
CREATE TRIGGER tree_tenant_gone AFTER DELETE ON tenant BEGIN
    UPDATE tree_version SET version = version + 1 WHERE org = old.org;
END;
CREATE TRIGGER tree_place_new AFTER INSERT ON place BEGIN
    UPDATE tree_version SET version = version + 1 WHERE org = new.org;
END;
CREATE TRIGGER tree_place_change AFTER UPDATE ON place BEGIN
    UPDATE tree_version SET version = version + 1 WHERE org = new.org;
END;
CREATE TRIGGER tree_place_gone AFTER DELETE ON place BEGIN
    UPDATE tree_version SET version = version + 1 WHERE org = old.org;
END;
INSERT INTO tree_version (org, version) SELECT id, 1 FROM org;

-- `num` is a short name of the device inside the database: every index holds it, so that order is
-- total, and the word index needs one.
CREATE TABLE device_grown (
    num               INTEGER PRIMARY KEY AUTOINCREMENT,
    id                BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    org               BLOB NOT NULL REFERENCES org (id),
    tenant            BLOB NOT NULL REFERENCES tenant (id),
    place             BLOB REFERENCES place (id),
    -- None while the device is only expected.
    key               BLOB UNIQUE CHECK (length(key) = 32),
    name              TEXT NOT NULL,
    name_fold         TEXT NOT NULL,
    os                TEXT NOT NULL,
    os_fold           TEXT NOT NULL,
    version           TEXT NOT NULL,
    -- Sorts as versions do; 0 for none.
    version_key       INTEGER NOT NULL DEFAULT 0,
    serial            TEXT NOT NULL DEFAULT '',
    serial_fold       TEXT NOT NULL DEFAULT '',
    -- Who is logged on at it, where its people agreed that this is told.
    person            TEXT NOT NULL DEFAULT '',
    person_fold       TEXT NOT NULL DEFAULT '',
    address           TEXT NOT NULL DEFAULT '',
    -- Folded text that words are looked for in beside the name: serial, person, address, fields.
    words             TEXT NOT NULL DEFAULT '',
    unattended        INTEGER NOT NULL CHECK (unattended IN (0, 1)),
    approval          TEXT NOT NULL CHECK (approval IN ('approved', 'pending')),
    created           INTEGER NOT NULL,
    -- Since when it is gone; it can come back until it is purged, and its key works nowhere.
    removed           INTEGER,
    last_heard        INTEGER,
    -- Never heard sorts before everything.
    heard             INTEGER GENERATED ALWAYS AS (coalesce(last_heard, -1)) VIRTUAL,
    present           INTEGER NOT NULL DEFAULT 0 CHECK (present IN (0, 1)),
    -- When the latest stretch of presence began; it ends now if present, else at last_heard.
    present_since     INTEGER,
    -- The newest word of the device about its presence; an older one is a replay.
    presence_counter  INTEGER NOT NULL DEFAULT 0,
    presence_relay    BLOB CHECK (length(presence_relay) = 32),
    presence_epoch    BLOB CHECK (length(presence_epoch) = 16),
    -- Counter of the last envelope sealed for it.
    envelope_counter  INTEGER NOT NULL DEFAULT 0,
    -- Hours in which it was heard: one bit each, the newest last, and which hour that is.
    hours             BLOB,
    hours_end         INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO device_grown (id, org, tenant, key, name, name_fold, os, os_fold, version, unattended,
    approval, created, last_heard, presence_counter, presence_relay, presence_epoch,
    envelope_counter)
    SELECT id, org, tenant, key, name, name_fold, os, os_fold, version, unattended, approval,
        created, last_heard, presence_counter, presence_relay, presence_epoch, envelope_counter
    FROM device ORDER BY created, id;
DROP TABLE device;
ALTER TABLE device_grown RENAME TO device;

-- One index per order of the list. What searches ask for most stands in each, so that a walk
-- along one seldom has to look at the device itself; `removed` stands there for the same reason.
CREATE INDEX device_by_name ON device (org, name_fold, num, tenant, place, os_fold, present, removed)
    WHERE removed IS NULL;
CREATE INDEX device_by_tenant ON device (tenant, name_fold, num, place, os_fold, present, removed)
    WHERE removed IS NULL;
CREATE INDEX device_by_os ON device (org, os_fold, num, tenant, place, present, removed)
    WHERE removed IS NULL;
CREATE INDEX device_by_heard ON device (org, heard, num, tenant, place, os_fold, present, removed)
    WHERE removed IS NULL;
CREATE INDEX device_by_created ON device (org, created, num, tenant, place, os_fold, present, removed)
    WHERE removed IS NULL;
CREATE INDEX device_by_version ON device (org, version_key, num, tenant, place, os_fold)
    WHERE removed IS NULL;
CREATE INDEX device_by_place ON device (place, name_fold, num, removed)
    WHERE removed IS NULL AND place IS NOT NULL;
CREATE INDEX device_by_serial ON device (tenant, serial_fold)
    WHERE removed IS NULL AND serial_fold <> '';
CREATE INDEX device_present ON device (org, num) WHERE removed IS NULL AND present = 1;
CREATE INDEX device_pending ON device (org, num) WHERE removed IS NULL AND approval = 'pending';
CREATE INDEX device_expected ON device (tenant, name_fold) WHERE removed IS NULL AND key IS NULL;
CREATE INDEX device_unattended ON device (org, num) WHERE removed IS NULL AND unattended = 1;
CREATE INDEX device_removed ON device (removed) WHERE removed IS NOT NULL;

-- Any three letters in a row, so that a part of a word is found; the texts themselves stay in
-- `device`. Texts come in folded.
CREATE VIRTUAL TABLE device_text USING fts5 (
    text, content = '', columnsize = 0, detail = none, tokenize = 'trigram case_sensitive 1'
);
CREATE TRIGGER device_text_new AFTER INSERT ON device BEGIN
    INSERT INTO device_text (rowid, text)
        VALUES (new.num, new.name_fold || char(10) || new.words);
END;
CREATE TRIGGER device_text_change AFTER UPDATE OF name_fold, words ON device
    WHEN old.name_fold <> new.name_fold OR old.words <> new.words BEGIN
    INSERT INTO device_text (device_text, rowid, text)
        VALUES ('delete', old.num, old.name_fold || char(10) || old.words);
    INSERT INTO device_text (rowid, text)
        VALUES (new.num, new.name_fold || char(10) || new.words);
END;
CREATE TRIGGER device_text_gone AFTER DELETE ON device BEGIN
    INSERT INTO device_text (device_text, rowid, text)
        VALUES ('delete', old.num, old.name_fold || char(10) || old.words);
END;
INSERT INTO device_text (rowid, text) SELECT num, name_fold || char(10) || words FROM device;

-- Tags: one vocabulary per organisation.
CREATE TABLE tag (
    num       INTEGER PRIMARY KEY AUTOINCREMENT,
    org       BLOB NOT NULL REFERENCES org (id),
    name      TEXT NOT NULL,
    name_fold TEXT NOT NULL,
    UNIQUE (org, name_fold)
) STRICT;
CREATE TABLE device_tag (
    tag    INTEGER NOT NULL REFERENCES tag (num) ON DELETE CASCADE,
    device INTEGER NOT NULL REFERENCES device (num) ON DELETE CASCADE,
    PRIMARY KEY (tag, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_tag_of ON device_tag (device, tag);

-- Custom fields, and their values. A number stands in `amount` too, so that it sorts.
CREATE TABLE field (
    num     INTEGER PRIMARY KEY AUTOINCREMENT,
    org     BLOB NOT NULL REFERENCES org (id),
    key     TEXT NOT NULL,
    label   TEXT NOT NULL,
    kind    TEXT NOT NULL CHECK (kind IN ('text', 'number', 'date', 'choice')),
    -- One choice a line.
    choices TEXT NOT NULL DEFAULT '',
    UNIQUE (org, key)
) STRICT;
CREATE TABLE device_field (
    field      INTEGER NOT NULL REFERENCES field (num) ON DELETE CASCADE,
    device     INTEGER NOT NULL REFERENCES device (num) ON DELETE CASCADE,
    value      TEXT NOT NULL,
    value_fold TEXT NOT NULL,
    amount     REAL,
    PRIMARY KEY (device, field)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_field_value ON device_field (field, value_fold, device);
CREATE INDEX device_field_amount ON device_field (field, amount, device) WHERE amount IS NOT NULL;

-- Saved searches are groups that fill themselves. A shared one is everybody's to use.
CREATE TABLE saved_search (
    id        BLOB PRIMARY KEY CHECK (length(id) = 16),
    org       BLOB NOT NULL REFERENCES org (id),
    owner     BLOB NOT NULL REFERENCES account (id),
    shared    INTEGER NOT NULL CHECK (shared IN (0, 1)),
    name      TEXT NOT NULL,
    name_fold TEXT NOT NULL,
    query     TEXT NOT NULL,
    created   INTEGER NOT NULL,
    UNIQUE (org, owner, name_fold)
) STRICT;

-- Acts on many devices: what was previewed, what ran, and what has to be known to undo it.
CREATE TABLE bulk (
    id      BLOB PRIMARY KEY CHECK (length(id) = 16),
    org     BLOB NOT NULL REFERENCES org (id),
    -- Who previewed it and alone may run it; none for the operator on the command line.
    account BLOB REFERENCES account (id),
    act     TEXT NOT NULL,
    made    INTEGER NOT NULL,
    ran     INTEGER,
    undone  INTEGER,
    count   INTEGER NOT NULL,
    digest  BLOB NOT NULL CHECK (length(digest) = 32)
) STRICT;
CREATE INDEX bulk_by_time ON bulk (org, made);
CREATE TABLE bulk_item (
    bulk    BLOB NOT NULL REFERENCES bulk (id) ON DELETE CASCADE,
    device  INTEGER NOT NULL REFERENCES device (num) ON DELETE CASCADE,
    -- Whether running changed it, and how it was before.
    changed INTEGER NOT NULL DEFAULT 0 CHECK (changed IN (0, 1)),
    before  TEXT,
    PRIMARY KEY (bulk, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX bulk_item_of ON bulk_item (device);

-- How many devices each customer has, kept with every change: counting a million takes too long.
CREATE TABLE device_count (
    tenant   BLOB PRIMARY KEY REFERENCES tenant (id) ON DELETE CASCADE,
    org      BLOB NOT NULL REFERENCES org (id),
    devices  INTEGER NOT NULL DEFAULT 0,
    present  INTEGER NOT NULL DEFAULT 0,
    pending  INTEGER NOT NULL DEFAULT 0,
    expected INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX device_count_org ON device_count (org);
CREATE TRIGGER device_count_tenant AFTER INSERT ON tenant BEGIN
    INSERT INTO device_count (tenant, org) VALUES (new.id, new.org);
END;
CREATE TRIGGER device_count_new AFTER INSERT ON device WHEN new.removed IS NULL BEGIN
    UPDATE device_count SET devices = devices + 1, present = present + new.present,
        pending = pending + (new.approval = 'pending'), expected = expected + (new.key IS NULL)
        WHERE tenant = new.tenant;
END;
CREATE TRIGGER device_count_gone AFTER DELETE ON device WHEN old.removed IS NULL BEGIN
    UPDATE device_count SET devices = devices - 1, present = present - old.present,
        pending = pending - (old.approval = 'pending'), expected = expected - (old.key IS NULL)
        WHERE tenant = old.tenant;
END;
CREATE TRIGGER device_count_change AFTER UPDATE OF tenant, key, approval, removed, present ON device
    WHEN old.tenant <> new.tenant OR old.key IS NOT new.key OR old.approval <> new.approval
        OR old.removed IS NOT new.removed OR old.present <> new.present BEGIN
    UPDATE device_count SET devices = devices - 1, present = present - old.present,
        pending = pending - (old.approval = 'pending'), expected = expected - (old.key IS NULL)
        WHERE tenant = old.tenant AND old.removed IS NULL;
    UPDATE device_count SET devices = devices + 1, present = present + new.present,
        pending = pending + (new.approval = 'pending'), expected = expected + (new.key IS NULL)
        WHERE tenant = new.tenant AND new.removed IS NULL;
END;
INSERT INTO device_count (tenant, org, devices, pending)
    SELECT t.id, t.org, (SELECT count(*) FROM device d WHERE d.tenant = t.id),
        (SELECT count(*) FROM device d WHERE d.tenant = t.id AND d.approval = 'pending')
    FROM tenant t;
