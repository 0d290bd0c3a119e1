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
 */
public record EffectsRecorded(
    long incarnation, long timestampMillis, List<Handled> handled, List<Long> givenUp) {

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
    return new EffectsRecorded(incarnation, timestampMillis, handled, List.of());
  }

  /** A message was given up. */
  static EffectsRecorded givenUp(long incarnation, long timestampMillis, long offset) {
    return new EffectsRecorded(incarnation, timestampMillis, List.of(), List.of(offset));
  }
}
