package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.stream.javadsl.Sink;
import org.perille.Commit;
import org.perille.MessageId;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.StoredMessage;
import org.perille.Topic;

/** Transactions with two messages for two topics, which tests commit and look for. */
final class Transfers {
  record Debited(String account, int transfer) implements PerilleMessage {}

  record Credited(String account, int transfer) implements PerilleMessage {}

  static final int ACCOUNTS = 7;

  static final Topic<Debited> DEBITS =
      Topic.of("debits", Debited.class).keyedBy(Debited::account).withPartitions(3);
  static final Topic<Credited> CREDITS =
      Topic.of("credits", Credited.class).keyedBy(Credited::account).withPartitions(2);

  private Transfers() {}

  static String from(int transfer) {
    return "account-" + transfer % ACCOUNTS;
  }

  static String to(int transfer) {
    return "account-" + (3 * transfer + 1) % ACCOUNTS;
  }

  static Commit commit(Perille node, int transfer) {
    return node.transaction()
        .withId(MessageId.of("transfer-" + transfer))
        .add(DEBITS, new Debited(from(transfer), transfer))
        .add(CREDITS, new Credited(to(transfer), transfer))
        .commit();
  }

  /** Returns the transfers in the debits of each account, in order. */
  static Map<String, List<Integer>> debits(Perille node) {
    Map<String, List<Integer>> all = new HashMap<>();
    for (int i = 0; i < ACCOUNTS; i++) {
      all.put(
          "account-" + i,
          history(node, DEBITS, "account-" + i).stream()
              .map(stored -> stored.payload().transfer())
              .toList());
    }
    return all;
  }

  /** Returns the transfers in the credits of each account, in order. */
  static Map<String, List<Integer>> credits(Perille node) {
    Map<String, List<Integer>> all = new HashMap<>();
    for (int i = 0; i < ACCOUNTS; i++) {
      all.put(
          "account-" + i,
          history(node, CREDITS, "account-" + i).stream()
              .map(stored -> stored.payload().transfer())
              .toList());
    }
    return all;
  }

  static List<Integer> sorted(Map<String, List<Integer>> transfers) {
    List<Integer> all = new ArrayList<>();
    transfers.values().forEach(all::addAll);
    return all.stream().sorted().toList();
  }

  static <T> List<StoredMessage<T>> history(Perille node, Topic<T> topic, String key) {
    return get(node.topic(topic).key(key).history().runWith(Sink.seq(), node.system()));
  }

  static <T> T get(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().get(180, SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
