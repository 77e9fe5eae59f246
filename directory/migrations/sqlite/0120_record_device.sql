-- Devices that a record names beside the one in `record.device`: acts on many name up to 250.
CREATE TABLE record_device (
    device BLOB NOT NULL,
    number INTEGER NOT NULL REFERENCES record (number) ON DELETE CASCADE,
    PRIMARY KEY (device, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_device_of ON record_device (number);
