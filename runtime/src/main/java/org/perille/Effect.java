package org.perille;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The result of handling a message: events to store, messages to publish, a reply.
 *
 * <p>All of it happens, or none of it.
 *
 * <pre>{@code
 * return Effect.of(new UnitsTaken(5)).publish(alarms, new StockLow("France", 3)).reply(accepted);
 * }</pre>
 *
 * <p><b>Threading</b>: immutable.
 *
 * @param <E> the events
 */
public final class Effect<E> {
  private static final Effect<?> NONE =
      new Effect<>(List.of(), List.of(), Optional.<Object>empty());

  /**
   * A message to publish.
   *
   * <p>Its id follows from the message that is being handled. Its topic recognises a repetition at
   * any later time.
   *
   * @param message has no id of its own, and no condition
   */
  public record Publication<M>(Topic<M> topic, Message<M> message) {
    public Publication {
      Objects.requireNonNull(topic, "topic");
      if (message.id().isPresent()) {
        throw new IllegalArgumentException(
            "the id of a message that an effect publishes follows from the handled message, so it can't have '%s': leave the id away, or put it into a header"
                .formatted(message.id().get().value()));
      }
      if (message.condition().isPresent()) {
        throw new IllegalArgumentException(
            "a message that an effect publishes can't have a condition: the effect is stored before it is published, and nothing may refuse it after that; decide on the state of the key instead, or use a Publisher");
      }
    }

    public Publication(Topic<M> topic, M payload, Map<String, String> headers) {
      this(topic, Message.of(payload).withHeaders(headers));
    }

    /** Returns the payload of the message. */
    public M payload() {
      return message.payload();
    }

    /** Returns the headers of the message. */
    public Map<String, String> headers() {
      return message.headers();
    }
  }

  private final List<E> events;
  private final List<Publication<?>> publications;
  private final Optional<Object> reply;

  private Effect(List<E> events, List<Publication<?>> publications, Optional<Object> reply) {
    this.events = events;
    this.publications = publications;
    this.reply = reply;
  }

  /** Returns an effect that only marks the message as handled. */
  @SuppressWarnings("unchecked") // has no events
  public static <E> Effect<E> none() {
    return (Effect<E>) NONE;
  }

  /** Returns an effect that stores an event. */
  public static <E> Effect<E> of(E event) {
    return ofAll(List.of(event));
  }

  /** Returns an effect that stores events, in order. */
  public static <E> Effect<E> ofAll(List<? extends E> events) {
    return new Effect<>(List.copyOf(events), List.of(), Optional.empty());
  }

  /** Adds a message to publish, after those that were added before. */
  public <M> Effect<E> publish(Topic<M> topic, M payload) {
    return publish(topic, payload, Map.of());
  }

  /** Adds a message to publish, with headers, after those that were added before. */
  public <M> Effect<E> publish(Topic<M> topic, M payload, Map<String, String> headers) {
    return publish(topic, Message.of(payload).withHeaders(headers));
  }

  /**
   * Adds a message to publish, with headers and times, after those that were added before.
   *
   * <p>So a handler can send a message to a later time, such as the deadline of a step. The times
   * are stored with the effect: a repetition doesn't move them.
   *
   * @throws IllegalArgumentException if the message has an id of its own: it follows from the
   *     handled message. Also if it has a condition: a handled message must have its effect
   */
  public <M> Effect<E> publish(Topic<M> topic, Message<M> message) {
    List<Publication<?>> all = new ArrayList<>(publications);
    all.add(new Publication<>(topic, message));
    return new Effect<>(events, List.copyOf(all), reply);
  }

  /**
   * Stores a reply to the message, to be queried later.
   *
   * <p>A serializer must accept it. The last replies of a key are stored in its state, older ones
   * are read from the journal.
   */
  public Effect<E> reply(Object reply) {
    return new Effect<>(events, publications, Optional.of(reply));
  }

  /** Returns the events, in order. */
  public List<E> events() {
    return events;
  }

  /** Returns the messages to publish, in order. */
  public List<Publication<?>> publications() {
    return publications;
  }

  /** Returns the reply, if there is one. */
  public Optional<Object> reply() {
    return reply;
  }
}
