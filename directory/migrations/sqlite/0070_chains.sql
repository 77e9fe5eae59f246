-- A chain of its own for each organisation (its own acts) and each tenant (its devices' acts).
-- Records from before stay in their organisation's chain, byte for byte.

CREATE TABLE chain (
    -- The organisation's or the tenant's id.
    id     BLOB PRIMARY KEY CHECK (length(id) = 16),
    org    BLOB NOT NULL REFERENCES org (id),
    -- A tenant that is gone leaves its chain behind, so this refers to nothing.
    tenant BLOB,
    -- Where the chain ends, so that a record cut off the end is noticed.
    seq    INTEGER NOT NULL DEFAULT 0,
    hash   BLOB NOT NULL DEFAULT (zeroblob(32)) CHECK (length(hash) = 32),
    CHECK (id = coalesce(tenant, org))
) STRICT;
CREATE INDEX chain_by_org ON chain (org);

INSERT INTO chain (id, org, tenant, seq, hash)
SELECT id, id, NULL, chain_seq, chain_hash FROM org;

-- `body` is chained exactly as written; `personal` stands beside the chain, named in the body by
-- a salted digest. What lies between `seq` and `prev` only repeats the body, to search by.
CREATE TABLE record (
    -- Rises in the order of commit, over all chains.
    number   INTEGER PRIMARY KEY,
    org      BLOB NOT NULL REFERENCES org (id),
    chain    BLOB NOT NULL REFERENCES chain (id),
    seq      INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    device   BLOB,
    actor    BLOB,
    subject  BLOB,
    prev     BLOB NOT NULL CHECK (length(prev) = 32),
    hash     BLOB NOT NULL CHECK (length(hash) = 32),
    body     BLOB NOT NULL,
    personal TEXT,
    UNIQUE (chain, seq)
) STRICT;

INSERT INTO record (org, chain, seq, at, kind, device, actor, subject, prev, hash, body, personal)
SELECT org, org, seq,
       json_extract(said, '$.at'),
       json_extract(said, '$.event.did'),
       unhex(replace(coalesce(json_extract(said, '$.event.device'),
                              json_extract(said, '$.actor.device')), '-', '')),
       unhex(replace(json_extract(said, '$.actor.account'), '-', '')),
       unhex(replace(json_extract(said, '$.event.account'), '-', '')),
       prev, hash, body, personal
FROM (SELECT *, CAST(body AS TEXT) AS said FROM audit)
ORDER BY org, seq;

CREATE INDEX record_by_org ON record (org, number);
CREATE INDEX record_by_device ON record (device, number) WHERE device IS NOT NULL;
CREATE INDEX record_by_actor ON record (actor, number) WHERE actor IS NOT NULL;
CREATE INDEX record_by_subject ON record (subject, number) WHERE subject IS NOT NULL;
CREATE INDEX record_by_kind ON record (org, kind, number);
CREATE INDEX record_by_chain_time ON record (chain, at);

DROP TABLE audit;
-- org.chain_seq and org.chain_hash stay, and nothing reads them: the engine cannot take away a
-- last column that a comment stands before.
