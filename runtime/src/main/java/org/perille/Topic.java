package org.perille;

import java.util.Objects;
import java.util.function.Function;

/**
 * A named, typed stream of messages, split into a fixed number of partitions.
 *
 * <p>Two messages of one topic with the same key are never reordered. The key's hash decides the
 * partition, so the number of partitions is fixed when the topic is first used: a later start with
 * another number is refused.
 *
 * <p><b>Threading</b>: immutable.
 *
 * @param <T> the type of the messages
 */
public final class Topic<T> implements Definition {
  /** Sixteen keeps a small cluster busy and still leaves each partition large batches. */
  public static final int DEFAULT_PARTITIONS = 16;

  /** The most partitions a topic can have. */
  public static final int MAX_PARTITIONS = 1024;

  private final String name;
  private final Class<T> messageClass;
  private final Function<? super T, String> key;
  private final int partitions;

  private Topic(
      String name, Class<T> messageClass, Function<? super T, String> key, int partitions) {
    this.name = name;
    this.messageClass = messageClass;
    this.key = key;
    this.partitions = partitions;
  }

  /**
   * Begins the definition of a topic; {@link Unkeyed#keyedBy} completes it.
   *
   * @param name 1 to 100 of the characters {@code A-Z a-z 0-9 - _ .}
   * @param messageClass the class, or a common supertype, of the messages
   * @throws ConfigurationException if the name is not valid
   */
  public static <T> Unkeyed<T> of(String name, Class<T> messageClass) {
    return new Unkeyed<>(
        Names.requireValid("topic", name), Objects.requireNonNull(messageClass, "messageClass"));
  }

  /** A topic that still needs to know what orders its messages. */
  public static final class Unkeyed<T> {
    private final String name;
    private final Class<T> messageClass;

    private Unkeyed(String name, Class<T> messageClass) {
      this.name = name;
      this.messageClass = messageClass;
    }

    /**
     * Completes the topic with what orders its messages. A message whose key is null or empty is
     * refused at publish.
     */
    public Topic<T> keyedBy(Function<? super T, String> key) {
      return new Topic<>(
          name, messageClass, Objects.requireNonNull(key, "key"), DEFAULT_PARTITIONS);
    }
  }

  /**
   * The same topic with another number of partitions, 1 to {@value #MAX_PARTITIONS}; {@value
   * #DEFAULT_PARTITIONS} unless told.
   *
   * @throws ConfigurationException if the number is out of range
   */
  public Topic<T> withPartitions(int partitions) {
    if (partitions < 1 || partitions > MAX_PARTITIONS) {
      throw new ConfigurationException(
          "topic '%s' can't have %d partitions: use 1 to %d"
              .formatted(name, partitions, MAX_PARTITIONS));
    }
    return new Topic<>(name, messageClass, key, partitions);
  }

  @Override
  public String name() {
    return name;
  }

  /** The class, or a common supertype, of the messages. */
  public Class<T> messageClass() {
    return messageClass;
  }

  /** What orders the message; may be null or empty, which a publisher refuses. */
  public String keyOf(T message) {
    return key.apply(message);
  }

  /** The fixed number of partitions. */
  public int partitions() {
    return partitions;
  }

  @Override
  public String toString() {
    return "topic '" + name + "'";
  }
}
