package org.perille.proof.workload;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.perille.MessageId;
import org.perille.Perille;
import org.perille.Receipt;

/**
 * What a node publishes when all is well: a message of every key, which must succeed. When they
 * have, nothing is under way any more of what it had published before, since nothing overtakes.
 */
public final class LastMessages {
  private final Perille perille;
  private final Witness witness;

  public LastMessages(Perille perille, Witness witness) {
    this.perille = perille;
    this.witness = witness;
  }

  /**
   * Publishes them, and again those whose outcome is unknown.
   *
   * @return what has no receipt although it was waited for; empty if all have
   */
  public List<String> publish(Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    List<String> left = new ArrayList<>(Workload.keys());
    while (!left.isEmpty() && System.nanoTime() < end) {
      List<CompletableFuture<Receipt>> attempts = left.stream().map(this::publish).toList();
      List<String> again = new ArrayList<>();
      for (int i = 0; i < attempts.size(); i++) {
        try {
          attempts.get(i).join();
        } catch (CompletionException e) {
          again.add(left.get(i));
        }
      }
      left = again;
    }
    return left.stream()
        .map(key -> witness.process() + " can't publish to key '" + key + "' although all is well")
        .toList();
  }

  private CompletableFuture<Receipt> publish(String key) {
    Item item = Item.of(key, witness.process() + "-last-" + key, Item.Mood.NORMAL);
    MessageId id = MessageId.of("id-" + item.value());
    Witness.Publishing publishing = witness.publishing(Workload.LOAD.name(), item, Optional.of(id));
    return perille
        .publisher(Workload.LOAD)
        .publish(item, id)
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
