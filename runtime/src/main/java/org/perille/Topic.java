package org.perille;

import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * A named, typed stream of messages, split into a fixed number of partitions.
 *
 * <p>Two messages of one topic with the same key are never reordered. The key's hash determines the
 * partition. So the number of partitions is fixed at the first use of the topic: a later start with
 * another number fails.
 *
 * <p><b>Threading</b>: immutable.
 *
 * @param <T> the type of the messages
 */
public final class Topic<T> implements Definition {
  /**
   * The default number of partitions: it uses a small cluster fully, with large batches in each.
   */
  public static final int DEFAULT_PARTITIONS = 16;

  /** The maximum number of partitions. */
  public static final int MAX_PARTITIONS = 1024;

  private final String name;
  private final Class<T> messageClass;
  private final Function<? super T, String> key;
  private final int partitions;
  private final Optional<Compression> compression;

  private Topic(
      String name,
      Class<T> messageClass,
      Function<? super T, String> key,
      int partitions,
      Optional<Compression> compression) {
    this.name = name;
    this.messageClass = messageClass;
    this.key = key;
    this.partitions = partitions;
    this.compression = compression;
  }

  /**
   * Starts the definition of a topic. {@link Unkeyed#keyedBy} completes it.
   *
   * @param name 1 to 100 of the characters {@code A-Z a-z 0-9 - _ .}
   * @param messageClass the class, or a common supertype, of the messages' payloads
   * @throws IllegalArgumentException if the name is not valid
   */
  public static <T> Unkeyed<T> of(String name, Class<T> messageClass) {
    return new Unkeyed<>(
        Names.requireValid("topic", name), Objects.requireNonNull(messageClass, "messageClass"));
  }

  /** A topic without a key function so far. */
  public static final class Unkeyed<T> {
    private final String name;
    private final Class<T> messageClass;

    private Unkeyed(String name, Class<T> messageClass) {
      this.name = name;
      this.messageClass = messageClass;
    }

    /**
     * Completes the topic with the function that returns a message's key.
     *
     * <p>A message whose key is null or empty is refused at publish.
     */
    public Topic<T> keyedBy(Function<? super T, String> key) {
      return new Topic<>(
          name,
          messageClass,
          Objects.requireNonNull(key, "key"),
          DEFAULT_PARTITIONS,
          Optional.empty());
    }
  }

  /**
   * Returns the same topic with another number of partitions.
   *
   * @param partitions 1 to {@value #MAX_PARTITIONS}. Default: {@value #DEFAULT_PARTITIONS}
   * @throws IllegalArgumentException if the number is out of range
   */
  public Topic<T> withPartitions(int partitions) {
    if (partitions < 1 || partitions > MAX_PARTITIONS) {
      throw new IllegalArgumentException(
          "topic '%s' can't have %d partitions: use 1 to %d"
              .formatted(name, partitions, MAX_PARTITIONS));
    }
    return new Topic<>(name, messageClass, key, partitions, compression);
  }

  /**
   * Returns the same topic, whose publishers compress their batches.
   *
   * <p>The setting {@code perille.compression.topics} replaces it, without a change of code. It may
   * be changed at any time, also in a rolling restart. Default: the setting {@code
   * perille.compression.type}, which is {@code none}.
   *
   * <p>A node on which the type's library is missing refuses the topic with a {@link
   * ConfigurationException}.
   */
  public Topic<T> compressed(Compression compression) {
    return new Topic<>(
        name,
        messageClass,
        key,
        partitions,
        Optional.of(Objects.requireNonNull(compression, "compression")));
  }

  @Override
  public String name() {
    return name;
  }

  /** Returns the class, or a common supertype, of the messages. */
  public Class<T> messageClass() {
    return messageClass;
  }

  /** Returns the key of a message. It may be null or empty, which a publisher refuses. */
  public String keyOf(T message) {
    return key.apply(message);
  }

  /** Returns the number of partitions. */
  public int partitions() {
    return partitions;
  }

  /** Returns the compression that the definition specifies; empty if the settings decide. */
  public Optional<Compression> compression() {
    return compression;
  }

  @Override
  public String toString() {
    return "topic '" + name + "'";
  }
}
