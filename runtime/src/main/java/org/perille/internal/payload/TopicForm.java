package org.perille.internal.payload;

import java.util.Optional;
import org.perille.Topic;

/**
 * The partitions and the stored form of a topic, in which its definitions must agree.
 *
 * @param codec name and version of the codec that writes
 */
public record TopicForm(int partitions, Class<?> messageClass, Optional<String> codec) {
  public static TopicForm of(Topic<?> topic) {
    return new TopicForm(
        topic.partitions(), topic.messageClass(), topic.codec().map(Object::toString));
  }

  @Override
  public String toString() {
    return "%d partitions of %s%s"
        .formatted(partitions, messageClass.getName(), codec.map(one -> " by " + one).orElse(""));
  }
}
