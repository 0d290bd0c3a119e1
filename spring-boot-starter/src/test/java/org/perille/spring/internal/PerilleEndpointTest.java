package org.perille.spring.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.perille.Outbox;
import org.perille.PerilleMessage;
import org.perille.Topic;
import org.perille.spring.PerilleAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DelegatingDataSource;

class PerilleEndpointTest {
  record Invoice(String customer, String id) implements PerilleMessage {}

  private static final AtomicBoolean UNREACHABLE = new AtomicBoolean();

  @Configuration(proxyBeanMethods = false)
  static class Invoices {
    @Bean
    Topic<Invoice> invoices() {
      return Topic.of("invoices", Invoice.class).keyedBy(Invoice::customer).withPartitions(1);
    }

    @Bean
    Outbox shop(DataSource dataSource) {
      return Outbox.of(
              new DelegatingDataSource(dataSource) {
                @Override
                public Connection getConnection() throws SQLException {
                  if (UNREACHABLE.get()) {
                    throw new SQLException("the database is unreachable", "08001");
                  }
                  return super.getConnection();
                }
              })
          .named("shop");
    }
  }

  @SuppressWarnings("unchecked") // as the endpoint makes it
  private static Map<String, Object> outbox(PerilleEndpoint endpoint) {
    List<Map<String, Object>> outboxes =
        (List<Map<String, Object>>) endpoint.read().get("outboxes");
    assertThat(outboxes).hasSize(1);
    return outboxes.get(0);
  }

  @Test
  void the_endpoint_shows_the_state_of_each_outbox() {
    new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                DataSourceAutoConfiguration.class,
                PerilleAutoConfiguration.class,
                PerilleEndpointAutoConfiguration.class))
        .withUserConfiguration(Invoices.class)
        .withPropertyValues(
            "spring.datasource.url=jdbc:h2:mem:endpoint",
            "management.endpoints.web.exposure.include=perille")
        .run(
            context -> {
              PerilleEndpoint endpoint = context.getBean(PerilleEndpoint.class);
              assertThat(outbox(endpoint))
                  .containsEntry("name", "shop")
                  .containsEntry("waiting", 0L)
                  .containsEntry("age", "PT0S")
                  .containsEntry("deadLetters", 0L);

              // The topic's key of it is another one, so it is a dead letter, and holds its key.
              JdbcTemplate jdbc = new JdbcTemplate(context.getBean(DataSource.class));
              for (String id : List.of("i-1", "i-2")) {
                jdbc.queryForList(
                    "SELECT perille_publish('invoices', 'bert', '{\"customer\": \"anna\", \"id\": \"%s\"}', NULL, NULL)"
                        .formatted(id));
              }
              await()
                  .atMost(Duration.ofMinutes(5))
                  .untilAsserted(
                      () ->
                          assertThat(outbox(endpoint))
                              .containsEntry("waiting", 0L)
                              .containsEntry("deadLetters", 1L)
                              .containsEntry("parked", 1L)
                              .hasEntrySatisfying(
                                  "node", node -> assertThat((String) node).contains("pekko://")));

              UNREACHABLE.set(true);
              try {
                assertThat(outbox(endpoint))
                    .containsOnlyKeys("name", "error")
                    .hasEntrySatisfying(
                        "error", error -> assertThat((String) error).isNotEqualTo("null"));
              } finally {
                UNREACHABLE.set(false);
              }
            });
  }
}
