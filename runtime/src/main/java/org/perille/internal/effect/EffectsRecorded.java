package org.perille.internal.effect;

import java.util.List;
import java.util.Optional;
import org.perille.internal.log.LogMessage;
import org.perille.internal.wire.PayloadCodec.Encoded;

/**
 * What a key stores in the journal: messages were handled, one after the other, with what they did,
 * or given up.
 *
 * @param incarnation of the worker that handled them
 * @param givenUp offsets of messages that have done nothing, and may only come late any more
 * @param reading what the worker knew that gave them up
 */
public record EffectsRecorded(
    long incarnation,
    long timestampMillis,
    List<Handled> handled,
    List<Long> givenUp,
    Reading reading) {

  /** What a worker that gave messages up knew of their key. */
  public enum Reading {
    /** What the key had handled; the messages have done nothing. */
    READ,
    /** Nothing, and it was the messages' turn: they may have done something before. */
    UNREAD,
    /** Nothing, and the messages had been given up before. */
    UNREAD_LATE
  }

  /**
   * A message was handled.
   *
   * @param late whether it had been given up before, and so was handled out of turn
   * @param events in order
   * @param outgoing messages to publish, in order
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

  /** Messages were handled. */
  static EffectsRecorded handled(long incarnation, long timestampMillis, List<Handled> handled) {
    return new EffectsRecorded(incarnation, timestampMillis, handled, List.of(), Reading.READ);
  }

  /** A message was given up. */
  static EffectsRecorded givenUp(long incarnation, long timestampMillis, long offset) {
    return new EffectsRecorded(
        incarnation, timestampMillis, List.of(), List.of(offset), Reading.READ);
  }

  /**
   * A message was given up by a worker that couldn't read what the key had handled.
   *
   * @param late whether it had been given up before: then it can't be mistaken for a handled one
   */
  static EffectsRecorded givenUpUnread(
      long incarnation, long timestampMillis, long offset, boolean late) {
    return new EffectsRecorded(
        incarnation,
        timestampMillis,
        List.of(),
        List.of(offset),
        late ? Reading.UNREAD_LATE : Reading.UNREAD);
  }
}
