-- How long the pictures of a session took, as its viewer told last: JSON of counts since the session
-- began, so that the same told twice counts once.
CREATE TABLE session_latency (
    session BLOB PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
    counts  TEXT NOT NULL
) STRICT;
