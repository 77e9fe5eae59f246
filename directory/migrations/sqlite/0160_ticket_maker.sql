-- Who made a ticket: it works as long as they may make it. Absent for the operator at the directory's
-- machine and for tickets of earlier versions.
ALTER TABLE ticket ADD COLUMN made_by BLOB CHECK (length(made_by) = 16);
