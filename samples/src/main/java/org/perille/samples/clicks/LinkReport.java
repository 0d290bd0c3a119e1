package org.perille.samples.clicks;

import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.apache.pekko.stream.javadsl.Sink;
import org.perille.EventSourcedSubscription;
import org.perille.KeyEffect;
import org.perille.KeyState;
import org.perille.MessageId;
import org.perille.Perille;
import org.perille.StoredMessage;

/** All that Perille has stored about one link: its messages, their effects, and its state. */
record LinkReport(
    KeyState<Clicks> state, List<StoredMessage<Click>> messages, List<KeyEffect> effects) {
  private static final int LINES = 3;

  static LinkReport read(
      Perille perille, EventSourcedSubscription<Click, Clicks> counter, String link) {
    CompletionStage<List<StoredMessage<Click>>> messages =
        perille.topic(Counters.CLICKS).key(link).history().runWith(Sink.seq(), perille.system());
    CompletionStage<List<KeyEffect>> effects =
        perille.subscription(counter).key(link).effects().runWith(Sink.seq(), perille.system());
    return new LinkReport(
        perille.subscription(counter).key(link).state().toCompletableFuture().join(),
        messages.toCompletableFuture().join(),
        effects.toCompletableFuture().join());
  }

  /** Returns whether each message has had its effect, once and in order. */
  boolean holds() {
    return offsetsOfMessages().equals(offsetsOfEffects());
  }

  private List<Long> offsetsOfMessages() {
    return messages.stream().map(StoredMessage::offset).toList();
  }

  private List<Long> offsetsOfEffects() {
    return effects.stream().map(KeyEffect::offset).toList();
  }

  /** Returns the report as human-readable text. */
  String text() {
    return """
    The hottest link is '%s':
      state    %s%s
    %s%s  %,d messages and %,d effects, %s
    """
        .formatted(
            state.key(),
            state.state().text(),
            state.lastOffset().isPresent()
                ? "; up to offset " + state.lastOffset().getAsLong()
                : "",
            messages.stream().limit(LINES).map(LinkReport::line).collect(Collectors.joining()),
            effects.stream().limit(LINES).map(LinkReport::line).collect(Collectors.joining()),
            messages.size(),
            effects.size(),
            holds() ? "one for each" : "and NOT one for each");
  }

  private static String line(StoredMessage<Click> message) {
    return "  history  offset %,6d  %s  %s  %s%n"
        .formatted(
            message.offset(),
            message.publishedAt(),
            message.messageId().map(MessageId::value).orElse("-"),
            message.payload());
  }

  private static String line(KeyEffect effect) {
    return "  effects  offset %,6d  %s  %s%n"
        .formatted(effect.offset(), effect.recordedAt(), effect.events());
  }
}
