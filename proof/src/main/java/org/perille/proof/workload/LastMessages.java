package org.perille.proof.workload;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.Perille;
import org.perille.Receipt;
import org.perille.Topic;

/**
 * The last messages of a node after the end of all faults: one for each key, which must succeed.
 *
 * <p>Once they are stored, no earlier publish of the node is under way, because no message
 * overtakes another one.
 */
public final class LastMessages {
  private record Last(Topic<Item> topic, String key) {}

  private final Map<String, Receipt> receipts = new HashMap<>();
  private final Perille perille;
  private final Witness witness;

  public LastMessages(Perille perille, Witness witness) {
    this.perille = perille;
    this.witness = witness;
  }

  /**
   * Publishes the messages, and repeats those of unknown outcome.
   *
   * @return descriptions of the messages without a receipt at the time-out; empty if there are none
   */
  public List<String> publish(Duration timeout) {
    long end = System.nanoTime() + timeout.toNanos();
    List<Last> left = new ArrayList<>();
    Workload.keys().forEach(key -> left.add(new Last(Workload.LOAD, key)));
    Features.keys().forEach(key -> left.add(new Last(Features.TOPIC, key)));
    while (!left.isEmpty() && System.nanoTime() < end) {
      List<CompletableFuture<Receipt>> attempts = left.stream().map(this::publish).toList();
      List<Last> again = new ArrayList<>();
      for (int i = 0; i < attempts.size(); i++) {
        try {
          Receipt receipt = attempts.get(i).join();
          if (left.get(i).topic.equals(Features.TOPIC)) {
            receipts.put(left.get(i).key, receipt);
          }
        } catch (CompletionException e) {
          again.add(left.get(i));
        }
      }
      left.clear();
      left.addAll(again);
    }
    return left.stream()
        .map(last -> witness.process() + " can't publish " + last + " although all is well")
        .toList();
  }

  /** Returns the receipts of the messages in the topic of features, by key. */
  Map<String, Receipt> receipts() {
    return Map.copyOf(receipts);
  }

  private CompletableFuture<Receipt> publish(Last last) {
    // Some keys are too long for a value, and for an id.
    List<String> keys = last.topic.equals(Features.TOPIC) ? Features.keys() : Workload.keys();
    String value =
        "%s-last-%s-%d".formatted(witness.process(), last.topic.name(), keys.indexOf(last.key));
    Item item = Item.of(last.key, value, Item.Mood.NORMAL);
    MessageId id = MessageId.of("id-" + item.value());
    Message<Item> message = Message.of(item).withId(id);
    Witness.Publishing publishing = witness.publishing(last.topic.name(), item, Optional.of(id));
    return perille
        .publisher(last.topic)
        .publish(last.topic.equals(Features.TOPIC) ? FeatureHeaders.on(message) : message)
        .toCompletableFuture()
        .whenComplete(
            (receipt, failure) -> {
              if (failure == null) {
                publishing.stored(receipt);
              } else {
                publishing.unknown();
              }
            });
  }
}
