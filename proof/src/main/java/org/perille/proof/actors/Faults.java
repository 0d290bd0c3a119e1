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
 * The current faults of a run.
 *
 * <p>The nemesis sets them. Code that can fail asks for them, and records those that happen.
 *
 * <p><b>Threading</b>: any thread.
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

  /** Ends all faults. */
  void calm() {
    rage(Storm.NONE, Set.of());
  }

  /** Sets whether a node is being replaced. */
  void handsOff(boolean begins) {
    handingOff = begins;
  }

  /** Returns whether no fault can happen. */
  boolean isCalm() {
    return storm.equals(Storm.NONE) && shots.isEmpty();
  }

  /** Returns a random one of these kinds, or none. The kinds exclude each other. */
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

  /** Returns the maximum delay. */
  Duration longestDelay() {
    return storm.delay();
  }

  /** Returns a random delay. */
  Duration delay(RandomGenerator random) {
    return Duration.ofMillis(1 + random.nextInt((int) Math.max(1, longestDelay().toMillis())));
  }

  /** Returns the kinds of faults that have happened so far. */
  Set<FaultKind> come() {
    return Set.copyOf(come);
  }

  /** Returns whether an actor fails now. Each shot hits one actor. */
  boolean hits(Part part, Phase phase) {
    return !shots.isEmpty() && shots.remove(new Shot(part, phase)) != null;
  }

  /** Records a fault. */
  void happened(FaultKind kind, Phase phase, String detail) {
    come.add(kind);
    boolean leaving = handingOff && kind.phases().contains(Phase.HANDING_OFF);
    recorder.record(
        new FaultBegan(Witness.now(), kind.name(), leaving ? Phase.HANDING_OFF : phase, detail));
  }
}
