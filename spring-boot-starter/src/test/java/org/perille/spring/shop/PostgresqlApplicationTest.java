package org.perille.spring.shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.perille.Publisher;
import org.perille.spring.PerilleDataSource;
import org.perille.spring.shop.ShopApplication.Order;
import org.perille.spring.shop.ShopApplication.Payments;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

class PostgresqlApplicationTest {
  private static EmbeddedPostgres server;

  @BeforeAll
  static void start() throws Exception {
    server =
        EmbeddedPostgres.builder()
            .setServerConfig("fsync", "off")
            .setServerConfig("full_page_writes", "off")
            .setServerConfig("synchronous_commit", "off")
            .start();
    new JdbcTemplate(server.getPostgresDatabase()).execute("CREATE DATABASE messages");
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  @Test
  void messages_cursors_and_effects_are_in_the_application_s_database() {
    try (ConfigurableApplicationContext context =
        new SpringApplicationBuilder(ShopApplication.class)
            .properties(
                "spring.main.web-application-type=none",
                "spring.datasource.url=" + server.getJdbcUrl("postgres", "postgres"),
                "spring.datasource.hikari.maximum-pool-size=20",
                "perille.storage.postgresql.sync=off")
            .run()) {
      @SuppressWarnings("unchecked") // the bean of the topic of orders
      Publisher<Order> orders = (Publisher<Order>) context.getBean("ordersPublisher");
      orders.publish(new Order("o-1", "anna", 5)).toCompletableFuture().join();
      Payments payments = context.getBean(Payments.class);
      await()
          .atMost(Duration.ofMinutes(2))
          .untilAsserted(() -> assertThat(payments.paid()).containsExactly("o-1"));
      JdbcTemplate jdbc = context.getBean(JdbcTemplate.class);
      assertThat(jdbc.queryForObject("SELECT count(*) FROM perille_journal", Long.class))
          .isPositive();
      assertThat(
              jdbc.queryForObject(
                  "SELECT sum(next_offset) FROM perille_cursor WHERE subscription = 'payment'",
                  Long.class))
          .isEqualTo(1);
    }
  }

  /** Without an annotation, so that the scan of the other tests' components doesn't find it. */
  static class SecondDatabase {
    @Bean(defaultCandidate = false)
    @PerilleDataSource
    DataSource messages() {
      return new DriverManagerDataSource(server.getJdbcUrl("postgres", "messages"));
    }
  }

  @Test
  void a_marked_datasource_is_the_one_for_messages_and_the_application_has_its_own() {
    try (ConfigurableApplicationContext context =
        new SpringApplicationBuilder(ShopApplication.class, SecondDatabase.class)
            .properties(
                "spring.main.web-application-type=none",
                "spring.datasource.url=jdbc:h2:mem:two",
                "perille.storage.postgresql.sync=off")
            .run()) {
      @SuppressWarnings("unchecked") // the bean of the topic of orders
      Publisher<Order> orders = (Publisher<Order>) context.getBean("ordersPublisher");
      orders.publish(new Order("o-2", "bert", 7)).toCompletableFuture().join();
      Payments payments = context.getBean(Payments.class);
      await()
          .atMost(Duration.ofMinutes(2))
          .untilAsserted(() -> assertThat(payments.paid()).containsExactly("o-2"));
      JdbcTemplate messages = new JdbcTemplate(context.getBean("messages", DataSource.class));
      assertThat(messages.queryForObject("SELECT count(*) FROM perille_journal", Long.class))
          .isPositive();
    }
  }
}
