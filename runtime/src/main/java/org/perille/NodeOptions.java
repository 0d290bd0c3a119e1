package org.perille;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * The objects of the application that a node uses, besides its topics and subscriptions. Immutable.
 *
 * <pre>{@code
 * Perille.start(config, NodeOptions.none().withDataSource(pool), orders, payment);
 * }</pre>
 *
 * <p>They are definitions of {@link Perille#create} and {@link Perille#start(
 * com.typesafe.config.Config, Definition...)}: at most one for a node, before it starts. A node of
 * {@link Perille#get} refuses them.
 */
public final class NodeOptions implements Definition {
  private static final NodeOptions NONE = new NodeOptions(Optional.empty(), List.of(), List.of());

  private final Optional<DataSource> dataSource;
  private final List<PerilleListener> listeners;
  private final List<DeliveryInterceptor> interceptors;

  private NodeOptions(
      Optional<DataSource> dataSource,
      List<PerilleListener> listeners,
      List<DeliveryInterceptor> interceptors) {
    this.dataSource = dataSource;
    this.listeners = listeners;
    this.interceptors = interceptors;
  }

  /** Returns options that change nothing. */
  public static NodeOptions none() {
    return NONE;
  }

  /**
   * Makes Perille's storage use connections of the application's pool. Default: a pool of its own.
   *
   * <p>The pool is PostgreSQL's: {@code perille.storage.profile} must be {@code postgresql}. {@code
   * url}, {@code user} and {@code password} of {@code perille.storage.postgresql} have no effect
   * then; the other settings have the same as with Perille's own pool.
   *
   * <p><b>Number of connections</b>: Perille uses at most {@code perille.storage.postgresql
   * .connections} (default: 6) and 3 more. It holds two of those as long as the node runs. What the
   * application uses, JDBC handlers included, comes on top.
   *
   * <p><b>Guarantee</b>: Perille never closes the pool. It returns each connection with the
   * autocommit mode, network time-out and session settings that it had, and without an open
   * transaction. A connection that can't be restored is aborted before it is returned.
   *
   * <p><b>Failure</b>: the start fails with a {@link ConfigurationException} if the storage has no
   * use for a pool, if the pool is that of another database, is read-only, refuses to change the
   * autocommit mode, returns one connection twice, or is too small. It fails with a {@link
   * StorageException} if the database can't be used.
   *
   * @param pool a pool that is open until the node has stopped. It should wait for a connection
   *     less than 18 s
   * @return new options
   */
  public NodeOptions withDataSource(DataSource pool) {
    return new NodeOptions(
        Optional.of(Objects.requireNonNull(pool, "pool")), listeners, interceptors);
  }

  /** Adds a listener to what happens on the node. Default: none. See {@link PerilleListener}. */
  public NodeOptions withListener(PerilleListener listener) {
    return new NodeOptions(dataSource, added(listeners, listener), interceptors);
  }

  /**
   * Adds an interceptor around publishes and attempts, behind those that were added before.
   * Default: none. See {@link DeliveryInterceptor}.
   */
  public NodeOptions withInterceptor(DeliveryInterceptor interceptor) {
    return new NodeOptions(dataSource, listeners, added(interceptors, interceptor));
  }

  private static <T> List<T> added(List<T> all, T one) {
    List<T> more = new ArrayList<>(all);
    more.add(Objects.requireNonNull(one, "hook"));
    return List.copyOf(more);
  }

  /** Returns the application's pool, if it has given one. */
  public Optional<DataSource> dataSource() {
    return dataSource;
  }

  /** Returns the listeners, in the order of their addition. */
  public List<PerilleListener> listeners() {
    return listeners;
  }

  /** Returns the interceptors, in the order of their addition. */
  public List<DeliveryInterceptor> interceptors() {
    return interceptors;
  }

  /** Returns {@code "options of the node"}. */
  @Override
  public String name() {
    return "options of the node";
  }

  @Override
  public String toString() {
    return "NodeOptions[dataSource=%s, listeners=%d, interceptors=%d]"
        .formatted(
            dataSource.isPresent() ? "given" : "none", listeners.size(), interceptors.size());
  }
}
