CREATE TABLE perille_journal (
  ordering BIGSERIAL,
  deleted BOOLEAN DEFAULT FALSE NOT NULL,
  persistence_id VARCHAR(255) NOT NULL,
  sequence_number BIGINT NOT NULL,
  writer VARCHAR(255) NOT NULL,
  write_timestamp BIGINT,
  adapter_manifest VARCHAR(255),
  event_payload BYTEA NOT NULL,
  event_ser_id INTEGER NOT NULL,
  event_ser_manifest VARCHAR(255) NOT NULL,
  meta_payload BYTEA,
  meta_ser_id INTEGER,
  meta_ser_manifest VARCHAR(255),
  PRIMARY KEY (persistence_id, sequence_number)
);

CREATE UNIQUE INDEX perille_journal_ordering_idx ON perille_journal (ordering);

CREATE TABLE perille_snapshot (
  persistence_id VARCHAR(255) NOT NULL,
  sequence_number BIGINT NOT NULL,
  created BIGINT NOT NULL,
  snapshot_ser_id INTEGER NOT NULL,
  snapshot_ser_manifest VARCHAR(255) NOT NULL,
  snapshot_payload BYTEA NOT NULL,
  meta_ser_id INTEGER,
  meta_ser_manifest VARCHAR(255),
  meta_payload BYTEA,
  PRIMARY KEY (persistence_id, sequence_number)
);

CREATE TABLE perille_topic (
  name VARCHAR(100) PRIMARY KEY,
  partitions INTEGER NOT NULL
);
