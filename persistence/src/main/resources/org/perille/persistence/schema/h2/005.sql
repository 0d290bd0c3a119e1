-- The durable subscriptions of each topic, from their first start on. former_names has commas between.
CREATE TABLE IF NOT EXISTS perille_subscription (
  topic VARCHAR(100) NOT NULL,
  stored_name VARCHAR(100) NOT NULL,
  name VARCHAR(100) NOT NULL,
  former_names VARCHAR(100000) NOT NULL,
  kind VARCHAR(100) NOT NULL,
  guarantee VARCHAR(100) NOT NULL,
  cursor_place VARCHAR(2000) NOT NULL,
  first_seen TIMESTAMP WITH TIME ZONE NOT NULL,
  last_seen TIMESTAMP WITH TIME ZONE NOT NULL,
  removed_at TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (topic, stored_name)
);
