-- API tokens: what a person lets a program do in their place, never more than they may themselves.
CREATE TABLE api_token (
    id         BLOB PRIMARY KEY CHECK (length(id) = 16),
    org        BLOB NOT NULL REFERENCES org (id),
    account    BLOB NOT NULL REFERENCES account (id),
    name       TEXT NOT NULL,
    secret     BLOB NOT NULL UNIQUE CHECK (length(secret) = 32),
    reach      INTEGER NOT NULL CHECK (reach IN (0, 1)),
    -- Names of actions, with commas.
    actions    TEXT NOT NULL,
    place_kind TEXT NOT NULL CHECK (place_kind IN ('org', 'tenant', 'node')),
    place      BLOB CHECK (length(place) = 16),
    created    INTEGER NOT NULL,
    expires    INTEGER NOT NULL,
    last_used  INTEGER,
    CHECK ((place_kind = 'org') = (place IS NULL))
) STRICT;
CREATE INDEX api_token_of ON api_token (account, created);
