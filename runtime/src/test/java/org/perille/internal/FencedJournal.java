package org.perille.internal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.dispatch.Futures;
import org.apache.pekko.persistence.AtomicWrite;
import org.apache.pekko.persistence.PersistentRepr;
import org.apache.pekko.persistence.testkit.PersistenceTestKitPlugin;
import org.apache.pekko.persistence.testkit.PersistenceTestKitSnapshotPlugin;
import scala.Function1;
import scala.collection.immutable.Seq;
import scala.concurrent.Future;
import scala.concurrent.Promise;
import scala.runtime.BoxedUnit;
import scala.util.Try;

/**
 * Pekko's in-memory test journal with a database's fencing: a sequence number can't be written
 * twice.
 *
 * <p>Its faults are selected by persistence id.
 */
public final class FencedJournal extends PersistenceTestKitPlugin {

  /** The planned faults of one persistence id, and the counts of those that happened. */
  public static final class Faults {
    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicInteger lostAnswers = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private volatile Promise<BoxedUnit> gate;
    private volatile long replayUpTo = Long.MAX_VALUE;

    /** Makes the next write fail without being done. */
    public void failNextWrite() {
      failures.incrementAndGet();
    }

    /** Makes the next write fail although it is done. */
    public void loseNextAnswer() {
      lostAnswers.incrementAndGet();
    }

    /** Returns whether all planned faults have happened. */
    public boolean happened() {
      return failures.get() == 0 && lostAnswers.get() == 0;
    }

    /** Returns the number of writes that were refused because their sequence number was taken. */
    public int refused() {
      return refused.get();
    }

    /**
     * Withholds the answers of writes until the limiter is opened.
     *
     * <p>The writes are done. Pekko answers a journal's writes in order of arrival. So later writes
     * of all other persistence ids wait with them.
     */
    public void closeGate() {
      gate = Promise.apply();
    }

    /** Answers the withheld writes, and all later ones. */
    public void openGate() {
      Promise<BoxedUnit> opened = gate;
      gate = null;
      opened.success(BoxedUnit.UNIT);
    }

    /** Ends a replay here although the journal continues. */
    public void replayOnlyUpTo(long sequenceNumber) {
      replayUpTo = sequenceNumber;
    }

    private static boolean take(AtomicInteger count) {
      return count.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
    }
  }

  private static final Map<String, Faults> FAULTS = new ConcurrentHashMap<>();

  private final Map<String, Long> highest = new ConcurrentHashMap<>();

  public FencedJournal(Config config, String path) {
    super(config, path);
  }

  /**
   * Returns the configuration by which an actor system uses this journal and its snapshot store.
   */
  public static Config config() {
    return ConfigFactory.parseString(
            PersistenceTestKitPlugin.PluginId() + ".class = " + FencedJournal.class.getName())
        .withFallback(PersistenceTestKitPlugin.getInstance().config())
        .withFallback(PersistenceTestKitSnapshotPlugin.config());
  }

  /** Returns the faults of a persistence id. */
  public static Faults faults(String persistenceId) {
    return FAULTS.computeIfAbsent(persistenceId, id -> new Faults());
  }

  @Override
  public Future<Seq<Try<BoxedUnit>>> asyncWriteMessages(Seq<AtomicWrite> messages) {
    AtomicWrite first = messages.head();
    Faults faults = faults(first.persistenceId());
    long end = highest.getOrDefault(first.persistenceId(), 0L);
    if (first.lowestSequenceNr() <= end) {
      faults.refused.incrementAndGet();
      return failed("sequence number %d is taken".formatted(first.lowestSequenceNr()));
    }
    if (Faults.take(faults.failures)) {
      return failed("planned: not written");
    }
    highest.put(first.persistenceId(), messages.last().highestSequenceNr());
    Future<Seq<Try<BoxedUnit>>> written = super.asyncWriteMessages(messages);
    if (Faults.take(faults.lostAnswers)) {
      return failed("planned: written, but the answer is lost");
    }
    Promise<BoxedUnit> gate = faults.gate;
    return gate == null ? written : gate.future().flatMap(open -> written, context().dispatcher());
  }

  private static <T> Future<T> failed(String message) {
    return Futures.failed(new IllegalStateException(message));
  }

  @Override
  public Future<BoxedUnit> asyncReplayMessages(
      String persistenceId,
      long from,
      long to,
      long max,
      Function1<PersistentRepr, BoxedUnit> callback) {
    long end = Math.min(to, faults(persistenceId).replayUpTo);
    return super.asyncReplayMessages(persistenceId, from, end, max, callback);
  }
}
