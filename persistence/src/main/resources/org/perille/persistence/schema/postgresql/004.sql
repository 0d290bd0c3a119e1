CREATE SEQUENCE IF NOT EXISTS perille_node_number;

-- One row for each node that uses this database, of whatever cluster.
CREATE TABLE IF NOT EXISTS perille_node (
  number BIGINT PRIMARY KEY,
  cluster BIGINT NOT NULL,
  address VARCHAR(500) NOT NULL,
  uid BIGINT NOT NULL,
  roles VARCHAR NOT NULL,
  version VARCHAR(100) NOT NULL,
  interval_millis BIGINT NOT NULL,
  started TIMESTAMP WITH TIME ZONE NOT NULL,
  counted TIMESTAMP WITH TIME ZONE NOT NULL,
  count BIGINT NOT NULL
);
