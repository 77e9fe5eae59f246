-- Whether a device has had its one chance to take the place of one that was expected under its serial
-- number: the first report with one after it was enrolled and approved. Those that are here have.
ALTER TABLE device ADD COLUMN settled INTEGER NOT NULL DEFAULT 1 CHECK (settled IN (0, 1));
