package org.perille.persistence;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.apache.pekko.persistence.AtomicWrite;
import org.apache.pekko.persistence.jdbc.journal.JdbcAsyncWriteJournal;
import scala.collection.immutable.Seq;
import scala.concurrent.Future;
import scala.concurrent.Promise;
import scala.runtime.BoxedUnit;
import scala.util.Try;

/**
 * The real journal of a node that crashes at a chosen write.
 *
 * <p>From then on no write of the node reaches the database, and none is answered.
 */
public final class CrashingJournal extends JdbcAsyncWriteJournal {

  /** The plan of a node's crash. */
  public static final class Plan {
    private final String name;
    private final Predicate<AtomicWrite> isMeant;
    private final boolean afterTheWrite;
    private final AtomicInteger left;
    private final CompletableFuture<Void> crashed = new CompletableFuture<>();

    private Plan(String name, Predicate<AtomicWrite> isMeant, boolean afterTheWrite, int nth) {
      this.name = name;
      this.isMeant = isMeant;
      this.afterTheWrite = afterTheWrite;
      this.left = new AtomicInteger(nth);
    }

    /** Returns the configuration that the plan needs. */
    public Config config() {
      String plugin = ".journal.class = " + CrashingJournal.class.getName();
      return ConfigFactory.parseString(
          """
          crashing-journal.plan = "%s"
          perille.storage.h2%s
          perille.storage.postgresql%s
          pekko.coordinated-shutdown.run-by-actor-system-terminate = off
          pekko.cluster.run-coordinated-shutdown-when-down = off
          """
              .formatted(name, plugin, plugin));
    }

    /** Completes when the node has crashed. */
    public CompletableFuture<Void> crashed() {
      return crashed;
    }
  }

  private static final Map<String, Plan> PLANS = new ConcurrentHashMap<>();
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final Plan plan;

  public CrashingJournal(Config config) {
    super(config);
    this.plan =
        PLANS.get(context().system().settings().config().getString("crashing-journal.plan"));
  }

  /**
   * Returns the plan of a crash at the n-th matching write.
   *
   * @param afterTheWrite true if the write is committed
   */
  public static Plan plan(Predicate<AtomicWrite> isMeant, boolean afterTheWrite, int nth) {
    String name = "plan-" + COUNT.incrementAndGet();
    Plan plan = new Plan(name, isMeant, afterTheWrite, nth);
    PLANS.put(name, plan);
    return plan;
  }

  @Override
  public Future<Seq<Try<BoxedUnit>>> asyncWriteMessages(Seq<AtomicWrite> messages) {
    if (plan.crashed.isDone()) {
      return never();
    }
    if (!plan.isMeant.test(messages.head()) || plan.left.decrementAndGet() != 0) {
      return super.asyncWriteMessages(messages);
    }
    if (!plan.afterTheWrite) {
      plan.crashed.complete(null);
      return never();
    }
    Promise<Seq<Try<BoxedUnit>>> answer = Promise.apply();
    super.asyncWriteMessages(messages)
        .onComplete(
            written -> {
              plan.crashed.complete(null);
              return answer;
            },
            context().dispatcher());
    return answer.future();
  }

  private static <T> Future<T> never() {
    return Promise.<T>apply().future();
  }
}
