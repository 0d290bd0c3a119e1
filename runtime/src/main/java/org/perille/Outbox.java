package org.perille;

import java.sql.Connection;
import java.util.List;
import javax.sql.DataSource;

/**
 * Publishing inside a transaction of the application's database.
 *
 * <p>An application that changes its own tables and publishes has two systems that a crash can
 * separate. An outbox stores the message in a table beside the application's, in the application's
 * transaction. A relay then publishes it to its topic.
 *
 * <pre>{@code
 * Outbox outbox = Outbox.of(dataSource);
 * Perille perille = Perille.start(config, orders, payment, outbox);
 *
 * try (Connection connection = outbox.dataSource().getConnection()) {
 *   connection.setAutoCommit(false);
 *   insert(connection, order);
 *   outbox.publish(connection, orders, order);
 *   connection.commit();
 * }
 * }</pre>
 *
 * <p><b>Guarantee</b>: the message is stored in its topic once if the transaction commits, and not
 * at all if it doesn't, whatever crashes.
 *
 * <p><b>Handlers</b>: a JDBC handler publishes with its connection. The message commits with its
 * effect and its cursor, so that a chain of topics is effectively-once from end to end.
 *
 * <p><b>Order</b>: the messages of a key are stored in the order in which their rows were inserted.
 * Two transactions that insert for one key are ordered if they exclude each other, for example by a
 * lock of the same row. Otherwise nothing orders them.
 *
 * <p><b>Relay</b>: the cluster places it on one of the nodes that have registered the outbox. Every
 * node that does so needs the same database. The relay begins at once after a commit that Perille
 * knows of: through {@link #dataSource()}, {@link #publish(Topic, Message)} or {@link
 * #committed()}, or of a JDBC handler. It finds other rows within {@code
 * perille.outbox.poll-interval} (default: 1 s).
 *
 * <p><b>Failure</b>: a message that can't be published is refused by {@code publish}, so that the
 * transaction can roll back. A row whose failure is found later, such as JSON from SQL that is no
 * message of the topic, becomes a dead letter of the outbox. Later messages of its key wait behind
 * it until it is redriven or discarded.
 *
 * <p><b>Threading</b>: safe for use by any number of threads. All methods that use the database
 * block.
 */
public non-sealed interface Outbox extends Definition {
  /** The default name. */
  String DEFAULT_NAME = "outbox";

  /** The maximum number of dead letters in a list. */
  int MAX_LIST_LENGTH = 1000;

  /**
   * Returns an outbox in the application's database: H2 or PostgreSQL.
   *
   * <p>Its tables, {@code perille_outbox} and others with that prefix, are in the default schema of
   * the connections. A node that registers the outbox creates or updates them, unless {@code
   * perille.storage.schema} is {@code validate}.
   *
   * @param dataSource a pool that is open until the nodes have stopped. A relay uses one connection
   *     at a time
   * @throws ConfigurationException if perille-persistence is not on the class path
   */
  static Outbox of(DataSource dataSource) {
    return Engines.outboxes().create(dataSource);
  }

  /**
   * Returns an outbox in the same database with another name, which a node needs if it has several.
   *
   * @param name 1 to 100 of the characters {@code A-Z a-z 0-9 - _ .}. Default: {@value
   *     #DEFAULT_NAME}
   * @throws IllegalArgumentException if the name is not valid
   */
  Outbox named(String name);

  /**
   * Publishes a message with the connection's transaction.
   *
   * @param connection a connection to the outbox's database, in a transaction: not in autocommit
   *     mode. In a JDBC handler, the handler's connection
   * @throws PublishRefusedException if the message can't be published, or no node in this process
   *     has registered the outbox yet. Nothing was inserted
   * @throws IllegalStateException if the connection is in autocommit mode
   * @throws IllegalArgumentException if the message has a condition: it is stored in its topic
   *     after the commit, when nothing may refuse it any more
   * @throws StorageException if the row can't be inserted: the table is missing, the connection is
   *     read-only, or the database fails. Roll the transaction back
   */
  <T> void publish(Connection connection, Topic<T> topic, Message<T> message);

  /** Publishes a message without options, with the connection's transaction. */
  default <T> void publish(Connection connection, Topic<T> topic, T payload) {
    publish(connection, topic, Message.of(payload));
  }

  /**
   * Publishes a message with a transaction of its own, on a connection of the outbox's {@code
   * DataSource}.
   *
   * <p>It is committed when the method returns. If the method throws a {@link StorageException},
   * the outcome may be unknown; repeating it with the same message id is safe within the dedup
   * window.
   *
   * @throws PublishRefusedException if the message can't be published
   * @throws IllegalArgumentException if the message has a condition
   * @throws IllegalStateException on the thread of a JDBC handler, whose transaction may still be
   *     rolled back: publish with its connection
   * @throws StorageException if the row can't be inserted or committed
   */
  <T> void publish(Topic<T> topic, Message<T> message);

  /**
   * Returns the same {@code DataSource}, whose connections notify the relay when a transaction that
   * has published commits.
   *
   * <p>Everything else is passed on. A pool may be above or below it.
   */
  DataSource dataSource();

  /**
   * Notifies the relay that a transaction with messages may have been committed.
   *
   * <p>Needed only for the latency of transactions on other connections than those of {@link
   * #dataSource()}. Never blocks, never throws, and calling it in vain is harmless.
   */
  void committed();

  /**
   * Returns the state of the outbox, as the database has it now. Counts the waiting rows.
   *
   * @throws StorageException if the database can't be used
   */
  OutboxStatus status();

  /**
   * Lists dead letters by their row ids, which rise in the order of insertion.
   *
   * @param afterId the id of the last row of the list before; 0 at first
   * @param limit 1 to {@value #MAX_LIST_LENGTH}
   * @throws IllegalArgumentException if the limit is out of range
   * @throws StorageException if the database can't be used
   */
  List<OutboxDeadLetter> deadLetters(long afterId, int limit);

  /**
   * Redrives a dead letter: the relay tries it again, before the messages that wait behind it.
   *
   * <p>Durable when the method returns. Repeating it has no further effect: it applies to the
   * failure that the dead letter names, not to a later one of the same row.
   *
   * @return false if it was redriven or discarded before
   * @throws StorageException if the database can't be used, or the outcome is unknown: repeat it
   */
  boolean redrive(OutboxDeadLetter letter);

  /**
   * Deletes a dead letter. The messages that waited behind it continue.
   *
   * <p>Durable when the method returns. Repeating it has no further effect.
   *
   * @param reason logged, 1 to 1,000 characters
   * @return false if it was redriven or discarded before
   * @throws IllegalArgumentException if the reason is blank or too long
   * @throws StorageException if the database can't be used, or the outcome is unknown: repeat it
   */
  boolean discard(OutboxDeadLetter letter, String reason);
}
