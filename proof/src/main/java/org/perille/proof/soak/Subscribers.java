package org.perille.proof.soak;

import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.perille.Definition;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.EventSourcedSubscription;
import org.perille.PerilleMessage;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.JdbcHandler;

/**
 * The subscriptions of one run of the node.
 *
 * <p>From one run to the next, one subscription has another name, one has another guarantee, and
 * one is present in every other run only.
 */
final class Subscribers {
  static final Topic<Letter> LETTERS =
      Topic.of("long-life", Letter.class).keyedBy(Letter::key).withPartitions(2);
  static final String PASSING = "passing";
  static final String CREATE_LEDGER =
      "CREATE TABLE ledger (number BIGINT NOT NULL, handled_by VARCHAR(100) NOT NULL)";

  private static final RetryPolicy RETRIES =
      RetryPolicy.fixed(Duration.ofMillis(5)).withMaxAttempts(2);

  /** Counts a key's messages. */
  static final class Counting
      implements EventSourcedHandler<Letter, Counting.Count, Counting.Counted> {
    record Count(long count) implements PerilleMessage {}

    record Counted(long number) implements PerilleMessage {}

    @Override
    public Class<Count> stateType() {
      return Count.class;
    }

    @Override
    public Class<Counted> eventType() {
      return Counted.class;
    }

    @Override
    public Count emptyState() {
      return new Count(0);
    }

    @Override
    public Effect<Counted> handle(Count state, Delivery<Letter> delivery) {
      return Effect.of(new Counted(delivery.payload().number()));
    }

    @Override
    public Count apply(Count state, Counted event) {
      return new Count(state.count() + 1);
    }
  }

  private final AtomicLong noted;
  private final int life;
  private final Subscription<Letter> failing;
  private final Subscription<Letter> ledger;
  private final Subscription<Letter> notes;
  private final EventSourcedSubscription<Letter, Counting.Count> counting;

  /**
   * Creates the subscriptions of one run of the node.
   *
   * @param life the number of the run, from 1
   * @param noted counts the messages of one of the subscriptions, over all runs
   */
  Subscribers(DataSource database, int life, AtomicLong noted) {
    this.life = life;
    this.noted = noted;
    this.failing =
        Subscription.of("failing", LETTERS).atLeastOnce(Subscribers::fail).withRetries(RETRIES);
    Subscription.Draft<Letter> draft = Subscription.of("notes", LETTERS);
    this.notes = life % 2 == 1 ? draft.atLeastOnce(this::note) : draft.atMostOnce(this::note);
    JdbcHandler<Letter> handler =
        JdbcHandler.<Letter>of(
                database,
                (connection, delivery) -> {
                  try (PreparedStatement insert =
                      connection.prepareStatement(
                          "INSERT INTO ledger (number, handled_by) VALUES (?, ?)")) {
                    insert.setLong(1, delivery.payload().number());
                    insert.setString(2, delivery.subscription());
                    insert.executeUpdate();
                  }
                })
            .withMaxTransactions(2);
    this.ledger =
        life == 1
            ? Subscription.of("ledger", LETTERS).effectivelyOnce(handler)
            : Subscription.of("renamed-ledger", LETTERS)
                .effectivelyOnce(handler)
                .formerly("ledger");
    this.counting = Subscription.of("counting", LETTERS).effectivelyOnce(new Counting());
  }

  private static void fail(Delivery<Letter> delivery) {
    Letter letter = delivery.payload();
    boolean fails =
        letter.isGivenUp()
            ? delivery.attempt() <= 2
            : letter.failsOnce() && delivery.attempt() == 1;
    if (fails) {
      throw new IllegalStateException("attempt " + delivery.attempt() + " fails");
    }
  }

  private void note(Delivery<Letter> delivery) {
    noted.incrementAndGet();
  }

  Subscription<Letter> failing() {
    return failing;
  }

  EventSourcedSubscription<Letter, Counting.Count> counting() {
    return counting;
  }

  /** Returns the subscriptions that are present in every run. */
  List<Subscription<Letter>> all() {
    return List.of(failing, ledger, notes, counting);
  }

  /** Returns whether the temporary subscription is present. */
  boolean hasPassing() {
    return life % 2 == 1;
  }

  Definition[] definitions() {
    Stream<Subscription<Letter>> passing =
        hasPassing()
            ? Stream.of(Subscription.of(PASSING, LETTERS).atLeastOnce(delivery -> {}))
            : Stream.empty();
    return Stream.concat(all().stream(), passing).toArray(Definition[]::new);
  }
}
