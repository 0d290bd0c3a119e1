package org.perille.proof.actors;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.perille.proof.actors.Storm.Shot;
import org.perille.proof.workload.Witness;
import org.perille.testkit.history.Operation.FaultBegan;
import org.perille.testkit.history.Phase;
import org.perille.testkit.history.Recorder;

/**
 * What goes wrong at the moment: ordered by the nemesis, looked up wherever something can go wrong,
 * and recorded when it does.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class Faults {
  private final Recorder recorder;
  private final Set<FaultKind> come = ConcurrentHashMap.newKeySet();
  private final Map<Shot, Boolean> shots = new ConcurrentHashMap<>();
  private volatile Storm storm = Storm.NONE;
  private volatile boolean handingOff;

  Faults(Recorder recorder) {
    this.recorder = recorder;
  }

  void rage(Storm now, Set<Shot> armed) {
    shots.clear();
    armed.forEach(shot -> shots.put(shot, true));
    storm = now;
  }

  /** Nothing goes wrong from now on. */
  void calm() {
    rage(Storm.NONE, Set.of());
  }

  /** A node begins to be replaced, or that is over. */
  void handsOff(boolean begins) {
    handingOff = begins;
  }

  /** Returns whether nothing can happen. */
  boolean isCalm() {
    return storm.equals(Storm.NONE) && shots.isEmpty();
  }

  /** Which of these happens now, if any; they exclude each other. */
  Optional<FaultKind> next(RandomGenerator random, FaultKind... kinds) {
    Storm now = storm;
    if (now.chances().isEmpty()) {
      return Optional.empty();
    }
    double chance = random.nextDouble();
    for (FaultKind kind : kinds) {
      chance -= now.chance(kind);
      if (chance < 0) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }

  /** How late anything is at the most. */
  Duration longestDelay() {
    return storm.delay();
  }

  /** How late something is. */
  Duration delay(RandomGenerator random) {
    return Duration.ofMillis(1 + random.nextInt((int) Math.max(1, longestDelay().toMillis())));
  }

  /** What has gone wrong by now. */
  Set<FaultKind> come() {
    return Set.copyOf(come);
  }

  /** Returns whether an actor fails now; each shot is for one. */
  boolean hits(Part part, Phase phase) {
    return !shots.isEmpty() && shots.remove(new Shot(part, phase)) != null;
  }

  /** Something has gone wrong. */
  void happened(FaultKind kind, Phase phase, String detail) {
    come.add(kind);
    boolean leaving = handingOff && kind.phases().contains(Phase.HANDING_OFF);
    recorder.record(
        new FaultBegan(Witness.now(), kind.name(), leaving ? Phase.HANDING_OFF : phase, detail));
  }
}
