-- How people prove who they are: console sessions that can be listed, second factors, links that
-- set a password.

-- Whoever is signed in has to sign in again after this: the old rows say neither how a person
-- proved themselves nor when.
DROP TABLE web_session;
CREATE TABLE web_session (
    id        BLOB PRIMARY KEY CHECK (length(id) = 16),
    token     BLOB NOT NULL UNIQUE CHECK (length(token) = 32),
    org       BLOB NOT NULL REFERENCES org (id),
    account   BLOB NOT NULL REFERENCES account (id),
    created   INTEGER NOT NULL,
    last_used INTEGER NOT NULL,
    -- The end that use does not put off.
    expires   INTEGER NOT NULL,
    address   TEXT NOT NULL,
    browser   TEXT NOT NULL,
    -- With what, and when last: dangerous acts ask for a fresh proof.
    proved    TEXT NOT NULL CHECK (proved IN ('password', 'code', 'passkey', 'recovery_code')),
    proved_at INTEGER NOT NULL
) STRICT;
CREATE INDEX web_session_of ON web_session (account, last_used);

-- An authenticator app. The secret is sealed with a key that is not in this database.
CREATE TABLE totp (
    account   BLOB PRIMARY KEY REFERENCES account (id),
    org       BLOB NOT NULL REFERENCES org (id),
    secret    BLOB NOT NULL,
    created   INTEGER NOT NULL,
    -- The newest time step that a code was taken from: a code works once.
    last_step INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE passkey (
    id            BLOB PRIMARY KEY CHECK (length(id) = 16),
    org           BLOB NOT NULL REFERENCES org (id),
    account       BLOB NOT NULL REFERENCES account (id),
    name          TEXT NOT NULL,
    credential_id BLOB NOT NULL UNIQUE,
    -- Public key, counter and flags, as the library keeps them.
    credential    TEXT NOT NULL,
    created       INTEGER NOT NULL,
    last_used     INTEGER
) STRICT;
CREATE INDEX passkey_of ON passkey (account, created);

CREATE TABLE recovery_code (
    account BLOB NOT NULL REFERENCES account (id),
    digest  BLOB NOT NULL CHECK (length(digest) = 32),
    used    INTEGER,
    PRIMARY KEY (account, digest)
) STRICT, WITHOUT ROWID;

-- A link with which a person sets a password: the first one, or a new one. One per person.
CREATE TABLE password_link (
    account BLOB PRIMARY KEY REFERENCES account (id),
    org     BLOB NOT NULL REFERENCES org (id),
    kind    TEXT NOT NULL CHECK (kind IN ('invitation', 'reset')),
    secret  BLOB NOT NULL UNIQUE CHECK (length(secret) = 32),
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What an organisation asks of everybody who signs in; without a row, the built-in values hold.
CREATE TABLE sign_in_rules (
    org        BLOB PRIMARY KEY REFERENCES org (id),
    -- Whether a second factor is needed.
    factor     INTEGER NOT NULL CHECK (factor IN (0, 1)),
    -- Seconds without use after which a console session ends, and seconds after which it ends
    -- whatever happens.
    idle       INTEGER NOT NULL CHECK (idle > 0),
    life       INTEGER NOT NULL CHECK (life >= idle)
) STRICT, WITHOUT ROWID;

-- Customers whose devices may only be reached by people with a second factor.
CREATE TABLE tenant_factor (
    tenant BLOB PRIMARY KEY REFERENCES tenant (id),
    org    BLOB NOT NULL REFERENCES org (id)
) STRICT, WITHOUT ROWID;
