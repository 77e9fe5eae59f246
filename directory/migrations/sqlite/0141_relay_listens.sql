-- Whether a relay listens now, for programs that are not the server. The server clears it when it
-- starts, and writes every half minute that it is alive.
ALTER TABLE relay ADD COLUMN listens INTEGER NOT NULL DEFAULT 0;
