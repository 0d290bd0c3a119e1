package org.perille.samples.orders;

import java.sql.SQLException;
import java.util.List;
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
import org.perille.DeadMessage;
import org.perille.Perille;
import org.perille.Subscription;

/**
 * Looks after the dead letters, as people would: approves what can be approved and lets it be
 * handled again, dismisses what never can be handled, and repeats what failed of something that is
 * well by now.
 *
 * <p>It decides before it acts, and may do both again: whoever takes over after a crash begins
 * anew, with the dead letters that are left.
 */
final class Operator {
  private static final int AT_ONCE = 4;

  /** Rounds: what fails again and again must not keep the run from its end. */
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
   * Looks after all dead letters that there are now. A key that goes on may run into another one.
   *
   * @return how many it has found
   */
  CompletionStage<Long> tend() {
    return Source.from(services.subscriptions())
        .mapAsync(1, subscription -> tend(subscription))
        .runWith(Sink.fold(0L, Long::sum), perille.system());
  }

  /** Whether it has given up; what is dead now stays dead. */
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

  /** Repeating what can't succeed yet would only use up attempts. */
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
                        simpleName(count.error()))
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
      // At-most-once has no second attempt; what it has lost the reconciliation tells.
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
        letter.error().equals(PaymentRefusedException.OverLimit.class.getName())
            ? Decisions.Verdict.APPROVED
            : Decisions.Verdict.DISMISSED;
    return letters
        .read(letter)
        .thenCompose(message -> database.ask(() -> decide(message, verdict)))
        .thenCompose(isNew -> carryOut(letters, letter, new Judgement(verdict, isNew)));
  }

  private boolean decide(DeadMessage<Order> message, Decisions.Verdict verdict)
      throws SQLException {
    DeadLetter letter = message.letter();
    return decisions.decide(
        message.message().orElseThrow().id(),
        simpleName(letter.error()),
        verdict,
        letter.errorMessage());
  }

  /** This one alone, and not all of its kind: none may go that nobody has looked at. */
  private static CompletionStage<Judgement> carryOut(
      DeadLetters<Order> letters, DeadLetter letter, Judgement judgement) {
    DeadLetterFilter only = DeadLetterFilter.only(letter);
    CompletionStage<Long> done =
        judgement.verdict == Decisions.Verdict.APPROVED
            ? letters.redrive(only)
            : letters.discard(only, letter.errorMessage());
    return done.thenApply(count -> judgement);
  }

  /** The last word of a class's name; the rest of it says little to people. */
  private static String simpleName(String className) {
    return className.substring(
        Math.max(className.lastIndexOf('.'), className.lastIndexOf('$')) + 1);
  }
}
