-- Who gave whom the means to decide, so that nobody says yes to themselves in another's name: an
-- account or a new way to sign in, a place in a group, wider rights of a role. What the operator at
-- the directory's machine gave has no name, and ties nobody.
CREATE TABLE credential_given (
    account  BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    given_by BLOB NOT NULL CHECK (length(given_by) = 16),
    at       INTEGER NOT NULL,
    PRIMARY KEY (account, given_by)
) STRICT, WITHOUT ROWID;
CREATE INDEX credential_given_by ON credential_given (given_by, at);
ALTER TABLE group_member ADD COLUMN joined INTEGER;
ALTER TABLE group_member ADD COLUMN joined_by BLOB CHECK (length(joined_by) = 16);
ALTER TABLE role ADD COLUMN changed INTEGER;
ALTER TABLE role ADD COLUMN changed_by BLOB CHECK (length(changed_by) = 16);
-- A link that somebody made is void once they are disabled or removed.
ALTER TABLE password_link ADD COLUMN made_by BLOB CHECK (length(made_by) = 16);
