package org.perille.proof.transaction;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.perille.proof.simulation.Choices;
import org.perille.proof.simulation.FaultKind;
import org.perille.proof.simulation.RunRecorder;
import org.perille.testkit.history.Phase;

/** A network that loses, delays, duplicates and reorders everything. It also has the time. */
final class Wire {
  private record Letter(FaultKind loss, Supplier<Phase> phase, Runnable arrival) {}

  private final Choices random;
  private final RunRecorder recorder;
  private final List<Letter> letters = new ArrayList<>();
  private long nowMillis = Duration.ofDays(20_000).toMillis();

  Wire(Choices random, RunRecorder recorder) {
    this.random = random;
    this.recorder = recorder;
  }

  long nowMillis() {
    return nowMillis;
  }

  void pass(Duration time) {
    nowMillis += time.toMillis();
  }

  /**
   * Sends a message.
   *
   * @param loss the fault that its loss is
   * @param phase returns the phase that its loss would hit
   */
  void send(FaultKind loss, Supplier<Phase> phase, Runnable arrival) {
    letters.add(new Letter(loss, phase, arrival));
  }

  /**
   * Delivers a random message.
   *
   * @param keep whether it is delivered once more
   */
  void deliver(boolean keep) {
    if (!letters.isEmpty()) {
      int index = random.nextInt(letters.size());
      (keep ? letters.get(index) : letters.remove(index)).arrival.run();
    }
  }

  void lose() {
    if (!letters.isEmpty()) {
      Letter lost = letters.remove(random.nextInt(letters.size()));
      recorder.fault(lost.loss, lost.phase.get());
    }
  }

  boolean isEmpty() {
    return letters.isEmpty();
  }
}
