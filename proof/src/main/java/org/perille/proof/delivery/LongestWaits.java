package org.perille.proof.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.perille.OnExhausted;
import org.perille.internal.failure.DeferredMessage;
import org.perille.internal.failure.FailureState;

/**
 * A check that no message waits longer than its retry policy allows, whatever a clock shows.
 *
 * <p>After that time, each worker must consider it due. Time is what has passed, and not what
 * clocks show. A message that waits for the time that its publisher has set is exempt: the clock of
 * the handling node decides.
 */
final class LongestWaits {
  /** The share of a delay by which a due time may be rounded up. */
  private static final int ROUNDING = 8;

  /** An event after which a message has a due time. */
  private enum Cause {
    FAILED(Mark.FAILED_UNDER_CLOCK_AHEAD),
    INTERRUPTED(Mark.INTERRUPTED_UNDER_CLOCK_AHEAD),
    REDRIVEN(Mark.REDRIVEN_UNDER_CLOCK_AHEAD);

    private final Mark aheadThen;

    Cause(Mark aheadThen) {
      this.aheadThen = aheadThen;
    }

    static Cause of(DeferredMessage message) {
      if (message.outcomeUnknown()) {
        return INTERRUPTED;
      }
      return message.redriven() && message.countedAttempts() == 0 ? REDRIVEN : FAILED;
    }
  }

  /** A due time of a message. Replaced workers may still know an earlier one. */
  private record DueTime(long offset, long dueMillis, int attempts, Cause cause) {
    static DueTime of(DeferredMessage message) {
      return new DueTime(
          message.offset(), message.dueMillis(), message.attempts(), Cause.of(message));
    }
  }

  /**
   * The circumstances in which a worker has set a due time.
   *
   * @param setBackMillis by how much the clocks of all nodes had been set back until then
   * @param wrongByMillis the error of the worker's clock
   */
  private record DueSet(long atPassedMillis, long setBackMillis, long wrongByMillis) {}

  private final Simulation scenario;
  private final long longestDelayMillis;
  private final Map<DueTime, DueSet> dueTimes = new HashMap<>();

  LongestWaits(Simulation scenario) {
    this.scenario = scenario;
    long delay =
        Math.max(
            HandlerBehavior.NACK_DELAY.toMillis(),
            scenario.setup().subscription().retries().delayAfter(100, 0).toMillis());
    this.longestDelayMillis = delay + delay / ROUNDING + 1;
  }

  /** Records new due times after a step of a worker, and checks those that have passed. */
  void observe(ModelWorkerRun workerRun) {
    FailureState failures = workerRun.core().failures();
    Map<String, ? extends Collection<DeferredMessage>> deferred = failures.deferred().byGroup();
    if (deferred.isEmpty()) {
      return;
    }
    long now = workerRun.clock().millis();
    Set<String> dueGroups = new HashSet<>();
    failures.deferred().dueAt(now).forEach(dueGroups::add);
    Map<String, Long> parked = parkedBehind(failures);
    deferred.forEach(
        (group, messages) -> {
          messages.forEach(message -> note(workerRun, message));
          // A dead letter may park an ordering group without messages.
          Optional<DeferredMessage> first = messages.stream().findFirst();
          if (first
              .filter(m -> m.offset() < parked.getOrDefault(group, Long.MAX_VALUE))
              .filter(this::mustBeDue)
              .isPresent()) {
            assertThat(
                    dueGroups.contains(group) && !failures.deferred().next(group, now, 1).isEmpty())
                .as("%s is due by its retry policy, and %s knows that", first.get(), workerRun)
                .isTrue();
          }
        });
  }

  /** Returns the first dead letter of each ordering group that waits behind one. */
  private static Map<String, Long> parkedBehind(FailureState failures) {
    Map<String, Long> parked = new HashMap<>();
    failures
        .letters()
        .forEach(
            (offset, letter) -> {
              if (letter.givenUp().consequence() != OnExhausted.CONTINUE) {
                parked.merge(letter.givenUp().position().group(), offset, Math::min);
              }
            });
    return parked;
  }

  private void note(ModelWorkerRun workerRun, DeferredMessage message) {
    if (!isPublishersDueTime(message)) {
      dueTimes.putIfAbsent(
          DueTime.of(message),
          new DueSet(
              scenario.clock().passedMillis(),
              scenario.clock().setBackMillis(),
              workerRun.clock().wrongByMillis()));
    }
  }

  /** Returns whether a message waits for a time that its publisher has set, or for none. */
  private boolean isPublishersDueTime(DeferredMessage message) {
    return message.dueMillis()
        == scenario.topic().entries().get((int) message.offset()).message().times().notBefore();
  }

  private boolean mustBeDue(DeferredMessage message) {
    DueTime dueTime = DueTime.of(message);
    DueSet set = dueTimes.get(dueTime);
    if (set == null || isPublishersDueTime(message)) {
      return false;
    }
    // Clocks that are set back by seconds delay a retry by as much.
    long setBack = scenario.clock().setBackMillis() - set.setBackMillis;
    long delay = dueTime.cause == Cause.REDRIVEN ? 0 : longestDelayMillis;
    return scenario.clock().passedMillis() >= set.atPassedMillis + delay + setBack;
  }

  /** Records that a handler was called. */
  void entered(ModelWorkerRun workerRun, long offset) {
    workerRun
        .core()
        .failures()
        .deferred()
        .at(offset)
        .map(DueTime::of)
        .filter(dueTimes::containsKey)
        .ifPresent(
            dueTime -> {
              long wrongBy = dueTimes.get(dueTime).wrongByMillis;
              if (wrongBy > 0 && workerRun.clock().wrongByMillis() < wrongBy) {
                scenario.mark(dueTime.cause.aheadThen);
              }
            });
  }
}
