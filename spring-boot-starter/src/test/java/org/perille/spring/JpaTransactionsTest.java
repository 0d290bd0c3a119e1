package org.perille.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Id;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.perille.Handler;
import org.perille.Subscription;
import org.perille.testkit.idempotence.IdempotenceCheck;
import org.perille.testkit.idempotence.IdempotenceReport;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.orm.jpa.vendor.HibernateJpaVendorAdapter;
import org.springframework.transaction.support.TransactionTemplate;

class JpaTransactionsTest {
  /** The database of the present run. */
  private static final DelegatingDataSource DATABASE =
      new DelegatingDataSource(new DriverManagerDataSource("jdbc:h2:mem:hibernate", "sa", ""));

  private static final LocalContainerEntityManagerFactoryBean HIBERNATE =
      new LocalContainerEntityManagerFactoryBean();

  private static EntityManagerFactory factory;
  private static JpaTransactionManager manager;

  /** A row of the effect. */
  @Entity(name = "paid")
  static class PaidRow {
    @Id String id;
    int amount;

    PaidRow() {}

    PaidRow(Paid paid) {
      id = paid.id();
      amount = paid.amount();
    }
  }

  @BeforeAll
  static void start() {
    HIBERNATE.setDataSource(DATABASE);
    HIBERNATE.setJpaVendorAdapter(new HibernateJpaVendorAdapter());
    HIBERNATE.setPackagesToScan(JpaTransactionsTest.class.getPackageName());
    HIBERNATE.setJpaPropertyMap(Map.of("hibernate.dialect", "org.hibernate.dialect.H2Dialect"));
    HIBERNATE.afterPropertiesSet();
    factory = HIBERNATE.getObject();
    manager = new JpaTransactionManager(factory);
    manager.afterPropertiesSet();
  }

  @AfterAll
  static void stop() {
    HIBERNATE.destroy();
  }

  private static IdempotenceCheck<Paid> check(Handler<Paid> handler) {
    return IdempotenceCheck.of(
            world -> {
              DATABASE.setTargetDataSource(world.dataSource());
              DataSource managed = manager.getDataSource();
              return Subscription.of("payment", Paid.TOPIC)
                  .effectivelyOnce(SpringTransactions.of(manager, managed).handler(handler));
            })
        .prepare(
            world ->
                world
                    .tables()
                    .execute(
                        "CREATE TABLE paid (id VARCHAR(50) PRIMARY KEY, amount INT CHECK (amount > 0))"))
        .effect(world -> world.tables().query("SELECT id, amount FROM paid ORDER BY id"));
  }

  @Test
  void jpa_takes_part_in_the_transaction_of_the_cursor() {
    EntityManager entities = SharedEntityManagerCreator.createSharedEntityManager(factory);
    TransactionTemplate service = new TransactionTemplate(manager);
    IdempotenceReport report =
        check(
                delivery ->
                    service.executeWithoutResult(
                        status -> entities.persist(new PaidRow(delivery.payload()))))
            .messages(new Paid("p-1", "anna", 5), new Paid("p-2", "bert", 7))
            .assertEffectivelyOnce();
    assertThat(report.crashPoints()).isGreaterThan(30);
  }

  @Test
  void jdbc_beside_jpa_takes_part_too() {
    EntityManager entities = SharedEntityManagerCreator.createSharedEntityManager(factory);
    check(
            delivery -> {
              entities.persist(new PaidRow(delivery.payload()));
              entities.flush();
              new JdbcTemplate(DATABASE)
                  .update(
                      "UPDATE paid SET amount = amount + 1 WHERE id = ?", delivery.payload().id());
            })
        .messages(new Paid("p-1", "anna", 5), new Paid("p-2", "bert", 7))
        .assertEffectivelyOnce();
  }

  @Test
  void what_only_the_flush_finds_fails_the_attempt() {
    EntityManager entities = SharedEntityManagerCreator.createSharedEntityManager(factory);
    IdempotenceCheck<Paid> check =
        check(delivery -> entities.persist(new PaidRow(delivery.payload())))
            .messages(new Paid("p-1", "anna", -5));
    assertThatThrownBy(check::assertEffectivelyOnce)
        .hasStackTraceContaining("Check constraint violation");
  }
}
