-- Where an organisation wants to be told what happens, and what has to be told there yet.
CREATE TABLE webhook (
    id      BLOB PRIMARY KEY CHECK (length(id) = 16),
    org     BLOB NOT NULL REFERENCES org (id),
    url     TEXT NOT NULL,
    -- Kinds of events, with spaces.
    events  TEXT NOT NULL,
    -- Sealed with the key of the vault, for this row.
    secret  BLOB NOT NULL,
    created INTEGER NOT NULL,
    -- Number of the last record that was looked at for it.
    told    INTEGER NOT NULL,
    -- Events that found no room in its queue.
    missed  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX webhook_by_org ON webhook (org, created);

CREATE TABLE delivery (
    id       BLOB PRIMARY KEY CHECK (length(id) = 16),
    webhook  BLOB NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    kind     TEXT NOT NULL,
    body     TEXT NOT NULL,
    made     INTEGER NOT NULL,
    tries    INTEGER NOT NULL DEFAULT 0,
    -- When to try next; absent once it was taken or given up.
    due      INTEGER,
    -- When the last try ended, and how: a status, or a sentence.
    tried    INTEGER,
    status   INTEGER,
    why      TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX delivery_due ON delivery (webhook, due) WHERE due IS NOT NULL;
CREATE INDEX delivery_of ON delivery (webhook, made, id);
