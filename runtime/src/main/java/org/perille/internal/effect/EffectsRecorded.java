package org.perille.internal.effect;

import java.util.List;
import java.util.Optional;
import org.perille.internal.PerilleSerializable;
import org.perille.internal.log.LogMessage;
import org.perille.internal.payload.PayloadCodec.Encoded;

/**
 * A key's event in the journal: messages were handled, with their effects, or given up.
 *
 * @param epoch the epoch of the worker that handled them
 * @param givenUp the offsets of messages without an effect, which can be handled only late
 * @param reading the knowledge of the worker that gave them up
 */
public record EffectsRecorded(
    long epoch, long timestampMillis, List<Handled> handled, List<Long> givenUp, Reading reading)
    implements PerilleSerializable {

  /** The knowledge of a worker that gave messages up, about their key. */
  public enum Reading {
    /** The worker knew what the key had handled. The messages have no effect. */
    READ,
    /** The worker knew nothing, and the messages were in order: they may have an effect. */
    UNREAD,
    /** The worker knew nothing, and the messages were given up before. */
    UNREAD_LATE
  }

  /**
   * A handled message.
   *
   * @param late true if it was given up before, and so was handled out of order
   * @param events the events, in order
   * @param outgoing the messages to publish, in order
   */
  public record Handled(
      long offset,
      boolean late,
      List<Encoded> events,
      List<Outgoing> outgoing,
      Optional<Encoded> reply) {}

  /** A message to publish, without its origin. */
  public record Outgoing(String topic, LogMessage message) {}

  public EffectsRecorded {
    handled = List.copyOf(handled);
    givenUp = List.copyOf(givenUp);
    if (handled.isEmpty() && givenUp.isEmpty()) {
      throw new IllegalArgumentException("effects of no message can't be recorded");
    }
  }

  /** Creates the event of handled messages. */
  static EffectsRecorded handled(long epoch, long timestampMillis, List<Handled> handled) {
    return new EffectsRecorded(epoch, timestampMillis, handled, List.of(), Reading.READ);
  }

  /** Creates the event of a message that was given up. */
  static EffectsRecorded givenUp(long epoch, long timestampMillis, long offset) {
    return new EffectsRecorded(epoch, timestampMillis, List.of(), List.of(offset), Reading.READ);
  }

  /**
   * Creates the event of a message given up by a worker that couldn't read what the key had
   * handled.
   *
   * @param late true if it was given up before; then it can't be confused with a handled one
   */
  static EffectsRecorded givenUpUnread(
      long epoch, long timestampMillis, long offset, boolean late) {
    return new EffectsRecorded(
        epoch,
        timestampMillis,
        List.of(),
        List.of(offset),
        late ? Reading.UNREAD_LATE : Reading.UNREAD);
  }
}
