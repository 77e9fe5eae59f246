-- How far each organisation's hosts have told what a restored database forgot, without a hole: lists
-- are signed for one organisation, and one that is full says nothing of another's.
CREATE TABLE epoch_learned (
    -- Of the gap that begins after this epoch.
    after   INTEGER NOT NULL,
    org     BLOB NOT NULL REFERENCES org (id),
    learned INTEGER NOT NULL,
    PRIMARY KEY (after, org)
) STRICT, WITHOUT ROWID;
