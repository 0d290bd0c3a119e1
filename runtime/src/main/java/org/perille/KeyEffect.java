package org.perille;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The effect of handling one message of a key.
 *
 * <p>Perille creates effects of keys; {@link #builder} creates some for tests.
 *
 * <p><b>Threading</b>: immutable, as far as events and reply are.
 */
public sealed interface KeyEffect permits KeyEffectValue {
  /** Returns the key. */
  String key();

  /** Returns the offset of the message, from 0. */
  long offset();

  /** Returns the time when the effect became durable, by the clock of the node that handled it. */
  Instant recordedAt();

  /** Returns the events, in order. */
  List<Object> events();

  /** Returns the names of the topics that it published to, in order. */
  List<String> published();

  /** Returns the reply, if there is one. */
  Optional<Object> reply();

  /**
   * Starts an effect, for tests.
   *
   * <p>Defaults: recorded at the epoch, no events, nothing published, no reply.
   */
  static Builder builder(String key, long offset) {
    return new Builder(key, offset);
  }

  /**
   * Builds an effect of a key.
   *
   * <p><b>Threading</b>: for use by one thread.
   */
  final class Builder {
    private final String key;
    private final long offset;
    private Instant recordedAt = Instant.EPOCH;
    private List<Object> events = List.of();
    private List<String> published = List.of();
    private Optional<Object> reply = Optional.empty();

    private Builder(String key, long offset) {
      this.key = key;
      this.offset = offset;
    }

    /** Sets the time when the effect became durable, by the clock of the node that handled it. */
    public Builder recordedAt(Instant recordedAt) {
      this.recordedAt = recordedAt;
      return this;
    }

    /** Sets the events, in order. */
    public Builder events(List<Object> events) {
      this.events = events;
      return this;
    }

    /** Sets the names of the topics that it published to, in order. */
    public Builder published(List<String> published) {
      this.published = published;
      return this;
    }

    /** Sets the reply. */
    public Builder reply(Object reply) {
      this.reply = Optional.of(reply);
      return this;
    }

    /**
     * Returns the result.
     *
     * @throws NullPointerException if a property is null
     */
    public KeyEffect build() {
      return new KeyEffectValue(key, offset, recordedAt, events, published, reply);
    }
  }
}
