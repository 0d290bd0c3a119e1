ALTER TABLE perille_journal ALTER COLUMN persistence_id TYPE VARCHAR(1000);

ALTER TABLE perille_snapshot ALTER COLUMN persistence_id TYPE VARCHAR(1000);
