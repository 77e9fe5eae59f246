-- Written and emptied again to see whether there is room.
CREATE TABLE trial (
    body BLOB NOT NULL
) STRICT;
