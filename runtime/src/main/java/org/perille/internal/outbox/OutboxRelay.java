package org.perille.internal.outbox;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.perille.internal.effect.ReplacedProducerException;
import org.perille.internal.failure.UserCode;
import org.perille.internal.outbox.RelayTable.Claim;
import org.perille.internal.outbox.RelayTable.FencedException;
import org.perille.internal.settings.OutboxSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The relay of an outbox on one node: a thread that publishes its rows.
 *
 * <p>It claims the outbox, and then relays until it is stopped or anything fails. After a failure
 * it claims the outbox again: the database has all that a relay must know. So a failure needs no
 * other treatment, and an outcome may be unknown.
 *
 * <p><b>Threading</b>: {@link #run} is for one thread, the other methods are for any.
 */
public final class OutboxRelay implements Runnable {
  /** The receiver of what a relay reports. Called by the relay's thread. */
  public interface Reports {
    /** Reports that the relay can't go on, or not with some rows. */
    void problem(String text, Duration validFor);

    /** Reports that the relay goes on, with all rows. */
    void fine();

    /** Reports that the relay has failed, and begins again. */
    void failed();

    /** Reports that messages have receipts, and that their rows are deleted. */
    void relayed(int messages);

    /** Reports the state of the outbox. */
    void status(org.perille.OutboxStatus status);
  }

  private static final Logger LOG = LoggerFactory.getLogger(OutboxRelay.class);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  /**
   * The pause of a relay that another one has replaced. If two nodes believe to be chosen, each of
   * them gets that much time.
   */
  private static final Duration FENCED_PAUSE = Duration.ofSeconds(3);

  private final String name;
  private final RelayTable table;
  private final RelayTopics topics;
  private final OutboxSettings settings;
  private final String producer;
  private final String node;
  private final Reports reports;
  private final LinkedBlockingQueue<RelaySignal> signals = new LinkedBlockingQueue<>();
  private final AtomicBoolean woken = new AtomicBoolean();

  /** The messages that were passed to publishers by this run or an earlier one. */
  private final AtomicInteger outstanding = new AtomicInteger();

  private volatile boolean stopping;
  private Duration pause = FIRST_PAUSE;

  /** The epoch of the last run here; 0 if there was none. */
  private long lastEpoch;

  /** The number of runs in a row that ended because a partition knows a later epoch. */
  private int replaced;

  /**
   * Creates a relay.
   *
   * @param name the name of the outbox
   * @param producer the name of the producer, by which partitions recognise its messages
   * @param node the address of this node
   */
  public OutboxRelay(
      String name,
      RelayTable table,
      RelayTopics topics,
      OutboxSettings settings,
      String producer,
      String node,
      Reports reports) {
    this.name = name;
    this.table = table;
    this.topics = topics;
    this.settings = settings;
    this.producer = producer;
    this.node = node;
    this.reports = reports;
  }

  /** Makes the relay look for rows at once. Never blocks. */
  public void wake() {
    if (woken.compareAndSet(false, true)) {
      signals.add(RelaySignal.Wake.INSTANCE);
    }
  }

  /** Ends the relay after its present transaction. What it has recorded is for the next one. */
  public void stop() {
    stopping = true;
    signals.add(RelaySignal.Wake.INSTANCE);
  }

  @Override
  public void run() {
    while (!stopping) {
      try {
        if (isOverloaded()) {
          pause(FIRST_PAUSE);
        } else {
          relay();
        }
      } catch (FencedException e) {
        LOG.info("The relay of outbox '{}' on this node was replaced: {}", name, e.getMessage());
        replaced = 0;
        pause(FENCED_PAUSE);
      } catch (Throwable e) {
        failed(e);
      }
    }
  }

  /**
   * Returns whether publishers still have too many messages of earlier runs, which they can't send.
   * A further copy of them would only take memory.
   */
  private boolean isOverloaded() {
    return outstanding.get() > settings.maxInFlightMessages();
  }

  private void failed(Throwable failure) {
    Throwable cause = UserCode.unwrap(failure);
    if (stopping) {
      LOG.debug("The relay of outbox '{}' ends", name, cause);
      return;
    }
    if (UserCode.find(failure, ReplacedProducerException.class::isInstance).isPresent()) {
      replaced++;
    }
    LOG.warn(
        "The relay of outbox '{}' begins again in {}: {}",
        name,
        pause,
        UserCode.describe(cause),
        UserCode.loggable(cause));
    reports.failed();
    reports.problem("its relay fails: " + UserCode.describe(cause), pause.plusSeconds(30));
    pause(pause);
    pause = pause.multipliedBy(2);
    if (pause.compareTo(LONGEST_PAUSE) > 0) {
      pause = LONGEST_PAUSE;
    }
  }

  private void pause(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    while (!stopping && end - System.nanoTime() > 0) {
      RelaySignal ignored = next(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
    }
  }

  /** Returns the next signal, or a wake if there is none in time. */
  private RelaySignal next(Duration timeout) {
    try {
      RelaySignal signal = signals.poll(timeout.toNanos(), TimeUnit.NANOSECONDS);
      if (signal instanceof RelaySignal.Wake) {
        // A later wake must be seen, since rows may become visible from now on.
        woken.set(false);
      }
      return signal == null ? RelaySignal.Wake.INSTANCE : signal;
    } catch (InterruptedException e) {
      // Nothing interrupts it but a part of the JVM that ends. An interrupt would harm H2.
      UserCode.clearInterrupt();
      return RelaySignal.Wake.INSTANCE;
    }
  }

  /** Claims the outbox and relays. Returns if it was stopped. */
  private void relay() throws Exception {
    // A partition that knows a later epoch than the database, or that a batch is finished which the
    // database has: the database was set back. Epochs follow its clock, so one more claim suffices,
    // unless its clock was set back too.
    long least = replaced == 0 ? 0 : lastEpoch + (1_000_000L << Math.min(replaced, 40));
    boolean setBack = replaced > 0 && lastEpoch != 0;
    Claim claim = table.claim(node, least, false);
    if (setBack && claim.before() == lastEpoch) {
      claim = table.claim(node, claim.epoch() + 1, true);
      LOG.warn(
          "The database of outbox '{}' was set back, restored from a backup or copied: rows that it has although they were relayed are relayed once more",
          name);
    }
    lastEpoch = claim.epoch();
    signals.removeIf(RelaySignal.Batch.class::isInstance);
    RelayRun run =
        new RelayRun(
            name,
            table,
            topics,
            settings,
            producer,
            claim,
            table.recorded(),
            outstanding,
            signals::add,
            reports::relayed);
    run.begin();
    LOG.info("This node relays outbox '{}', in epoch {}", name, claim.epoch());
    RelayWatch watch = new RelayWatch(table, topics, settings, reports);
    while (!stopping && !run.isOutdated()) {
      boolean progress = run.step();
      if (progress) {
        pause = FIRST_PAUSE;
        replaced = 0;
      }
      watch.check(run.unregistered());
      if (progress && signals.isEmpty()) {
        continue;
      }
      RelaySignal signal = next(settings.pollInterval());
      while (signal != null) {
        run.on(signal);
        signal = signals.poll();
        if (signal instanceof RelaySignal.Wake) {
          woken.set(false);
        }
      }
    }
  }

  /** Returns the topics with rows that no relay on this node can publish, for messages. */
  static String waiting(Set<String> unregistered) {
    return "rows of the topics %s wait: they aren't registered on this node, which relays. Register them with every node that registers the outbox"
        .formatted(unregistered);
  }
}
