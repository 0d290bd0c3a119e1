package org.perille.internal.worker;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.perille.DeadLetter;
import org.perille.Receipt;
import org.perille.internal.effect.ChainPublisher;
import org.perille.internal.failure.DeadLetterRecord;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMessage;

/** Publishes the messages of dead letters to a subscription's dead-letter topic. */
final class Forwarding {
  private static final String HEADER = "perille-dead-letter-";

  private final Optional<String> topic;
  private final ChainPublisher.ChainPublishers chainPublishers;

  Forwarding(Optional<String> topic, ChainPublisher.ChainPublishers chainPublishers) {
    this.topic = topic;
    this.chainPublishers = chainPublishers;
  }

  /**
   * Publishes the unchanged message of a dead letter.
   *
   * <p>It may be repeated: the topic's dedup window recognises the message. The stage fails if it
   * isn't known whether the message is durable.
   */
  CompletionStage<Receipt> forward(DeadLetterRecord letter, DeadLetter shown, LogEntry entry) {
    LogMessage message = entry.message();
    // The same id as long as it is this dead letter; another one if the message becomes a dead
    // letter again.
    String id =
        "%s/%d/%d"
            .formatted(shown.deliveryId(), letter.givenUp().lastFailureMillis(), shown.attempts());
    try {
      return chainPublishers
          .of(topic.orElseThrow())
          .publish(
              new LogMessage(
                  message.key(),
                  id,
                  headers(shown, message),
                  message.serializerId(),
                  message.manifest(),
                  message.payload()));
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static Map<String, String> headers(DeadLetter letter, LogMessage message) {
    Map<String, String> headers = new HashMap<>(message.headers());
    headers.put(HEADER + "subscription", letter.subscription());
    headers.put(HEADER + "topic", letter.topic());
    headers.put(HEADER + "partition", Integer.toString(letter.partition()));
    headers.put(HEADER + "offset", Long.toString(letter.offset()));
    headers.put(HEADER + "message-id", message.id());
    headers.put(HEADER + "reason", letter.reason().name());
    headers.put(HEADER + "failure", letter.failure().name());
    headers.put(HEADER + "error", letter.error().orElse(""));
    headers.put(HEADER + "error-message", letter.errorMessage().orElse(""));
    headers.put(HEADER + "attempts", Integer.toString(letter.attempts()));
    headers.put(HEADER + "first-failure", letter.firstFailure().toString());
    headers.put(HEADER + "last-failure", letter.lastFailure().toString());
    return headers;
  }
}
