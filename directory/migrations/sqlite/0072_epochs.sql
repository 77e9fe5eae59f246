-- The policy epoch rises with everything that takes a right away or gives it back, so that hosts
-- can remember how much they have seen and notice a directory that has forgotten.

CREATE TABLE policy_epoch (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    epoch INTEGER NOT NULL
) STRICT;
INSERT INTO policy_epoch (one, epoch) VALUES (1, 0);

CREATE TABLE revocation (
    epoch   INTEGER PRIMARY KEY,
    org     BLOB NOT NULL REFERENCES org (id),
    at      INTEGER NOT NULL,
    -- What was revoked, as JSON, in the words of the hosts' interface.
    what    TEXT NOT NULL,
    -- Given back, not taken away.
    lifted  INTEGER NOT NULL CHECK (lifted IN (0, 1))
) STRICT;
CREATE INDEX revocation_by_org ON revocation (org, epoch);

-- Epochs that a restored database does not remember: above `after` and below `until`. Hosts that
-- saw some of them tell, up to `learned` so far.
CREATE TABLE epoch_gap (
    after   INTEGER PRIMARY KEY,
    until   INTEGER NOT NULL,
    learned INTEGER NOT NULL
) STRICT;
