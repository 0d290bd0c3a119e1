ALTER TABLE "perille_journal" ALTER COLUMN "persistence_id" VARCHAR(1000) NOT NULL;

ALTER TABLE "perille_snapshot" ALTER COLUMN "persistence_id" VARCHAR(1000) NOT NULL;
