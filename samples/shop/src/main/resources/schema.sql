CREATE TABLE IF NOT EXISTS orders (
  id VARCHAR(50) PRIMARY KEY,
  customer VARCHAR(50) NOT NULL,
  item VARCHAR(100) NOT NULL,
  price INT NOT NULL,
  placed_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
);
-- Not unique: nothing but its subscription keeps an order from being paid twice.
CREATE TABLE IF NOT EXISTS payments (order_id VARCHAR(50) NOT NULL, amount INT NOT NULL);
CREATE INDEX IF NOT EXISTS payments_order ON payments (order_id);
CREATE TABLE IF NOT EXISTS mails (order_id VARCHAR(50) NOT NULL, text VARCHAR(500) NOT NULL);
CREATE INDEX IF NOT EXISTS mails_order ON mails (order_id);
