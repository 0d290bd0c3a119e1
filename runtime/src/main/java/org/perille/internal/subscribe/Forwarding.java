package org.perille.internal.subscribe;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.perille.DeadLetter;
import org.perille.Receipt;
import org.perille.internal.effect.Outlet;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMessage;

/** Publishes the message of a dead letter to the topic that a subscription has for them. */
final class Forwarding {
  private static final String HEADER = "perille-dead-letter-";

  private final String topic;
  private final Outlet.Outlets outlets;
  private final long generation;

  Forwarding(String topic, Outlet.Outlets outlets, long generation) {
    this.topic = topic;
    this.outlets = outlets;
    this.generation = generation;
  }

  /**
   * Publishes it, as it is; however often that is repeated, the topic's dedup window recognises it.
   *
   * @throws org.perille.PublishRefusedException if the topic isn't registered on this node
   */
  CompletionStage<Receipt> forward(DeadLetter letter, LogEntry entry) {
    LogMessage message = entry.message();
    Map<String, String> headers = new HashMap<>(message.headers());
    headers.put(HEADER + "subscription", letter.subscription());
    headers.put(HEADER + "topic", letter.topic());
    headers.put(HEADER + "partition", Integer.toString(letter.partition()));
    headers.put(HEADER + "offset", Long.toString(letter.offset()));
    headers.put(HEADER + "message-id", message.id());
    headers.put(HEADER + "reason", letter.reason().name());
    headers.put(HEADER + "failure", letter.failure().name());
    headers.put(HEADER + "error", letter.error());
    headers.put(HEADER + "error-message", letter.errorMessage());
    headers.put(HEADER + "attempts", Integer.toString(letter.attempts()));
    headers.put(HEADER + "first-failure", letter.firstFailure().toString());
    headers.put(HEADER + "last-failure", letter.lastFailure().toString());
    return outlets
        .of(topic)
        .publish(
            new LogMessage(
                message.key(),
                letter.deliveryId() + "/" + generation + "/" + letter.attempts(),
                headers,
                message.serializerId(),
                message.manifest(),
                message.payload()));
  }
}
