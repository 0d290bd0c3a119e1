package org.perille.internal.effect;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.perille.internal.effect.EffectsRecorded.Handled;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.payload.PayloadCodec.Encoded;

/**
 * The record of a key: the result of its events. Immutable.
 *
 * @param state the application's state
 * @param lastOffset the last offset that was handled in order; -1 if none was
 * @param lateHandled the offsets that were handled out of order, after they had been given up
 * @param epoch the epoch of the last worker that handled something
 * @param last the effects of the last write; all earlier publications are published
 * @param replies the latest replies, oldest first
 * @param sequenceNumber the sequence number of the last event
 */
public record KeyRecord(
    Object state,
    long lastOffset,
    OffsetSet lateHandled,
    long epoch,
    List<Handled> last,
    List<Reply> replies,
    long sequenceNumber) {

  /** The reply to a message. */
  public record Reply(long offset, Encoded reply) {}

  /**
   * The limit of replies in memory. Older ones are read from the journal; most are queried at once.
   */
  public static final int MAX_REPLIES = 20;

  /** Returns the record of a key that has handled nothing. */
  public static KeyRecord empty(KeyBehavior<?> logic) {
    return new KeyRecord(logic.emptyState(), -1, OffsetSet.NONE, 0, List.of(), List.of(), 0);
  }

  /**
   * Returns whether a message was handled.
   *
   * @param late true if it was given up before; then higher handled offsets don't imply it
   */
  boolean isHandled(long offset, boolean late) {
    return isHandled(offset, late, lastOffset, lateHandled);
  }

  private static boolean isHandled(
      long offset, boolean late, long lastOffset, OffsetSet lateHandled) {
    return (!late && offset <= lastOffset) || lateHandled.contains(offset);
  }

  /** Returns the highest offset that was handled; -1 if none was. */
  public long highestOffset() {
    return Math.max(lastOffset, lateHandled.end() - 1);
  }

  /** Returns the reply to a message, if it is one of the latest. */
  public Optional<Encoded> reply(long offset) {
    return replies.stream().filter(r -> r.offset() == offset).findFirst().map(Reply::reply);
  }

  /** Returns the record after a replayed event. */
  public KeyRecord apply(EffectsRecorded event, KeyBehavior<?> logic, EffectCodec codec) {
    Object after = state;
    for (Handled handled : event.handled()) {
      for (Encoded encoded : handled.events()) {
        after = logic.replay(after, encoded, codec, "event of offset " + handled.offset());
      }
    }
    return after(event, after);
  }

  /** Returns the record after an event whose effect on the state is known. */
  KeyRecord after(EffectsRecorded event, Object stateAfter) {
    boolean read = event.reading() == EffectsRecorded.Reading.READ;
    // A worker that couldn't read the key couldn't know that it had been replaced.
    if (event.epoch() < epoch && read) {
      throw new IllegalStateException(
          "INV-8 a worker that was replaced changes no key: epoch %d wrote after %d"
              .formatted(event.epoch(), epoch));
    }
    long offset = lastOffset;
    OffsetSet late = lateHandled;
    List<Reply> kept = replies;
    for (Handled handled : event.handled()) {
      if (isHandled(handled.offset(), handled.late(), offset, late)) {
        throw new IllegalStateException(
            "INV-9 a key handles rising offsets, and late ones once: %d%s after %d and late %s"
                .formatted(handled.offset(), handled.late() ? " (late)" : "", offset, late));
      }
      if (handled.late()) {
        late = late.add(List.of(handled.offset()));
      } else {
        offset = handled.offset();
      }
      if (handled.reply().isPresent()) {
        kept = new ArrayList<>(kept);
        kept.add(new Reply(handled.offset(), handled.reply().get()));
      }
    }
    if (event.reading() == EffectsRecorded.Reading.UNREAD) {
      for (long givenUp : event.givenUp()) {
        if (isHandled(givenUp, false, offset, late)) {
          late = late.add(List.of(givenUp));
        }
      }
    }
    if (kept.size() > MAX_REPLIES) {
      kept = kept.subList(kept.size() - MAX_REPLIES, kept.size());
    }
    return new KeyRecord(
        stateAfter,
        offset,
        late,
        Math.max(epoch, event.epoch()),
        // A worker that couldn't read the key hasn't published the publications of its last event.
        read ? event.handled() : last,
        List.copyOf(kept),
        sequenceNumber + 1);
  }

  public KeySnapshot snapshot(KeyBehavior<?> logic, EffectCodec codec) {
    return new KeySnapshot(
        state == logic.emptyState() ? Optional.empty() : Optional.of(codec.encode(state)),
        lastOffset,
        lateHandled,
        epoch,
        last,
        replies,
        sequenceNumber);
  }

  public static KeyRecord restore(KeySnapshot snapshot, KeyBehavior<?> logic, EffectCodec codec) {
    Object state =
        snapshot.state().map(encoded -> logic.restore(encoded, codec)).orElseGet(logic::emptyState);
    return new KeyRecord(
        state,
        snapshot.lastOffset(),
        snapshot.lateHandled(),
        snapshot.epoch(),
        snapshot.last(),
        snapshot.replies(),
        snapshot.sequenceNumber());
  }
}
