package org.perille.persistence.internal;

import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.perille.Message;
import org.perille.Receipt;
import org.perille.Topic;
import org.perille.internal.log.LogMessage;
import org.perille.internal.outbox.JsonMessage;
import org.perille.internal.outbox.OutboxTarget;
import org.perille.internal.outbox.RelayTopics;

/** The topic of a relay whose messages take another way to it. */
abstract class OtherTopics implements RelayTopics, OutboxTarget {
  private final LogTarget topic;

  OtherTopics(LogTarget topic) {
    this.topic = topic;
  }

  @Override
  public abstract CompletionStage<Receipt> publish(LogMessage message, Producer producer);

  @Override
  public Set<String> names() {
    return topic.names();
  }

  @Override
  public OutboxTarget target(String name) {
    return this;
  }

  @Override
  public Topic<?> topic() {
    return topic.topic();
  }

  @Override
  public LogMessage encodeOutgoing(Message<?> message) {
    return topic.encodeOutgoing(message);
  }

  @Override
  public LogMessage encode(JsonMessage message) {
    return topic.encode(message);
  }

  @Override
  public void requireAccepted(LogMessage message) {
    topic.requireAccepted(message);
  }

  @Override
  public CompletionStage<Receipt> publish(LogMessage message) {
    return topic.publish(message);
  }
}
