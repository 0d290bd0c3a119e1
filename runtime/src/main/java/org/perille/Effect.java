package org.perille;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What handling a message does: events to store, messages to publish, a reply. All of it happens,
 * or nothing of it.
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
   * A message to publish. Its id follows from the message that is being handled, and is known to
   * its topic for ever: a repetition is recognised whenever it comes.
   */
  public record Publication<M>(Topic<M> topic, M message, Map<String, String> headers) {
    public Publication {
      Objects.requireNonNull(topic, "topic");
      Objects.requireNonNull(message, "message");
      headers = Map.copyOf(headers);
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

  /** Nothing, but the fact that the message is handled. */
  @SuppressWarnings("unchecked") // has no events
  public static <E> Effect<E> none() {
    return (Effect<E>) NONE;
  }

  /** Stores an event. */
  public static <E> Effect<E> of(E event) {
    return ofAll(List.of(event));
  }

  /** Stores events, in order. */
  public static <E> Effect<E> ofAll(List<? extends E> events) {
    return new Effect<>(List.copyOf(events), List.of(), Optional.empty());
  }

  /** Publishes a message, after those that were added before. */
  public <M> Effect<E> publish(Topic<M> topic, M message) {
    return publish(topic, message, Map.of());
  }

  /** Publishes a message with headers, after those that were added before. */
  public <M> Effect<E> publish(Topic<M> topic, M message, Map<String, String> headers) {
    List<Publication<?>> all = new ArrayList<>(publications);
    all.add(new Publication<>(topic, message, headers));
    return new Effect<>(events, List.copyOf(all), reply);
  }

  /**
   * Keeps an answer to the message, for whoever asks for it; something must be able to serialize
   * it. The last answers of a key are kept in its state, older ones are looked up.
   */
  public Effect<E> reply(Object reply) {
    return new Effect<>(events, publications, Optional.of(reply));
  }

  /** The events, in order. */
  public List<E> events() {
    return events;
  }

  /** The messages to publish, in order. */
  public List<Publication<?>> publications() {
    return publications;
  }

  /** The answer, if there is one. */
  public Optional<Object> reply() {
    return reply;
  }
}
