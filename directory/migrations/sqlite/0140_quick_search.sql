-- What searching a million devices showed.

-- Who is here now was heard later than anybody who went, so presence is the first half of that
-- order: those who went stand together, however many are present.
DROP INDEX device_by_heard;
CREATE INDEX device_by_heard ON device (org, present, heard, num, tenant, place, os_fold, removed)
    WHERE removed IS NULL;

-- Everything that a customer's devices are ordered by, in one place: the devices of a customer are
-- put in any order by reading this index alone.
DROP INDEX device_by_tenant;
CREATE INDEX device_by_tenant ON device (tenant, name_fold, num, place, os_fold, present, heard,
    created, version_key, removed) WHERE removed IS NULL;

-- The three letters from any letter on are known, also of the last two: words of one or two
-- letters are found as the beginning of three.
CREATE VIRTUAL TABLE device_grams USING fts5vocab (device_text, row);
DROP TRIGGER device_text_new;
DROP TRIGGER device_text_change;
DROP TRIGGER device_text_gone;
INSERT INTO device_text (device_text) VALUES ('delete-all');
INSERT INTO device_text (rowid, text)
    SELECT num, name_fold || char(10) || words || char(10, 10) FROM device;
CREATE TRIGGER device_text_new AFTER INSERT ON device BEGIN
    INSERT INTO device_text (rowid, text)
        VALUES (new.num, new.name_fold || char(10) || new.words || char(10, 10));
END;
CREATE TRIGGER device_text_change AFTER UPDATE OF name_fold, words ON device
    WHEN old.name_fold <> new.name_fold OR old.words <> new.words BEGIN
    INSERT INTO device_text (device_text, rowid, text)
        VALUES ('delete', old.num, old.name_fold || char(10) || old.words || char(10, 10));
    INSERT INTO device_text (rowid, text)
        VALUES (new.num, new.name_fold || char(10) || new.words || char(10, 10));
END;
CREATE TRIGGER device_text_gone AFTER DELETE ON device BEGIN
    INSERT INTO device_text (device_text, rowid, text)
        VALUES ('delete', old.num, old.name_fold || char(10) || old.words || char(10, 10));
END;
