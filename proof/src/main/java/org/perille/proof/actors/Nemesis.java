package org.perille.proof.actors;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.perille.proof.actors.Storm.Shot;
import org.perille.testkit.history.Phase;

/** Injects storms of faults with calm between them, and chooses the actors that fail. */
final class Nemesis {
  /**
   * The phases in which each part can fail. Parts that write can fail in every phase of a write.
   */
  private static final Map<Part, Set<Phase>> TARGETS = new EnumMap<>(Part.class);

  static {
    Set<Phase> writing =
        Set.of(Phase.BEFORE_WRITE, Phase.AFTER_WRITE, Phase.AFTER_ANSWER, Phase.RECOVERING);
    TARGETS.put(Part.PARTITION, writing);
    TARGETS.put(Part.CURSOR_LOG, writing);
    TARGETS.put(Part.FAILURES, writing);
    TARGETS.put(Part.KEY_JOURNAL, writing);
    TARGETS.put(Part.KEYS, Set.of(Phase.RECOVERING, Phase.UNKNOWN));
    TARGETS.put(Part.PUBLISHER, Set.of(Phase.BEFORE_WRITE, Phase.AFTER_ANSWER));
    TARGETS.put(Part.DELIVERY, Set.of(Phase.AFTER_ANSWER, Phase.UNKNOWN));
    TARGETS.put(Part.BATCH_PRODUCER, Set.of(Phase.AFTER_ANSWER, Phase.UNKNOWN));
    TARGETS.put(Part.ENTITY, Set.of(Phase.BEFORE_WRITE, Phase.AFTER_ANSWER, Phase.RECOVERING));
    TARGETS.put(Part.DELIVERIES, Set.of(Phase.BEFORE_WRITE));
    TARGETS.put(Part.BATCH_CONSUMER, Set.of(Phase.BEFORE_WRITE, Phase.AFTER_ANSWER));
    TARGETS.put(Part.FEED, Set.of(Phase.AFTER_ANSWER, Phase.UNKNOWN));
    TARGETS.put(Part.FEED_PRODUCER, Set.of(Phase.AFTER_ANSWER, Phase.RECOVERING));
    TARGETS.put(
        Part.WORKER,
        Set.of(
            Phase.BEFORE_WRITE,
            Phase.AFTER_ANSWER,
            Phase.RECOVERING,
            Phase.HANDING_OFF,
            Phase.UNKNOWN));
    TARGETS.put(
        Part.FEED_CLIENT,
        Set.of(Phase.BEFORE_WRITE, Phase.AFTER_ANSWER, Phase.RECOVERING, Phase.UNKNOWN));
    TARGETS.put(Part.SESSION, Set.of(Phase.BEFORE_WRITE, Phase.AFTER_ANSWER));
  }

  private static final int STORM_MILLIS = 300;
  private static final int CALM_MILLIS = 150;
  private static final int SHOTS = 6;
  private static final Duration DELAY = Duration.ofMillis(250);

  private static final List<FaultKind> MESSAGES =
      List.of(
          FaultKind.MESSAGE_LOST,
          FaultKind.MESSAGE_REPEATED,
          FaultKind.MESSAGE_LATE,
          FaultKind.MESSAGE_OVERTAKEN);

  private static final List<FaultKind> DATABASE =
      List.of(
          FaultKind.COMMIT_FAILED,
          FaultKind.COMMIT_UNANSWERED,
          FaultKind.COMMIT_LATE,
          FaultKind.READ_FAILED);

  /** The kinds that happen in any run that is long enough. */
  private static final Set<FaultKind> WANTED =
      EnumSet.complementOf(EnumSet.of(FaultKind.NODE_REPLACED, FaultKind.READ_FAILED));

  private static final Duration MOST_LONGER = Duration.ofMinutes(1);

  private final Faults faults;
  private final Random random;
  private final List<Shot> allShots = new ArrayList<>();
  private final Deque<Shot> shots = new ArrayDeque<>();

  Nemesis(Faults faults, Random random) {
    this.faults = faults;
    this.random = random;
    TARGETS.forEach(
        (part, phases) ->
            phases.stream().sorted().forEach(phase -> allShots.add(new Shot(part, phase))));
  }

  /**
   * Injects storms for a while, and longer until each wanted kind has happened. A slow machine has
   * fewer opportunities.
   */
  void torment(Duration time) throws InterruptedException {
    long begin = System.nanoTime();
    while (!isEnough(System.nanoTime() - begin, time)) {
      faults.rage(storm(), aim());
      TimeUnit.MILLISECONDS.sleep(STORM_MILLIS / 2 + random.nextInt(STORM_MILLIS));
      faults.calm();
      TimeUnit.MILLISECONDS.sleep(random.nextInt(CALM_MILLIS));
    }
  }

  private boolean isEnough(long lastedNanos, Duration time) {
    return lastedNanos > time.plus(MOST_LONGER).toNanos()
        || (lastedNanos > time.toNanos() && faults.come().containsAll(WANTED));
  }

  private Storm storm() {
    Map<FaultKind, Double> chances = new EnumMap<>(FaultKind.class);
    for (FaultKind kind : MESSAGES) {
      chances.put(kind, random.nextInt(3) == 0 ? 0.15 * random.nextDouble() : 0.02);
    }
    for (FaultKind kind : DATABASE) {
      chances.put(kind, random.nextInt(3) == 0 ? 0.10 * random.nextDouble() : 0.005);
    }
    return new Storm(chances, DELAY);
  }

  /** Returns the next shots. All pairs come before any pair comes again. */
  private Set<Shot> aim() {
    Set<Shot> next = new HashSet<>();
    for (int i = 0; i < SHOTS; i++) {
      if (shots.isEmpty()) {
        List<Shot> shuffled = new ArrayList<>(allShots);
        Collections.shuffle(shuffled, random);
        shots.addAll(shuffled);
      }
      next.add(shots.remove());
    }
    return next;
  }
}
