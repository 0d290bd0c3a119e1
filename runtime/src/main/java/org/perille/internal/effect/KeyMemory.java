package org.perille.internal.effect;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.perille.internal.effect.EffectsRecorded.Handled;
import org.perille.internal.wire.PayloadCodec.Encoded;

/**
 * What is known of a key: what its events have made of it. Immutable.
 *
 * @param state the application's state
 * @param lastOffset the last offset that was handled; -1 if none was
 * @param incarnation of the last worker that handled something
 * @param last what the last write did; all that was to be published before is published
 * @param replies the latest replies, oldest first
 * @param sequenceNumber of the last event
 */
public record KeyMemory(
    Object state,
    long lastOffset,
    long incarnation,
    List<Handled> last,
    List<Reply> replies,
    long sequenceNumber) {

  /** What was answered to a message. */
  public record Reply(long offset, Encoded reply) {}

  /** Older replies are looked up in the journal: who asks usually asks at once. */
  public static final int MAX_REPLIES = 20;

  /** A key that has handled nothing. */
  static KeyMemory empty(KeyLogic<?> logic) {
    return new KeyMemory(logic.emptyState(), -1, 0, List.of(), List.of(), 0);
  }

  /** Whether a message was handled. */
  boolean isHandled(long offset) {
    return offset <= lastOffset;
  }

  /** What a message did, if it may still have to be published. */
  Optional<Handled> lastHandled(long offset) {
    return last.stream().filter(handled -> handled.offset() == offset).findFirst();
  }

  /** The reply to a message, if it is one of the latest. */
  public Optional<Encoded> reply(long offset) {
    return replies.stream().filter(r -> r.offset() == offset).findFirst().map(Reply::reply);
  }

  /** Takes in an event that was replayed. */
  KeyMemory apply(EffectsRecorded event, KeyLogic<?> logic, EffectCodec codec) {
    Object after = state;
    for (Handled handled : event.handled()) {
      for (Encoded encoded : handled.events()) {
        after = logic.apply(after, codec.decode(encoded, "event of offset " + handled.offset()));
      }
    }
    return after(event, after);
  }

  /** Takes in an event whose effect on the state is known. */
  KeyMemory after(EffectsRecorded event, Object stateAfter) {
    if (event.incarnation() < incarnation) {
      throw new IllegalStateException(
          "INV-8 a worker that was replaced changes no key: incarnation %d wrote after %d"
              .formatted(event.incarnation(), incarnation));
    }
    long offset = lastOffset;
    List<Reply> kept = replies;
    for (Handled handled : event.handled()) {
      if (handled.offset() <= offset) {
        throw new IllegalStateException(
            "INV-9 a key handles rising offsets: %d after %d".formatted(handled.offset(), offset));
      }
      offset = handled.offset();
      if (handled.reply().isPresent()) {
        kept = new ArrayList<>(kept);
        kept.add(new Reply(offset, handled.reply().get()));
      }
    }
    if (kept.size() > MAX_REPLIES) {
      kept = kept.subList(kept.size() - MAX_REPLIES, kept.size());
    }
    return new KeyMemory(
        stateAfter,
        offset,
        event.incarnation(),
        event.handled(),
        List.copyOf(kept),
        sequenceNumber + 1);
  }

  KeySnapshot snapshot(KeyLogic<?> logic, EffectCodec codec) {
    return new KeySnapshot(
        state == logic.emptyState() ? Optional.empty() : Optional.of(codec.encode(state)),
        lastOffset,
        incarnation,
        last,
        replies,
        sequenceNumber);
  }

  static KeyMemory restore(KeySnapshot snapshot, KeyLogic<?> logic, EffectCodec codec) {
    Object state =
        snapshot
            .state()
            .map(encoded -> logic.requireState(codec.decode(encoded, "state")))
            .orElseGet(logic::emptyState);
    return new KeyMemory(
        state,
        snapshot.lastOffset(),
        snapshot.incarnation(),
        snapshot.last(),
        snapshot.replies(),
        snapshot.sequenceNumber());
  }
}
