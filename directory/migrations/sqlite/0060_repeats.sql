-- Requests that a program may send again (`Idempotency-Key`), each with its sealed answer once there
-- is one. Rows go after a day.
CREATE TABLE repeat (
    caller  BLOB NOT NULL CHECK (length(caller) = 16),
    key     BLOB NOT NULL CHECK (length(key) = 32),
    request BLOB NOT NULL CHECK (length(request) = 32),
    created INTEGER NOT NULL,
    answer  BLOB,
    PRIMARY KEY (caller, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX repeat_by_time ON repeat (created);
