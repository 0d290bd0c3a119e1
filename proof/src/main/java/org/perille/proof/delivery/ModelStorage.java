package org.perille.proof.delivery;

import java.io.NotSerializableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureLogEvent;
import org.perille.internal.failure.FailureSnapshot;
import org.perille.internal.failure.FailureState;
import org.perille.internal.wire.PerilleSerializer;

/**
 * The durable state of a subscription in a partition. A writer that was replaced can't change it.
 */
final class ModelStorage {
  private final PerilleSerializer serializer;
  private final List<FailureLogEvent> failures = new ArrayList<>();

  /**
   * The durable writes of progress. Each starts an epoch with an unchanged cursor, or moves the
   * cursor.
   */
  private final List<Optional<Cursor>> progress = new ArrayList<>();

  private FailureSnapshot snapshot = new FailureState().snapshot();

  /** The state after the first {@link #readFailures} events, kept so that looking is cheap. */
  private final FailureState durable = new FailureState();

  private int readFailures;

  ModelStorage(ActorSystem<?> system) {
    this.serializer =
        new PerilleSerializer(
            (org.apache.pekko.actor.ExtendedActorSystem)
                org.apache.pekko.actor.typed.javadsl.Adapter.toClassic(system));
  }

  /** Takes over, and returns the durable failures. No predecessor can add anything from now on. */
  FailureSnapshot recoverFailures(long nowMillis) {
    failures.add(new FailureLogEvent.Activated(nowMillis, "node"));
    FailureState recovered = FailureState.restore(copy(snapshot));
    failures.stream()
        .skip(snapshot.sequenceNumber())
        .forEach(event -> recovered.apply(copy(event)));
    return recovered.snapshot();
  }

  /** Returns a message as it is after it was written and read again. */
  @SuppressWarnings("unchecked") // the serializer returns the same type
  private <M> M copy(M message) {
    try {
      return (M) serializer.fromBinary(serializer.toBinary(message), serializer.manifest(message));
    } catch (NotSerializableException e) {
      throw new IllegalStateException(e);
    }
  }

  void takeSnapshot(Random random) {
    if (random.nextBoolean()) {
      snapshot = durableFailures().snapshot();
    }
  }

  long failureEvents() {
    return failures.size();
  }

  /**
   * Adds failure events.
   *
   * @return false if another writer has taken over
   */
  boolean addFailures(long sequenceNumber, List<FailureEvent> changes) {
    return failures.size() == sequenceNumber && failures.add(new FailureLogEvent.Changed(changes));
  }

  /** Returns all durable failure events, in order. */
  Stream<FailureEvent> changes() {
    return failures.stream()
        .flatMap(
            event ->
                event instanceof FailureLogEvent.Changed changed
                    ? changed.changes().stream()
                    : Stream.empty());
  }

  /** Returns the failures that a successor would recover now. The caller must not change them. */
  FailureState durableFailures() {
    failures.subList(readFailures, failures.size()).forEach(event -> durable.apply(copy(event)));
    readFailures = failures.size();
    return durable;
  }

  Optional<Cursor> recoverCursor() {
    Optional<Cursor> last =
        progress.isEmpty() ? Optional.empty() : progress.get(progress.size() - 1);
    progress.add(last);
    return last;
  }

  /** Returns whether a successor would know where the subscription began. */
  boolean hasBegun() {
    return !progress.isEmpty() && progress.get(progress.size() - 1).isPresent();
  }

  /** Returns the generation of the cursor. */
  long generation() {
    return progress.isEmpty()
        ? 0
        : progress.get(progress.size() - 1).map(c -> c.generation().number()).orElse(0L);
  }

  long cursorEvents() {
    return progress.size();
  }

  /**
   * Moves the cursor.
   *
   * @return false if another writer has taken over
   */
  boolean move(long sequenceNumber, Cursor cursor) {
    return progress.size() == sequenceNumber && progress.add(Optional.of(cursor));
  }
}
