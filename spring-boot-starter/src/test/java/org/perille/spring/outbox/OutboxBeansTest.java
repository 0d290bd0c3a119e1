package org.perille.spring.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.perille.Message;
import org.perille.Outbox;
import org.perille.Topic;
import org.perille.spring.PerilleAutoConfiguration;
import org.perille.spring.SpringOutbox;
import org.perille.spring.outbox.OutboxApplication.Invoice;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.JdbcTemplate;

class OutboxBeansTest {
  private static final Topic<Invoice> INVOICES =
      Topic.of("invoices", Invoice.class).keyedBy(Invoice::customer).withPartitions(1);

  /** Without an annotation, so that the scan of the other tests' components doesn't find it. */
  static class Topics {
    @Bean
    Topic<Invoice> invoices() {
      return INVOICES;
    }
  }

  static class OwnOutbox extends Topics {
    @Bean
    Outbox shopOutbox(DataSource dataSource) {
      return Outbox.of(dataSource).named("shop");
    }
  }

  private static ApplicationContextRunner application(String database) {
    return new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                DataSourceAutoConfiguration.class,
                DataSourceTransactionManagerAutoConfiguration.class,
                PerilleAutoConfiguration.class))
        .withPropertyValues("spring.datasource.url=jdbc:h2:mem:" + database);
  }

  @Test
  void without_the_setting_there_is_no_outbox_and_no_table() {
    application("no-outbox")
        .withUserConfiguration(Topics.class)
        .run(
            context -> {
              assertThat(context)
                  .hasNotFailed()
                  .doesNotHaveBean(Outbox.class)
                  .doesNotHaveBean(SpringOutbox.class);
              assertThat(
                      new JdbcTemplate(context.getBean(DataSource.class))
                          .queryForList("SELECT table_name FROM information_schema.tables"))
                  .noneMatch(
                      row -> row.toString().toLowerCase(Locale.ROOT).contains("perille_outbox"));
            });
  }

  @Test
  void an_outbox_of_the_application_is_registered_with_the_node() {
    application("own-outbox")
        .withUserConfiguration(OwnOutbox.class)
        .run(
            context -> {
              assertThat(context).hasNotFailed().doesNotHaveBean(SpringOutbox.class);
              context
                  .getBean(Outbox.class)
                  .publish(INVOICES, Message.of(new Invoice("anna", "o-1")));
            });
  }

  @Test
  void with_the_setting_the_application_s_outbox_is_the_one_in_transactions() {
    application("own-outbox-in-transactions")
        .withUserConfiguration(OwnOutbox.class)
        .withPropertyValues("perille.spring.outbox=true")
        .run(
            context -> {
              assertThat(context).hasNotFailed().hasSingleBean(SpringOutbox.class);
              assertThat(context.getBean(Outbox.class).name()).isEqualTo("shop");
            });
  }
}
