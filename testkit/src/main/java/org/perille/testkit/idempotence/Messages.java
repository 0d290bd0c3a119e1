package org.perille.testkit.idempotence;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.perille.Delivery;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.Subscription;

/** The messages of a check, as a subscription's handler receives them. */
final class Messages<T> {
  /**
   * The time of publishing, equal in every run, so that effects that depend on it are equal too.
   */
  private static final Instant PUBLISHED = Instant.parse("2026-01-01T12:00:00Z");

  private final List<Message<T>> messages;

  Messages(List<Message<T>> messages) {
    this.messages = List.copyOf(messages);
  }

  int size() {
    return messages.size();
  }

  List<Message<T>> all() {
    return messages;
  }

  /**
   * Returns all messages, with ids for those without one.
   *
   * <p>A crash while a message is published leaves its outcome unknown. With an id it can be
   * published again.
   */
  List<Message<T>> withIds() {
    List<Message<T>> all = new ArrayList<>();
    for (Message<T> message : messages) {
      all.add(
          message.id().isPresent()
              ? message
              : message.withId(MessageId.of("message-" + all.size())));
    }
    return all;
  }

  T value(long offset) {
    return messages.get((int) offset).payload();
  }

  Delivery<T> delivery(Subscription<T> subscription, long offset, int attempt, boolean again) {
    Message<T> message = messages.get((int) offset);
    Delivery.Builder<T> delivery =
        Delivery.builder(message.payload())
            .subscription(subscription.name())
            .topic(subscription.topic().name())
            .offset(offset)
            .key(subscription.topic().keyOf(message.payload()))
            .headers(message.headers())
            .publishedAt(PUBLISHED.plusSeconds(offset))
            .attempt(attempt)
            .redelivered(again || attempt > 1);
    return message.id().map(delivery::messageId).orElse(delivery).build();
  }
}
