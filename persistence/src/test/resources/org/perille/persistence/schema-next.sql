-- A later version of the tables.
ALTER TABLE perille_topic ADD COLUMN comment VARCHAR(100) DEFAULT '' NOT NULL;

INSERT INTO perille_schema (version, format_version) VALUES (2, 1);
