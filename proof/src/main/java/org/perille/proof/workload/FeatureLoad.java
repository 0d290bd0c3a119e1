package org.perille.proof.workload;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.perille.Commit;
import org.perille.ConditionFailedException;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.PublishRefusedException;
import org.perille.Publisher;
import org.perille.Receipt;
import org.perille.Transaction;

/** Publishes messages that use one feature each, and queries the results of some. */
public final class FeatureLoad {
  private static final int IN_FLIGHT = 100;
  private static final int ODD_KEYS_PERCENT = 10;
  private static final int ERRORS_PERCENT = 5;
  private static final Duration DELAY = Duration.ofMillis(250);
  private static final Duration AGE = Duration.ofHours(1);

  /** One transaction of this many is repeated. */
  private static final int REPEATED_TRANSACTIONS = 5;

  private final Publisher<Item> publisher;
  private final Supplier<Transaction> transactions;
  private final Witness witness;
  private final FeatureQuestions questions;
  private final boolean oneClock;
  private final Random random;
  private final Semaphore places = new Semaphore(IN_FLIGHT);
  private final Pacer pacer;

  /**
   * Creates the load of one process.
   *
   * @param transactions returns new transactions
   * @param rate messages per second
   * @param oneClock whether all nodes share one clock that isn't set; only then times are checked
   */
  public FeatureLoad(
      Publisher<Item> publisher,
      Supplier<Transaction> transactions,
      Witness witness,
      FeatureQuestions questions,
      int rate,
      boolean oneClock,
      long seed) {
    this.publisher = publisher;
    this.transactions = transactions;
    this.witness = witness;
    this.questions = questions;
    this.oneClock = oneClock;
    this.random = new Random(seed ^ 0xFEA7);
    this.pacer = new Pacer("feature-load", rate, this::publishOne);
  }

  public void start() {
    pacer.start();
  }

  /** Stops publishing, except for a message that is being published. */
  public void stop() {
    pacer.stop();
  }

  /** Waits until nothing more is published. */
  public void awaitEnd() throws InterruptedException {
    pacer.awaitEnd();
  }

  private void publishOne(long number) throws InterruptedException {
    Feature feature = feature();
    MessageFault error = feature == Feature.PLAIN ? error() : MessageFault.NONE;
    Item item =
        Item.of(
            key(),
            feature.name(error.name(witness.process() + "-feature-" + number)),
            error.mood());
    Message<Item> message = FeatureHeaders.on(timed(feature, item));
    if (feature == Feature.FORGOTTEN) {
      forget(message);
    } else if (feature == Feature.TRANSACTED) {
      transact(item, number);
    } else if (feature == Feature.CONDITIONAL) {
      publishIfFirst(item.key(), witness.process() + "-feature-" + number);
    } else {
      publish(message);
    }
  }

  private String key() {
    List<String> keys =
        random.nextInt(100) < ODD_KEYS_PERCENT ? KeyKind.samples() : Features.plainKeys();
    return keys.get(random.nextInt(keys.size()));
  }

  /** Returns an error that the handlers of some messages throw. */
  private MessageFault error() {
    HandlerError[] errors = HandlerError.values();
    return random.nextInt(100) < ERRORS_PERCENT
        ? MessageFault.valueOf(errors[random.nextInt(errors.length)].name())
        : MessageFault.NONE;
  }

  private Feature feature() {
    int chance = random.nextInt(100);
    if (chance < 4) {
      return Feature.REJECTED;
    } else if (chance < 8) {
      return Feature.FORBIDDEN;
    } else if (chance < 14) {
      return Feature.NACKED;
    } else if (chance < 24) {
      return Feature.DELAYED;
    } else if (chance < 30) {
      return Feature.EXPIRED;
    } else if (chance < 38) {
      return Feature.LASTING;
    } else if (chance < 50) {
      return Feature.FORGOTTEN;
    } else if (chance < 58) {
      return Feature.TRANSACTED;
    } else if (chance < 66) {
      return Feature.CONDITIONAL;
    }
    return Feature.PLAIN;
  }

  private Message<Item> timed(Feature feature, Item item) {
    Message<Item> message = Message.of(item);
    Instant now = Instant.now();
    return switch (feature) {
      case DELAYED -> {
        scheduled(item, DELAY, Optional.empty());
        yield message.notBefore(now.plus(DELAY));
      }
      case EXPIRED -> {
        scheduled(item, Duration.ZERO, Optional.of(AGE.negated()));
        yield message.notAfter(now.minus(AGE));
      }
      case LASTING -> {
        scheduled(item, Duration.ZERO, Optional.of(AGE));
        yield message.notAfter(now.plus(AGE));
      }
      case PLAIN, NACKED, REJECTED, FORBIDDEN, FORGOTTEN, TRANSACTED, CONDITIONAL -> message;
    };
  }

