package org.perille.samples.orders;

import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.Done;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.perille.DeadLetter;
import org.perille.DeadLetterCount;
import org.perille.DeadLetterFilter;
import org.perille.DeadLetters;
import org.perille.Perille;
import org.perille.Subscription;

/**
 * Decides about the dead letters as an operator would.
 *
 * <p>It approves and redrives some, dismisses and discards those that can never be handled, and
 * redrives those whose cause is over. It decides before it acts, and both are idempotent. A
 * successor after a crash starts over with the dead letters that are left.
 */
final class Operator {
  private static final int AT_ONCE = 4;

  /**
   * The limit of redrives, so that a message that fails again and again doesn't keep the run from
   * ending.
   */
  private static final int MOST_REDRIVES = 10;

  private record Judgement(Decisions.Verdict verdict, boolean isNew) {}

  private final Perille perille;
  private final Services services;
  private final Decisions decisions;
  private final ShopThread database;
  private final AtomicInteger redrives = new AtomicInteger();

  Operator(Perille perille, Services services, Decisions decisions, ShopThread database) {
    this.perille = perille;
    this.services = services;
    this.decisions = decisions;
    this.database = database;
  }

  /**
   * Handles all dead letters that exist now. A released key may produce another one.
   *
   * @return the number of dead letters found
   */
  CompletionStage<Long> tend() {
    return Source.from(services.subscriptions())
        .mapAsync(1, subscription -> tend(subscription))
        .runWith(Sink.fold(0L, Long::sum), perille.system());
  }

  /** Returns whether the limit of redrives is reached. Later dead letters remain. */
  boolean isAtWitsEnd() {
    return redrives.get() > MOST_REDRIVES;
  }

  private CompletionStage<Long> tend(Subscription<?> subscription) {
    DeadLetters<?> letters = perille.subscription(subscription).deadLetters();
    return letters
        .count(DeadLetterFilter.all())
        .thenCompose(
            counts -> {
              long found = counts.stream().mapToLong(DeadLetterCount::count).sum();
              return found == 0 || mustWait(subscription)
                  ? CompletableFuture.completedStage(found)
                  : report(subscription, counts)
                      .thenCompose(reported -> act(subscription, letters))
                      .thenCompose(this::log)
                      .thenApply(logged -> found);
            });
  }

  /**
   * Returns whether a redrive must wait. Before the service is back it would only use up attempts.
   */
  private boolean mustWait(Subscription<?> subscription) {
    return subscription == services.notification() && !services.mails().isWell();
  }

  private CompletionStage<Done> report(Subscription<?> subscription, List<DeadLetterCount> counts) {
    return database.change(
        () -> {
          for (DeadLetterCount count : counts) {
            decisions.log(
                "dead letters of %-12s %,7d   %s, %s %s"
                    .formatted(
                        subscription.name(),
                        count.count(),
                        count.reason(),
                        count.failure(),
                        count.error().map(Operator::simpleName).orElse(""))
                    .strip());
          }
        });
  }

  private CompletionStage<Done> log(String line) {
    return database.change(() -> decisions.log(line));
  }

  private CompletionStage<String> act(Subscription<?> subscription, DeadLetters<?> letters) {
    return switch (subscription.name()) {
      case "payment" -> judgePayments();
      // At-most-once has no second attempt. The reconciliation reports the loss.
      case "analytics" ->
          letters
              .discard(DeadLetterFilter.all(), "at-most-once")
              .thenApply(count -> "  gone for ever: %,d".formatted(count));
      default -> redrive(letters);
    };
  }

  private CompletionStage<String> redrive(DeadLetters<?> letters) {
    redrives.incrementAndGet();
    return letters
        .redrive(DeadLetterFilter.all())
        .thenApply(count -> "  redriven: %,d".formatted(count));
  }

  private CompletionStage<String> judgePayments() {
    DeadLetters<Order> letters = perille.subscription(services.payment()).deadLetters();
    return letters
        .list(DeadLetterFilter.all())
        .mapAsync(AT_ONCE, letter -> judge(letters, letter))
        .runWith(Sink.seq(), perille.system())
        .thenApply(this::summary);
  }

  private String summary(List<Judgement> judgements) {
    if (judgements.stream().noneMatch(Judgement::isNew)) {
      redrives.incrementAndGet();
    }
    long approved =
        judgements.stream().filter(j -> j.verdict == Decisions.Verdict.APPROVED).count();
    return "  approved and redriven: %,d; dismissed and discarded: %,d"
        .formatted(approved, judgements.size() - approved);
  }

  private CompletionStage<Judgement> judge(DeadLetters<Order> letters, DeadLetter letter) {
    Decisions.Verdict verdict =
        letter.error().equals(Optional.of(PaymentRefusedException.OverLimit.class.getName()))
            ? Decisions.Verdict.APPROVED
            : Decisions.Verdict.DISMISSED;
    return letters
        .read(letter)
        .thenCompose(message -> database.ask(() -> decide(letter, message.payload(), verdict)))
        .thenCompose(isNew -> carryOut(letters, letter, new Judgement(verdict, isNew)));
  }

  private boolean decide(DeadLetter letter, Order order, Decisions.Verdict verdict)
      throws SQLException {
    return decisions.decide(
        order.id(),
        letter.error().map(Operator::simpleName).orElse(""),
        verdict,
        letter.errorMessage().orElse(""));
  }

  /** Acts on this dead letter alone, so that none is discarded without a decision about it. */
  private static CompletionStage<Judgement> carryOut(
      DeadLetters<Order> letters, DeadLetter letter, Judgement judgement) {
    DeadLetterFilter only = DeadLetterFilter.only(letter);
    CompletionStage<Long> done =
        judgement.verdict == Decisions.Verdict.APPROVED
            ? letters.redrive(only)
            : letters.discard(only, letter.errorMessage().orElse("dismissed"));
    return done.thenApply(count -> judgement);
  }

  /** Returns the part of a class's name after its last separator. */
  private static String simpleName(String className) {
    return className.substring(
        Math.max(className.lastIndexOf('.'), className.lastIndexOf('$')) + 1);
  }
}
