package org.perille.internal.effect;

import java.util.List;
import java.util.Optional;
import org.perille.internal.log.LogMessage;
import org.perille.internal.wire.PayloadCodec.Encoded;

/**
 * What a key stores in the journal: messages were handled, one after the other, with what they did.
 *
 * @param incarnation of the worker that handled them
 */
public record EffectsRecorded(long incarnation, long timestampMillis, List<Handled> handled) {

  /**
   * A message was handled.
   *
   * @param events in order
   * @param outgoing messages to publish, in order
   */
  public record Handled(
      long offset, List<Encoded> events, List<Outgoing> outgoing, Optional<Encoded> reply) {}

  /** A message to publish, without its origin. */
  public record Outgoing(String topic, LogMessage message) {}

  public EffectsRecorded {
    handled = List.copyOf(handled);
    if (handled.isEmpty()) {
      throw new IllegalArgumentException("effects of no message can't be recorded");
    }
  }

  /** The last offset that was handled. */
  public long lastOffset() {
    return handled.get(handled.size() - 1).offset();
  }
}
