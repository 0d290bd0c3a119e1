package org.perille.testkit.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.perille.Guarantee;

/** A history, indexed by its subjects. */
final class Evidence {
  /** The position of an operation that doesn't exist. */
  static final int NEVER = Integer.MAX_VALUE;

  final History history;
  final Map<String, TopicEvidence> topics = new LinkedHashMap<>();
  final List<Publication.Call> publishes = new ArrayList<>();
  final List<Operation.Stored> stored = new ArrayList<>(0);
  final List<Operation.ControlApplied> controls = new ArrayList<>(0);
  final List<Attempt> attempts = new ArrayList<>();
  final List<Operation.ReplyRead> replies = new ArrayList<>(0);
  final List<Operation.StateRead> states = new ArrayList<>(0);
  final List<Operation.Compared> comparisons = new ArrayList<>(0);
  int firstFaultIndex = NEVER;
  int healedIndex = NEVER;
  Operation.Healed healed;

  private final Map<String, Operation.SubscriptionDeclared> declared = new LinkedHashMap<>();
  private final Map<String, Receiver> receivers = new LinkedHashMap<>();
  private final Map<String, Map<String, Receiver>> ephemeral = new HashMap<>(0);
  private final Map<Long, Publication.Call> publishCalls = new HashMap<>();
  private final Map<Long, Attempt> attemptCalls = new HashMap<>();
  private int index;

  Evidence(History history) {
    this.history = history;
    // A file may mention a subscription before the file of another process declares it.
    for (Operation operation : history.operations()) {
      if (operation instanceof Operation.SubscriptionDeclared subscription) {
        declare(subscription);
      }
    }
    for (Operation operation : history.operations()) {
      if (operation instanceof Operation.Begun begun) {
        reception(begun.subscription(), begun.partition(), begun).begins(begun);
      }
    }
    for (Operation operation : history.operations()) {
      take(operation);
      index++;
    }
    for (TopicEvidence topic : topics.values()) {
      topic.settle();
    }
  }

  /** Returns all subscriptions, an ephemeral one once for each node. */
  Iterable<Receiver> receivers() {
    List<Receiver> all = new ArrayList<>(receivers.values());
    ephemeral.values().forEach(nodes -> all.addAll(nodes.values()));
    return all;
  }

  private void take(Operation operation) {
    if (operation instanceof Operation.HandlerEntered entered) {
      entered(entered);
    } else if (operation instanceof Operation.HandlerLeft left) {
      left(left);
    } else if (operation instanceof Operation.PublishInvoked invoked) {
      invoked(invoked);
    } else if (operation instanceof Operation.PublishEnded ended) {
      ended(ended);
    } else if (operation instanceof Operation.MessageRead read) {
      topic(read.topic()).log(read.partition()).read(read);
    } else if (operation instanceof Operation.EffectFound effect) {
      effect(effect);
    } else if (operation instanceof Operation.Stored event) {
      stored.add(event);
    } else if (operation instanceof Operation.ControlApplied control) {
      controls.add(control);
    } else if (operation instanceof Operation.CursorFound cursor) {
      PartitionView reception = reception(cursor.subscription(), cursor.partition(), cursor);
      cursor(reception, cursor, cursor.epoch(), cursor.below(), cursor.above());
    } else if (operation instanceof Operation.CursorRecovered cursor) {
      PartitionView reception = reception(cursor.subscription(), cursor.partition(), cursor);
      reception.hasRecoveries = true;
      reception.recoveredBelow = Math.max(reception.recoveredBelow, cursor.below());
      cursor(reception, cursor, cursor.epoch(), cursor.below(), cursor.above());
    } else if (operation instanceof Operation.LogRecovered recovered) {
      LogEvidence log = topic(recovered.topic()).log(recovered.partition());
      log.ends.add(new LogEvidence.End(recovered, index, recovered.end()));
    } else if (operation instanceof Operation.LogRead read) {
      LogEvidence log = topic(read.topic()).log(read.partition());
      log.ends.add(new LogEvidence.End(read, index, read.end()));
    } else {
      takeRare(operation);
    }
  }

