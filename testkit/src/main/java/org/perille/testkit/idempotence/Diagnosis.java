package org.perille.testkit.idempotence;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.perille.Subscription;
import org.perille.spi.Processing;
import org.perille.testkit.idempotence.Step.Jdbc;
import org.perille.testkit.idempotence.Step.Outside;
import org.perille.testkit.idempotence.Step.Where;

/** Explains a repeated or missing effect from the recorded actions of the handler. */
final class Diagnosis {
  private static final Pattern ENDS_TRANSACTION =
      Pattern.compile("\\s*(commit|rollback(?!\\s+to)|set\\s+autocommit)\\b.*", Pattern.DOTALL);

  private static final Pattern COMMITS_BY_ITSELF =
      Pattern.compile("\\s*(create|drop|alter|truncate)\\b.*", Pattern.DOTALL);

  private final Subscription<?> subscription;

  Diagnosis(Subscription<?> subscription) {
    this.subscription = subscription;
  }

  /** Returns the possible causes of a difference between two undisturbed runs. */
  List<String> ofUndisturbed(Differences differences) {
    return differences.isTooMuch()
        ? List.of(
            "the effect depends on something else than the messages, such as a random id, the time or a static field: derive it from Delivery.deliveryId(), publishedAt() or the message, or don't return it from effect(…)")
        : List.of(
            "the handler has state of an earlier run, perhaps in a static field: its state must be where its effect is");
  }

  /**
   * Returns the possible causes of a difference between a disturbed run and the undisturbed one.
   */
  List<String> of(TrialOutcome disturbed, Differences differences) {
    List<String> causes = new ArrayList<>();
    if (Processing.of(subscription) instanceof Processing.Transactional) {
      ofTransaction(disturbed.steps(), causes);
    } else if (onlyDecides(subscription)) {
      ofDecision(disturbed.steps(), causes);
    } else {
      ofCalls(disturbed.steps(), causes);
    }
    if (!causes.isEmpty()) {
      return causes;
    }
    return disturbed.failure().isPresent()
        ? List.of(
            "the handler still fails after the fault is over: does it retain something that the fault has broken, such as a connection, or find leftovers of its own failed attempt?")
        : guess(differences).map(List::of).orElse(List.of());
  }

  /** Returns a guess, if no recorded action explains the difference. */
  private Optional<String> guess(Differences differences) {
    if (onlyDecides(subscription)) {
      return Optional.of(
          "the state doesn't follow from the events: do handle or apply change a state in place, or is there state outside it?");
    }
    boolean inTransaction = Processing.of(subscription) instanceof Processing.Transactional;
    if (differences.isTooMuch() && !inTransaction) {
      return Optional.of(
          "an at-least-once handler is called again after a crash: detect the repetition by Delivery.deliveryId(), in the same transaction as the effect");
    }
    if (differences.isTooLittle()) {
      return Optional.of(
          inTransaction
              ? "its transaction was rolled back, and for the repeated message the handler did not do all of it again: it stores in memory (a field, a cache, a static) what it has seen, or it hides an SQLException; such state must be in the delivery's transaction"
              : "the handler considered the repeated message done: it recorded that before the effect");
    }
    return Optional.empty();
  }

  /** Returns whether the handler must only decide, without side effects. */
  static boolean onlyDecides(Subscription<?> subscription) {
    return Processing.of(subscription) instanceof Processing.EventSourced
        || Processing.of(subscription) instanceof Processing.Publishing;
  }

  private static void ofTransaction(List<Step> steps, List<String> causes) {
    for (Step step : steps) {
      if (step.where() == Where.HANDLER && step.action() instanceof Jdbc call && call.executes()) {
        causeOf(call).filter(cause -> !causes.contains(cause)).ifPresent(causes::add);
      }
      if (step.where() == Where.HANDLER && step.action() instanceof Outside call) {
        add(
            causes,
            "it calls %s, which no transaction undoes: let a subscription of its own do that, at-least-once"
                .formatted(call.method()));
      }
    }
  }

  private static Optional<String> causeOf(Jdbc call) {
    String sql = call.sql().orElse("").toLowerCase(Locale.ROOT);
    if (call.own()) {
      return call.sql()
          .map(
              text ->
                  "the statement '%s' ran on a connection of its own, not on that of the delivery: it is committed apart from the cursor, and not undone with it"
                      .formatted(text));
    }
    if (ENDS_TRANSACTION.matcher(sql).matches() || call.call().endsWith(".commit")) {
      return Optional.of(
          "the handler ends the delivery's transaction itself, by %s: what it did before is committed without the cursor"
              .formatted(call.words()));
    }
    if (COMMITS_BY_ITSELF.matcher(sql).matches()) {
      return Optional.of(
          "the statement '%s' commits the delivery's transaction by itself in this database: create tables before, not in the handler"
              .formatted(call.sql().orElse("")));
    }
    return Optional.empty();
  }

  private static void ofDecision(List<Step> steps, List<String> causes) {
    for (Step step : steps) {
      if (step.where() == Where.HANDLER && !(step.action() instanceof Step.Point)) {
        String what =
            step.action() instanceof Outside outside ? outside.method() : step.action().words();
        add(
            causes,
            "handle only decides, and is called again when its answer could not be stored; it calls %s, which then happens again: publish a message, and let an at-least-once subscription make the call"
                .formatted(what));
        return;
      }
    }
  }

  private void ofCalls(List<Step> steps, List<String> causes) {
    List<Step> calls = steps.stream().filter(step -> step.action() instanceof Outside).toList();
    for (Step first : calls) {
      for (Step second : calls) {
        if (second.number() > first.number() && second.message() == first.message()) {
          repeated(first.message(), (Outside) first.action(), (Outside) second.action())
              .ifPresent(cause -> add(causes, cause));
        }
      }
    }
  }

  private Optional<String> repeated(long offset, Outside first, Outside second) {
    if (!first.method().equals(second.method())) {
      return Optional.empty();
    }
    String id = subscription.name() + "/" + subscription.topic().name() + "/0/" + offset;
    boolean named =
        first.arguments().stream().anyMatch(argument -> argument.contains(id))
            && second.arguments().stream().anyMatch(argument -> argument.contains(id));
    for (int i = 0; i < Math.min(first.arguments().size(), second.arguments().size()); i++) {
      if (!named && !first.arguments().get(i).equals(second.arguments().get(i))) {
        return Optional.of(
            "%s was called with '%s' as argument %d, and with '%s' when the message came again: the other side can't tell that it is a repetition. Give it Delivery.deliveryId(), which stays the same"
                .formatted(
                    first.method(), first.arguments().get(i), i + 1, second.arguments().get(i)));
      }
    }
    return Optional.of(
        named
            ? "%s was called again with the same delivery id, and did it again: the other side must recognise the id"
                .formatted(first.method())
            : "%s was called again, and nothing it was given is the delivery id '%s': the other side can't tell that it is a repetition"
                .formatted(first.method(), id));
  }

  private static void add(List<String> causes, String cause) {
    if (!causes.contains(cause)) {
      causes.add(cause);
    }
  }
}
