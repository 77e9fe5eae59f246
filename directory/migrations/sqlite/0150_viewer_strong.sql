-- Whether the person showed a second factor when the viewer was signed in. Of those before, nobody
-- knows: where a factor is asked for, they are signed in again.
ALTER TABLE viewer ADD COLUMN strong INTEGER NOT NULL DEFAULT 0;