  private void takeRare(Operation operation) {
    if (operation instanceof Operation.DeadLettered letter) {
      deadLettered(letter);
    } else if (operation instanceof Operation.Redriven redriven) {
      on(redriven.subscription(), redriven.partition(), redriven.offset(), redriven)
          .redriven(index);
    } else if (operation instanceof Operation.Discarded discarded) {
      on(discarded.subscription(), discarded.partition(), discarded.offset(), discarded)
          .discarded(discarded, index);
    } else if (operation instanceof Operation.Skipped skipped) {
      on(skipped.subscription(), skipped.partition(), skipped.offset(), skipped).isSkipped = true;
    } else if (operation instanceof Operation.ResetOrdered reset) {
      receiver(reset.subscription(), reset).reset(reset, index);
    } else if (operation instanceof Operation.EffectsRead read) {
      receiver(read.subscription(), read).hasEffects = true;
    } else if (operation instanceof Operation.FaultBegan) {
      firstFaultIndex = Math.min(firstFaultIndex, index);
    } else if (operation instanceof Operation.Healed last) {
      healed = last;
      healedIndex = index;
    } else {
      takeAnswers(operation);
    }
  }

  private void takeAnswers(Operation operation) {
    if (operation instanceof Operation.Scheduled scheduled) {
      topic(scheduled.topic()).scheduled.put(scheduled.value(), scheduled);
    } else if (operation instanceof Operation.PublishForgotten forgotten) {
      call(forgotten.call(), forgotten).hasNoReceipt = true;
    } else if (operation instanceof Operation.ReplyRead reply) {
      replies.add(reply);
    } else if (operation instanceof Operation.StateRead state) {
      states.add(state);
    } else if (operation instanceof Operation.Compared compared) {
      comparisons.add(compared);
    } else if (operation instanceof Operation.LetterPublished letter) {
      LogEvidence log = receiver(letter.subscription(), letter).topic.log(letter.partition());
      log.saw(letter, letter.offset(), letter.key(), letter.value());
      on(letter.subscription(), letter.partition(), letter.offset(), letter).hasPublishedLetter =
          true;
    } else if (operation instanceof Operation.LettersRead read) {
      receiver(read.subscription(), read).hasReadLetters = true;
    } else {
      takeOutbox(operation);
    }
  }

  private void takeOutbox(Operation operation) {
    if (operation instanceof Operation.OutboxInvoked invoked) {
      Publication.Call call = call(invoked.call(), invoked);
      call.isByOutbox = true;
      call.hasNoReceipt = true;
    } else if (operation instanceof Operation.OutboxCommitted committed) {
      TopicEvidence topic = topic(committed.topic());
      if (!topic.publications.containsKey(committed.value())) {
        throw new IllegalArgumentException(
            "%s has no beginning: is a file missing?".formatted(committed));
      }
      topic.committed.put(committed.value(), committed);
    } else if (operation instanceof Operation.OutboxRead read) {
      topic(read.topic()).outboxRead = read;
    }
  }

  private void declare(Operation.SubscriptionDeclared subscription) {
    Operation.SubscriptionDeclared known =
        declared.putIfAbsent(subscription.subscription(), subscription);
    if (known == null && subscription.guarantee() != Guarantee.EPHEMERAL) {
      receivers.put(
          subscription.subscription(), topic(subscription.topic()).receiver(subscription));
    } else if (known != null && !known.topic().equals(subscription.topic())) {
      throw new IllegalArgumentException(
          "subscription '%s' is declared for topic '%s' and for topic '%s': give it one name for each"
              .formatted(known.subscription(), known.topic(), subscription.topic()));
    }
  }

  private void invoked(Operation.PublishInvoked invoked) {
    Publication publication =
        topic(invoked.topic())
            .publications
            .computeIfAbsent(invoked.value(), value -> new Publication());
    Publication.Call call = new Publication.Call(publication, invoked, index);
    publication.calls.add(call);
    publishes.add(call);
    if (publishCalls.put(invoked.call(), call) != null) {
      throw new IllegalArgumentException(
          "two publishes are call %d: use Recorder.newCall()".formatted(invoked.call()));
    }
  }

  private void ended(Operation.PublishEnded ended) {
    Publication.Call call = call(ended.call(), ended);
    call.ended = ended;
    call.endedIndex = index;
  }

  private Publication.Call call(long number, Operation operation) {
    Publication.Call call = publishCalls.get(number);
    if (call == null) {
      throw new IllegalArgumentException(
          "%s has no beginning: is a file missing?".formatted(operation));
    }
    return call;
  }

