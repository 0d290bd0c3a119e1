package org.perille.sharding.internal.transaction;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.perille.Commit;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.Topic;
import org.perille.Transaction;

/** A transaction that collects messages. */
public final class NewTransaction implements Transaction {
  /** A message for a topic. */
  public record Added<T>(Topic<T> topic, Message<T> message) {}

  /** Commits transactions on the node that runs. */
  @FunctionalInterface
  public interface Committer {
    Commit commit(MessageId id, List<Added<?>> messages);
  }

  private final Committer committer;
  private final List<Added<?>> messages = new ArrayList<>();
  private Optional<MessageId> id = Optional.empty();
  private boolean committed;

  public NewTransaction(Committer committer) {
    this.committer = committer;
  }

  @Override
  public Transaction withId(MessageId given) {
    requireOpen();
    id = Optional.of(given);
    return this;
  }

  @Override
  public <T> Transaction add(Topic<T> topic, Message<T> message) {
    requireOpen();
    Objects.requireNonNull(topic, "topic");
    if (message.condition().isPresent()) {
      throw new IllegalArgumentException(
          "a message for %s in a transaction can't have a condition: a transaction is committed before its messages are stored in their topics, and none may be refused after that; publish it alone with a Publisher"
              .formatted(topic));
    }
    messages.add(new Added<>(topic, message));
    return this;
  }

  @Override
  public Commit commit() {
    requireOpen();
    if (messages.isEmpty()) {
      throw new IllegalStateException("a transaction without messages can't be committed");
    }
    committed = true;
    return committer.commit(
        id.orElseGet(() -> MessageId.of(UUID.randomUUID().toString())), List.copyOf(messages));
  }

  private void requireOpen() {
    if (committed) {
      throw new IllegalStateException(
          "a transaction can be committed once: to repeat it, make another one with the same id");
    }
  }
}
