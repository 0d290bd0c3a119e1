package org.perille;

/**
 * A handler that is a small state machine for each key: it answers a message with events, which are
 * stored, and the state of a key is what its events make of it.
 *
 * <p><b>Guarantee</b>: the events, the messages to publish and the fact that the message was
 * handled are one atomic write. A message that was handled already changes nothing when it comes
 * again, however often and after whatever crash, and each message to publish stands in its topic
 * once.
 *
 * <p><b>Not guaranteed</b>: that {@link #handle} is called once. It may be called again, on the
 * same state, when what it answered couldn't be stored; so it decides, and changes nothing outside.
 *
 * <p><b>Threading</b>: {@link #handle} is called for different keys at once, for one key one
 * message after the other. States and events are immutable.
 *
 * <p><b>Failure</b>: if {@link #handle} or {@link #apply} throws, or the events can't be
 * serialized, nothing is stored, and the attempt has failed.
 *
 * @param <T> the messages
 * @param <S> the state of a key
 * @param <E> the events
 */
public interface EventSourcedHandler<T, S, E> {
  /** The class, or a common supertype, of the states; something must be able to serialize it. */
  Class<S> stateType();

  /** The class, or a common supertype, of the events; something must be able to serialize it. */
  Class<E> eventType();

  /** The state of a key that has handled nothing. */
  S emptyState();

  /**
   * Decides what a message does.
   *
   * @param state what the key's events have made so far
   * @throws Exception any exception fails the attempt
   */
  Effect<E> handle(S state, Delivery<T> delivery) throws Exception;

  /** The state after an event. Pure: it is called again whenever the state is rebuilt. */
  S apply(S state, E event);
}
