-- One row for each lease. The holder increases the version. An empty owner means that it is free.
CREATE TABLE IF NOT EXISTS perille_lease (
  name VARCHAR(200) PRIMARY KEY,
  owner VARCHAR(600) NOT NULL,
  version BIGINT NOT NULL
);

-- The address of the node that has marked the entry as DOWNED.
ALTER TABLE perille_node ADD COLUMN IF NOT EXISTS downed_by VARCHAR(500) NOT NULL DEFAULT '';