  private void scheduled(Item item, Duration earliest, Optional<Duration> latest) {
    if (oneClock) {
      witness.scheduled(Features.TOPIC.name(), item, earliest, latest);
    }
  }

  private void forget(Message<Item> message) {
    Witness.Publishing publishing =
        witness.publishing(Features.TOPIC.name(), message.payload(), Optional.empty());
    try {
      publisher.publishAndForget(message);
      publishing.forgotten();
    } catch (PublishRefusedException e) {
      publishing.refused();
    }
  }

  /** Commits a transaction of a message and another one, some of them once more under its id. */
  private void transact(Item item, long number) throws InterruptedException {
    Item other = Item.of(key(), "2nd of " + item.value(), Item.Mood.NORMAL);
    MessageId id = MessageId.of("transaction " + witness.process() + "-" + number);
    places.acquire();
    List<Witness.Publishing> publishing =
        Stream.of(item, other)
            .map(one -> witness.publishing(Features.TOPIC.name(), one, Optional.empty()))
            .toList();
    Witness.Transacting transacting = witness.transacting(publishing);
    Commit commit = committed(item, other, id);
    commit.committed().thenRun(transacting::committed);
    commit
        .receipts()
        .whenComplete(
            (receipts, failure) -> {
              places.release();
              Stream.of(0, 1)
                  .forEach(
                      i -> {
                        Receipt receipt = failure == null ? receipts.get(i) : null;
                        end(publishing.get(i), i == 0 ? item : other, receipt, failure);
                      });
              if (failure == null && number % REPEATED_TRANSACTIONS == 0) {
                repeat(item, other, commit.id(), receipts);
              }
            });
  }

  private Commit committed(Item item, Item other, MessageId id) {
    return transactions
        .get()
        .withId(id)
        .add(Features.TOPIC, FeatureHeaders.on(Message.of(item)))
        .add(Features.TOPIC, FeatureHeaders.on(Message.of(other)))
        .commit();
  }

  /** Commits a transaction again, which must have the receipts of the first time. */
  private void repeat(Item item, Item other, MessageId id, List<Receipt> first) {
    committed(item, other, id)
        .receipts()
        .thenAccept(
            again ->
                witness.compared(
                    "the receipts of " + id,
                    first.stream().map(Receipt::offset).toList().toString(),
                    again.stream().map(Receipt::offset).toList().toString()));
  }

  /**
   * Publishes a message if its key has none, and otherwise one that expects the last offset that
   * was found.
   */
  private void publishIfFirst(String key, String name) throws InterruptedException {
    places.acquire();
    Message<Item> first = conditional(key, FeatureAudit.FIRST, name).ifFirstOfKey();
    publishing(first)
        .whenComplete(
            (receipt, failure) -> {
              if (failure instanceof ConditionFailedException refused) {
                long last = refused.foundOffset().orElseThrow();
                publishing(conditional(key, Long.toString(last), name).ifLastOffset(last))
                    .whenComplete((again, refusal) -> places.release());
              } else {
                places.release();
              }
            });
  }

  private static Message<Item> conditional(String key, String last, String name) {
    String value = Feature.CONDITIONAL.name(last + FeatureAudit.AFTER_LAST + name);
    return FeatureHeaders.on(Message.of(Item.of(key, value, Item.Mood.NORMAL)));
  }

  private CompletionStage<Receipt> publishing(Message<Item> message) {
    Witness.Publishing publishing =
        witness.publishing(Features.TOPIC.name(), message.payload(), Optional.empty());
    return publisher
        .publish(message)
        .whenComplete((receipt, failure) -> end(publishing, message.payload(), receipt, failure));
  }

  private void publish(Message<Item> message) throws InterruptedException {
    places.acquire();
    publishing(message).whenComplete((receipt, failure) -> places.release());
  }

  private void end(Witness.Publishing publishing, Item item, Receipt receipt, Throwable failure) {
    if (failure == null) {
      publishing.stored(receipt);
      if (Feature.told(item.value()) == Feature.PLAIN) {
        questions.ask(item.key(), receipt);
      }
    } else if (failure instanceof ConditionFailedException) {
      publishing.conditionFailed();
    } else if (failure instanceof PublishRefusedException) {
      publishing.refused();
    } else {
      publishing.unknown();
    }
  }
}
