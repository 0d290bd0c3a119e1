package org.perille.sharding.internal.bootstrap;

import com.typesafe.config.Config;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.cluster.Cluster;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.UniqueAddress;
import org.apache.pekko.coordination.lease.LeaseException;
import org.apache.pekko.coordination.lease.LeaseSettings;
import org.apache.pekko.coordination.lease.javadsl.Lease;
import org.perille.ConfigurationException;
import org.perille.sharding.internal.bootstrap.LeaseWatch.Decision;
import org.perille.spi.LeaseTable;
import org.perille.spi.NodeRegistry.Description;
import org.perille.spi.StorageProfile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lease in Perille's database, for Pekko's split-brain resolver.
 *
 * <p>The holder loses the lease by itself before others may take it: after the time-out minus one
 * heartbeat, counted from the start of its last successful write. Others wait for the whole
 * time-out after they have read that write.
 *
 * <p><b>Threading</b>: safe for use by any number of threads. One thread uses the database.
 */
public final class DatabaseLease extends Lease {
  private static final Logger LOG = LoggerFactory.getLogger(DatabaseLease.class);

  /** The path of its settings. */
  private static final String PATH = "perille.cluster.lease";

  private static final Duration LOOK_EVERY = Duration.ofMillis(200);

  private final LeaseSettings settings;
  private final ExtendedActorSystem system;
  private final Duration timeout;
  private final Duration heartbeat;
  private final Duration operationTimeout;
  private final LeaseTable table;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread lease = new Thread(task, "perille-lease");
            lease.setDaemon(true);
            return lease;
          });

  /** The start of the last write by which this node holds the lease; empty if it doesn't. */
  private volatile Optional<Long> confirmedNanos = Optional.empty();

  // Used by the thread alone.
  private Optional<ScheduledFuture<?>> renewal = Optional.empty();
  private Consumer<Optional<Throwable>> lost = cause -> {};

  /** Creates a lease that isn't held. Pekko calls this. */
  public DatabaseLease(LeaseSettings settings, ExtendedActorSystem system) {
    this(settings, system, tableOf(system.settings().config()));
  }

  /** Creates a lease in a given table. */
  DatabaseLease(LeaseSettings settings, ExtendedActorSystem system, LeaseTable table) {
    this.settings = settings;
    this.system = system;
    this.timeout = settings.leaseConfig().getDuration("heartbeat-timeout");
    this.heartbeat = settings.leaseConfig().getDuration("heartbeat-interval");
    this.operationTimeout = settings.leaseConfig().getDuration("lease-operation-timeout");
    this.table = table;
    system.getWhenTerminated().thenRun(this::close);
  }

  private static LeaseTable tableOf(Config config) {
    return NodeConfig.storage(config).leases(config).orElseThrow(() -> noLeases(config));
  }

  /** Rejects settings with which the lease wouldn't work, if the configuration uses it. */
  static void check(Config config, StorageProfile storage) {
    String resolver = "pekko.cluster.split-brain-resolver.";
    if (!config.getString(resolver + "active-strategy").equals("lease-majority")
        || !config.getString(resolver + "lease-majority.lease-implementation").equals(PATH)) {
      return;
    }
    if (storage.leases(config).isEmpty()) {
      throw noLeases(config);
    }
    Duration heartbeat = config.getDuration(PATH + ".heartbeat-interval");
    Duration timeout = config.getDuration(PATH + ".heartbeat-timeout");
    Duration operation = config.getDuration(PATH + ".lease-operation-timeout");
    if (heartbeat.isZero()
        || heartbeat.multipliedBy(3).compareTo(timeout) > 0
        || timeout.multipliedBy(2).compareTo(operation) > 0) {
      throw new ConfigurationException(
          "'%s' has heartbeat-interval %s, heartbeat-timeout %s and lease-operation-timeout %s: the second must be at least three times the first, so that one late heartbeat doesn't matter, and at most half of the third, because a node waits for it to replace a dead holder"
              .formatted(PATH, heartbeat, timeout, operation));
    }
  }

  private static ConfigurationException noLeases(Config config) {
    return new ConfigurationException(
        "'pekko.cluster.split-brain-resolver.active-strategy' is 'lease-majority' with Perille's lease, which the storage '%s' doesn't have: use keep-majority, or perille.storage.profile = postgresql"
            .formatted(config.getString("perille.storage.profile")));
  }

  @Override
  public LeaseSettings getSettings() {
    return settings;
  }

  @Override
  public CompletionStage<Boolean> acquire() {
    return acquire(cause -> {});
  }

  @Override
  public CompletionStage<Boolean> acquire(Consumer<Optional<Throwable>> leaseLostCallback) {
    CompletableFuture<Boolean> result = new CompletableFuture<>();
    try {
      thread.execute(
          () -> {
            LeaseWatch watch = new LeaseWatch(owner(), timeout);
            attempt(new Attempt(watch, System.nanoTime(), leaseLostCallback, result));
          });
    } catch (RejectedExecutionException e) {
      result.completeExceptionally(new LeaseException("the actor system has terminated"));
    }
    // Whatever the database does, the resolver needs an answer.
    return result.orTimeout(operationTimeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** An attempt to acquire the lease, which takes as long as its holder may need to be dead. */
  private record Attempt(
      LeaseWatch watch,
      long startNanos,
      Consumer<Optional<Throwable>> lost,
      CompletableFuture<Boolean> result) {}

  private void attempt(Attempt attempt) {
    if (attempt.result().isDone()) {
      return;
    }
    try {
      LeaseTable.Lease lease = table.read(settings.leaseName());
      Decision decision = attempt.watch().decide(lease, reachable(), System.nanoTime());
      if (decision instanceof Decision.Take take) {
        take(attempt, lease, take.version());
      } else if (decision instanceof Decision.Refused refused) {
        LOG.warn(
            "This node doesn't get the lease {}: {} holds it, and goes on",
            settings.leaseName(),
            refused.holder());
        attempt.result().complete(false);
      } else {
        again(attempt);
      }
    } catch (SQLException e) {
      LOG.warn(
          "The lease {} can't be acquired at the moment, and this node tries again for {} at most: {}",
          settings.leaseName(),
          operationTimeout,
          e.toString());
      again(attempt);
    }
  }

  private void take(Attempt attempt, LeaseTable.Lease lease, long version) throws SQLException {
    UniqueAddress self = Cluster.get(system).selfUniqueAddress();
    long now = System.nanoTime();
    switch (table.take(settings.leaseName(), version, self.address().toString(), self.longUid())) {
      case TAKEN -> {
        if (!lease.owner().isEmpty() && !lease.owner().equals(owner())) {
          LOG.info("The lease {} was held by {} before", settings.leaseName(), lease.owner());
        }
        taken(attempt, now);
      }
      case DOWNED -> {
        LOG.warn(
            "This node doesn't get the lease {}: another node has downed it", settings.leaseName());
        attempt.result().complete(false);
      }
      case CHANGED, NO_MEMBER -> again(attempt);
    }
  }

  private void taken(Attempt attempt, long nanos) throws SQLException {
    confirmedNanos = Optional.of(nanos);
    lost = attempt.lost();
    renewal.ifPresent(former -> former.cancel(false));
    renewal =
        Optional.of(
            thread.scheduleWithFixedDelay(
                this::renew, heartbeat.toMillis(), heartbeat.toMillis(), TimeUnit.MILLISECONDS));
    if (!attempt.result().complete(true)) {
      // The resolver has decided without it meanwhile.
      LOG.info("The lease {} was acquired too late, and is released", settings.leaseName());
      ended();
      table.release(settings.leaseName(), owner());
    }
  }

  private void again(Attempt attempt) {
    try {
      ScheduledFuture<?> unused =
          thread.schedule(() -> attempt(attempt), LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("The actor system has terminated meanwhile", e);
    }
  }

  private void renew() {
    long now = System.nanoTime();
    try {
      if (table.renew(settings.leaseName(), owner())) {
        confirmedNanos = Optional.of(now);
      } else {
        LOG.info(
            "This node no longer holds the lease {}: another one has it", settings.leaseName());
        ended();
        lost.accept(Optional.empty());
      }
    } catch (SQLException e) {
      if (!checkLease()) {
        LOG.warn(
            "This node has lost the lease {}, since it can't renew it: {}",
            settings.leaseName(),
            e.toString());
        ended();
        lost.accept(Optional.of(e));
      }
    }
  }

  private void ended() {
    confirmedNanos = Optional.empty();
    renewal.ifPresent(current -> current.cancel(false));
    renewal = Optional.empty();
  }

  @Override
  public CompletionStage<Boolean> release() {
    CompletableFuture<Boolean> result = new CompletableFuture<>();
    try {
      thread.execute(
          () -> {
            ended();
            try {
              table.release(settings.leaseName(), owner());
              result.complete(true);
            } catch (SQLException e) {
              // It ends by itself, because nobody renews it.
              LOG.info(
                  "The lease {} can't be released, and ends after {}: {}",
                  settings.leaseName(),
                  timeout,
                  e.toString());
              result.complete(false);
            }
          });
    } catch (RejectedExecutionException e) {
      result.complete(false);
    }
    return result.completeOnTimeout(false, operationTimeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public boolean checkLease() {
    long limit = timeout.minus(heartbeat).toNanos();
    return confirmedNanos.map(nanos -> System.nanoTime() - nanos < limit).orElse(false);
  }

  /** Returns this process, not only its address, which a successor may have. */
  private String owner() {
    return name(Cluster.get(system).selfUniqueAddress());
  }

  private Set<String> reachable() {
    Set<String> names = new HashSet<>();
    for (Member member : Cluster.get(system).state().getMembers()) {
      names.add(name(member.uniqueAddress()));
    }
    for (Member member : Cluster.get(system).state().getUnreachable()) {
      names.remove(name(member.uniqueAddress()));
    }
    return names;
  }

  private static String name(UniqueAddress member) {
    return Description.member(member.address().toString(), member.longUid());
  }

  /** Ends the heartbeats. The lease isn't released: others wait until it has ended by itself. */
  private void close() {
    confirmedNanos = Optional.empty();
    thread.execute(table::close);
    thread.shutdown();
  }
}
