package org.perille;

import java.util.ArrayList;
import java.util.List;
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
  private final Form<T> form;
  private final Function<? super T, String> key;
  private final int partitions;
  private final Optional<Compression> compression;

  private Topic(
      String name,
      Form<T> form,
      Function<? super T, String> key,
      int partitions,
      Optional<Compression> compression) {
    this.name = name;
    this.form = form;
    this.key = key;
    this.partitions = partitions;
    this.compression = compression;
  }

  /**
   * The class and the stored form of the messages.
   *
   * @param codec empty if Pekko's serializers determine the form
   * @param earlier the codecs of older messages, by which nothing is written
   */
  private record Form<T>(
      Class<T> messageClass, Optional<Codec<T>> codec, List<Codec<? extends T>> earlier) {
    @SuppressWarnings("unchecked") // of a generic type there is only the raw class
    static <T> Form<T> of(Codec<T> codec) {
      Codec<T> fixed = FixedCodec.of(codec);
      return new Form<>((Class<T>) fixed.type(), Optional.of(fixed), List.of());
    }

    Form<T> alsoReading(Codec<? extends T> other) {
      Codec<? extends T> fixed = FixedCodec.of(other);
      List<Codec<? extends T>> all = new ArrayList<>(earlier);
      all.add(fixed);
      codec.ifPresent(all::add);
      if (all.stream().filter(one -> one.name().equals(fixed.name())).count() > 1) {
        throw new IllegalArgumentException(
            "there are two codecs named '%s': one codec reads all versions of a form, and another form needs another name"
                .formatted(fixed.name()));
      }
      return new Form<>(messageClass, codec, List.copyOf(all.subList(0, earlier.size() + 1)));
    }
  }

  /**
   * Starts the definition of a topic whose messages Pekko's serializers convert. {@link
   * Unkeyed#keyedBy} completes it.
   *
   * @param name 1 to 100 of the characters {@code A-Z a-z 0-9 - _ .}
   * @param messageClass the class, or a common supertype, of the messages' payloads
   * @throws IllegalArgumentException if the name is not valid
   */
  public static <T> Unkeyed<T> of(String name, Class<T> messageClass) {
    return new Unkeyed<>(
        Names.requireValid("topic", name),
        new Form<>(
            Objects.requireNonNull(messageClass, "messageClass"), Optional.empty(), List.of()));
  }

  /**
   * Starts the definition of a topic whose messages a codec converts. {@link Unkeyed#keyedBy}
   * completes it.
   *
   * <p>All nodes must define the topic with the same codec. A topic that exists may get a codec: it
   * still reads what it stored before.
   *
   * @param name 1 to 100 of the characters {@code A-Z a-z 0-9 - _ .}
   * @param codec the stored form of the messages, which may be of any class
   * @throws IllegalArgumentException if the name, or a property of the codec, is not valid
   */
  public static <T> Unkeyed<T> of(String name, Codec<T> codec) {
    return new Unkeyed<>(Names.requireValid("topic", name), Form.of(codec));
  }

  /** A topic without a key function so far. */
  public static final class Unkeyed<T> {
    private final String name;
    private final Form<T> form;

    private Unkeyed(String name, Form<T> form) {
      this.name = name;
      this.form = form;
    }

    /**
     * Completes the topic with the function that returns a message's key.
     *
     * <p>A message whose key is null or empty is refused at publish.
     */
    public Topic<T> keyedBy(Function<? super T, String> key) {
      return new Topic<>(
          name, form, Objects.requireNonNull(key, "key"), DEFAULT_PARTITIONS, Optional.empty());
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
    return new Topic<>(name, form, key, partitions, compression);
  }

  /**
   * Returns the same topic, which also reads messages that were stored by another codec, such as
   * the one that it had before. It writes nothing by it.
   *
   * @param codec reads messages of its name, in every version up to {@link Codec#newestReadable}
   * @throws IllegalArgumentException if the topic has a codec of this name already
   */
  public Topic<T> alsoReading(Codec<? extends T> codec) {
    return new Topic<>(name, form.alsoReading(codec), key, partitions, compression);
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
        form,
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
    return form.messageClass;
  }

  /**
   * Returns the codec that writes the messages. Empty if Pekko's serializers do.
   *
   * <p>Its properties are those that the codec had when the topic was defined.
   */
  public Optional<Codec<T>> codec() {
    return form.codec;
  }

  /** Returns the codecs that only read, in the order in which they were added. Immutable. */
  public List<Codec<? extends T>> earlierCodecs() {
    return form.earlier;
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
