package org.perille;

/**
 * A handler that is a state machine for each key.
 *
 * <p>It returns events for a message, which Perille stores. The state of a key is the result of
 * applying its events.
 *
 * <p><b>Guarantee</b>: the events, the messages to publish and the fact that the message was
 * handled are one atomic write. Delivering a handled message again has no effect, however often and
 * after any crash. Each message to publish is stored in its topic once.
 *
 * <p><b>Not guaranteed</b>: that {@link #handle} is called once. It is called again, on the same
 * state, when its result couldn't be stored. So it must only decide, without side effects.
 *
 * <p><b>Threading</b>: {@link #handle} is called concurrently for different keys, and for one
 * message at a time of the same key. States and events must be immutable.
 *
 * <p><b>Failure</b>: if {@link #handle} or {@link #apply} throws, or the events can't be
 * serialized, nothing is stored, and the attempt has failed.
 *
 * @param <T> the messages
 * @param <S> the state of a key
 * @param <E> the events
 */
public interface EventSourcedHandler<T, S, E> {
  /** Returns the class, or a common supertype, of the states. A serializer must accept them. */
  Class<S> stateType();

  /** Returns the class, or a common supertype, of the events. A serializer must accept them. */
  Class<E> eventType();

  /** Returns the state of a key that has handled no message. */
  S emptyState();

  /**
   * Decides the effect of a message.
   *
   * @param state the result of the key's events so far
   * @throws Exception any exception fails the attempt
   */
  Effect<E> handle(S state, Delivery<T> delivery) throws Exception;

  /** Returns the state after an event. Must be pure: it is called whenever the state is rebuilt. */
  S apply(S state, E event);
}
