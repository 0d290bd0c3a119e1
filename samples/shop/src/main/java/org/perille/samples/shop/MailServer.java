package org.perille.samples.shop;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** A fake of another system, which keeps its mails in a table and knows no transaction. */
@Component
class MailServer {
  private static final Logger LOG = LoggerFactory.getLogger(MailServer.class);

  private final JdbcTemplate jdbc;

  MailServer(JdbcTemplate jdbc) {
    this.jdbc = jdbc;
  }

  String send(Order order) {
    String text = "Dear %s, thank you for ordering: %s".formatted(order.customer(), order.item());
    jdbc.update("INSERT INTO mails (order_id, text) VALUES (?, ?)", order.id(), text);
    LOG.info("{}", text);
    return "250 OK";
  }
}
