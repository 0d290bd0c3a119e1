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
 * Pekko's in-memory test journal with what a database adds: a sequence number that is taken can't
 * be written again. Its faults are chosen by persistence id.
 */
public final class FencedJournal extends PersistenceTestKitPlugin {

  /** What goes wrong with one persistence id, and how often it has. */
  public static final class Faults {
    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicInteger lostAnswers = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private volatile Promise<BoxedUnit> gate;
    private volatile long replayUpTo = Long.MAX_VALUE;

    /** The next write is not done, and fails. */
    public void failNextWrite() {
      failures.incrementAndGet();
    }

    /** The next write is done, and seems to fail. */
    public void loseNextAnswer() {
      lostAnswers.incrementAndGet();
    }

    /** Whether the faults that were asked for have all happened. */
    public boolean happened() {
      return failures.get() == 0 && lostAnswers.get() == 0;
    }

    /** How many writes were refused because their sequence number was taken. */
    public int refused() {
      return refused.get();
    }

    /**
     * From now on writes are done, and not answered until the gate is opened. Pekko answers the
     * writes of a journal in the order in which they came, so those of all other persistence ids
     * that come later wait with them.
     */
    public void closeGate() {
      gate = Promise.apply();
    }

    /** Answers what was held back, and all that comes. */
    public void openGate() {
      Promise<BoxedUnit> opened = gate;
      gate = null;
      opened.success(BoxedUnit.UNIT);
    }

    /** A replay ends here although the journal doesn't. */
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

  /** Makes it, and the snapshot store beside it, what an actor system stores in. */
  public static Config config() {
    return ConfigFactory.parseString(
            PersistenceTestKitPlugin.PluginId() + ".class = " + FencedJournal.class.getName())
        .withFallback(PersistenceTestKitPlugin.getInstance().config())
        .withFallback(PersistenceTestKitSnapshotPlugin.config());
  }

  /** What shall go wrong with a persistence id. */
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
