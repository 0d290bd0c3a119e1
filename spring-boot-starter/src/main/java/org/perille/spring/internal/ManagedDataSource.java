package org.perille.spring.internal;

import javax.sql.DataSource;
import org.perille.ConfigurationException;
import org.springframework.beans.BeanWrapperImpl;
import org.springframework.transaction.PlatformTransactionManager;

/** The {@code DataSource} that a transaction manager uses. */
public final class ManagedDataSource {
  private ManagedDataSource() {}

  /**
   * Returns it. The managers for JDBC and JPA have it as a property.
   *
   * @throws ConfigurationException if the manager has none
   */
  public static DataSource of(PlatformTransactionManager manager) {
    BeanWrapperImpl properties = new BeanWrapperImpl(manager);
    if (properties.isReadableProperty("dataSource")
        && properties.getPropertyValue("dataSource") instanceof DataSource known) {
      return known;
    }
    throw new ConfigurationException(
        "the transaction manager %s has no DataSource: handlers and the outbox need one for JDBC or JPA. For handlers you can declare a bean with SpringTransactions.of(transactionManager, dataSource)"
            .formatted(manager));
  }
}
