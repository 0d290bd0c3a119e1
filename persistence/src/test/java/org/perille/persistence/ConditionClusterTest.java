package org.perille.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.perille.persistence.Transfers.DEBITS;
import static org.perille.persistence.Transfers.get;
import static org.perille.persistence.Transfers.history;

import com.typesafe.config.ConfigFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perille.ConditionFailedException;
import org.perille.Message;
import org.perille.Perille;
import org.perille.Receipt;
import org.perille.StoredMessage;
import org.perille.persistence.Databases.Database;
import org.perille.persistence.Transfers.Debited;

/** Conditions on two nodes in one JVM, with real connections, on one PostgreSQL. */
class ConditionClusterTest {
  private static final int RACES = 50;

  private final Database database = Databases.postgresql();
  private final List<Perille> nodes = new ArrayList<>();

  @AfterEach
  void stop() {
    for (int i = nodes.size() - 1; i >= 0; i--) {
      nodes.get(i).close();
    }
  }

  private Perille start() {
    Perille started =
        Perille.start(
            ConfigFactory.parseString("pekko.remote.artery.canonical.port = 0")
                .withFallback(database.config()),
            DEBITS);
    nodes.add(started);
    return started;
  }

  private static CompletableFuture<Receipt> publish(Perille node, OptionalLong last, int number) {
    Message<Debited> message = Message.of(new Debited("raced", number));
    return node.publisher(DEBITS)
        .publish(last.isPresent() ? message.ifLastOffset(last.getAsLong()) : message.ifFirstOfKey())
        .toCompletableFuture();
  }

  private static OptionalLong foundBy(CompletableFuture<Receipt> refused) {
    try {
      Receipt receipt = refused.join();
      throw new AssertionError("stored twice: " + receipt);
    } catch (CompletionException e) {
      return ((ConditionFailedException) e.getCause()).foundOffset();
    }
  }

  @Test
  void of_two_publishers_on_two_nodes_with_the_same_condition_one_wins() {
    Perille first = start();
    Perille second = start();
    OptionalLong last = OptionalLong.empty();
    for (int race = 0; race < RACES; race++) {
      CompletableFuture<Receipt> one = publish(first, last, race);
      CompletableFuture<Receipt> other = publish(second, last, race);
      CompletableFuture<Void> both = CompletableFuture.allOf(one, other);
      Object unused = get(both.handle((done, failure) -> "ended"));
      assertThat(Stream.of(one, other).filter(CompletableFuture::isCompletedExceptionally))
          .hasSize(1);
      CompletableFuture<Receipt> winner = one.isCompletedExceptionally() ? other : one;
      OptionalLong stored = OptionalLong.of(winner.join().offset());
      assertThat(foundBy(winner == one ? other : one)).isEqualTo(stored);
      last = stored;
    }
    assertThat(history(first, DEBITS, "raced"))
        .extracting(StoredMessage::payload)
        .extracting(Debited::transfer)
        .containsExactlyElementsOf(Stream.iterate(0, race -> race + 1).limit(RACES).toList());
  }
}
