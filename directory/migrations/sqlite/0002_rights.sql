-- Who may do what and where. Built-in roles are in the program; own ones are rows here. An
-- assignment gives one role at one place to one person or to one group of people.

CREATE TABLE role (
    id         BLOB PRIMARY KEY CHECK (length(id) = 16),
    org        BLOB NOT NULL REFERENCES org (id),
    name       TEXT NOT NULL,
    name_fold  TEXT NOT NULL,
    reach      INTEGER NOT NULL CHECK (reach IN (0, 1)),
    -- Names of rights inside a session, with commas.
    scopes     TEXT NOT NULL,
    unattended INTEGER NOT NULL CHECK (unattended IN (0, 1)),
    -- Names of actions, with commas.
    actions    TEXT NOT NULL,
    created    INTEGER NOT NULL,
    UNIQUE (org, name_fold)
) STRICT;

CREATE TABLE user_group (
    id        BLOB PRIMARY KEY CHECK (length(id) = 16),
    org       BLOB NOT NULL REFERENCES org (id),
    name      TEXT NOT NULL,
    name_fold TEXT NOT NULL,
    created   INTEGER NOT NULL,
    UNIQUE (org, name_fold)
) STRICT;

CREATE TABLE group_member (
    user_group BLOB NOT NULL REFERENCES user_group (id) ON DELETE CASCADE,
    account    BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    PRIMARY KEY (user_group, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_member_by_account ON group_member (account);

CREATE TABLE assignment (
    id         BLOB PRIMARY KEY CHECK (length(id) = 16),
    org        BLOB NOT NULL REFERENCES org (id),
    account    BLOB REFERENCES account (id) ON DELETE CASCADE,
    user_group BLOB REFERENCES user_group (id) ON DELETE CASCADE,
    builtin    TEXT,
    role       BLOB REFERENCES role (id),
    place_kind TEXT NOT NULL CHECK (place_kind IN ('org', 'tenant', 'node')),
    -- Which tenant or node.
    place      BLOB CHECK (length(place) = 16),
    starts     INTEGER,
    ends       INTEGER,
    -- Weekly hours as text, where it holds only then.
    hours      TEXT,
    created    INTEGER NOT NULL,
    created_by BLOB,
    CHECK ((account IS NULL) <> (user_group IS NULL)),
    CHECK ((builtin IS NULL) <> (role IS NULL)),
    CHECK ((place_kind = 'org') = (place IS NULL))
) STRICT;
CREATE INDEX assignment_by_account ON assignment (account) WHERE account IS NOT NULL;
CREATE INDEX assignment_by_group ON assignment (user_group) WHERE user_group IS NOT NULL;
CREATE INDEX assignment_by_place ON assignment (org, place_kind, place);

-- Until now every account could do everything.
INSERT INTO assignment (id, org, account, builtin, place_kind, created)
SELECT id, org, id, 'owner', 'org', created FROM account;