  private void entered(Operation.HandlerEntered entered) {
    Receiver receiver = receiver(entered.subscription(), entered.node(), entered);
    LogEvidence log = receiver.topic.log(entered.partition());
    Message message = log.saw(entered, entered.offset(), entered.key(), entered.value());
    PartitionView reception = receiver.reception(log);
    reception.reaches(entered.offset());
    boolean stale = reception.acts(entered.epoch(), index);
    Attempt attempt = new Attempt(message.course(receiver), entered, index, stale);
    attempt.course.add(attempt);
    receiver.key(message.line).attempts.add(attempt);
    attempts.add(attempt);
    if (receiver.is(Guarantee.AT_MOST_ONCE)) {
      reception.finishes(entered.offset());
    }
    if (attemptCalls.put(entered.call(), attempt) != null) {
      throw new IllegalArgumentException(
          "two attempts are call %d: use Recorder.newCall()".formatted(entered.call()));
    }
  }

  private void left(Operation.HandlerLeft left) {
    Attempt attempt = attemptCalls.get(left.call());
    if (attempt == null) {
      throw new IllegalArgumentException("%s has no beginning: is a file missing?".formatted(left));
    }
    attempt.left = left;
    attempt.leftIndex = index;
    attempt.course.left(attempt);
    if (attempt.isOk()) {
      Operation.HandlerEntered entered = attempt.entered;
      receiver(entered.subscription(), entered.node(), entered)
          .reception(attempt.course.message.log)
          .finishes(entered.offset());
    }
  }

  private void effect(Operation.EffectFound found) {
    Receiver receiver = receiver(found.subscription(), found);
    LogEvidence log = receiver.topic.log(found.partition());
    Message message = log.saw(found, found.offset(), found.key(), found.value());
    receiver.reception(log).reaches(found.offset());
    message.course(receiver).effect(found, index);
    receiver.key(message.line).effects.add(found);
    receiver.hasEffects = true;
  }

  private void deadLettered(Operation.DeadLettered letter) {
    PartitionView reception = reception(letter.subscription(), letter.partition(), letter);
    reception.hasLetters = true;
    reception.reaches(letter.offset());
    MessageHistory course = reception.log.message(letter.offset()).course(reception.receiver);
    reception.receiver.deadLetters += course.deadLettered == null ? 1 : 0;
    course.deadLettered(letter, index);
  }

  private void cursor(
      PartitionView reception, Operation cursor, long epoch, long below, List<Long> above) {
    reception.acts(epoch, index);
    reception.reaches(below);
    reception.covers(cursor, below, above);
    long end = above.isEmpty() ? below : Math.max(below, above.get(above.size() - 1) + 1);
    reception.log.cursors.add(new LogEvidence.CursorAt(reception, cursor, index, end, epoch));
  }

  /** Returns a durable subscription of the history. */
  Receiver receiverOf(String subscription, Operation operation) {
    return receiver(subscription, operation);
  }

  private MessageHistory on(String subscription, int partition, long offset, Operation operation) {
    Receiver receiver = receiver(subscription, operation);
    return receiver.topic.log(partition).message(offset).course(receiver);
  }

  private PartitionView reception(String subscription, int partition, Operation operation) {
    Receiver receiver = receiver(subscription, operation);
    return receiver.reception(receiver.topic.log(partition));
  }

  private Receiver receiver(String subscription, Operation operation) {
    return receiver(subscription, "", operation);
  }

  private Receiver receiver(String subscription, String node, Operation operation) {
    Receiver durable = receivers.get(subscription);
    if (durable != null) {
      return durable;
    }
    Operation.SubscriptionDeclared declaration = declared.get(subscription);
    if (declaration == null) {
      throw new IllegalArgumentException(
          "subscription '%s' of %s is not declared: record SubscriptionDeclared"
              .formatted(subscription, operation));
    }
    return ephemeral
        .computeIfAbsent(subscription, name -> new LinkedHashMap<>())
        .computeIfAbsent(node, name -> topic(declaration.topic()).receiver(declaration));
  }

  private TopicEvidence topic(String name) {
    TopicEvidence known = topics.get(name);
    if (known != null) {
      return known;
    }
    TopicEvidence topic = new TopicEvidence(name);
    topics.put(name, topic);
    return topic;
  }
}
