package org.perille.proof.workload;

import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Semaphore;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.PublishRefusedException;
import org.perille.Publisher;
import org.perille.Receipt;

/** Publishes continuously, recorded by the witness. It repeats messages of unknown outcome. */
public final class Load {
  private static final int IN_FLIGHT = 300;

  /** The percentage of messages with an id. {@link #TWICE} percent of those are published twice. */
  private static final int WITH_ID = 60;

  private static final int TWICE = 10;

  /** Of 1,000 messages, the number that exceeds the size limit. */
  private static final int OVERSIZED_PER_THOUSAND = 3;

  private static final int OVERSIZED_CHARACTERS = 200_000;
  private static final int PADDING_CHARACTERS = 200;

  private final Publisher<Item> publisher;
  private final Witness witness;
  private final Random random;
  private final Semaphore places = new Semaphore(IN_FLIGHT);
  private final Pacer pacer;

  /**
   * Creates the load of one process.
   *
   * @param rate messages per second
   */
  public Load(Publisher<Item> publisher, Witness witness, int rate, long seed) {
    this.publisher = publisher;
    this.witness = witness;
    this.random = new Random(seed);
    this.pacer = new Pacer("load", rate, this::publishOne);
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
    String padding = "x".repeat(size());
    Item.Mood mood = mood();
    // The value contains everything, so that a reader of the history doesn't need the message.
    MessageFault burden =
        padding.length() == OVERSIZED_CHARACTERS ? MessageFault.OVERSIZED : MessageFault.of(mood);
    Item item =
        new Item(
            Workload.key(random.nextInt() & Integer.MAX_VALUE),
            burden.name(witness.process() + "-" + number),
            mood,
            padding);
    boolean withId = random.nextInt(100) < WITH_ID;
    Optional<MessageId> id =
        withId ? Optional.of(MessageId.of("id-" + item.value())) : Optional.empty();
    publish(item, id);
    if (withId && random.nextInt(100) < TWICE) {
      publish(item, id);
    }
  }

  private int size() {
    return random.nextInt(1000) < OVERSIZED_PER_THOUSAND
        ? OVERSIZED_CHARACTERS
        : random.nextInt(PADDING_CHARACTERS);
  }

  private Item.Mood mood() {
    int chance = random.nextInt(1000);
    if (chance < 2) {
      return Item.Mood.POISONED;
    } else if (chance < 4) {
      return Item.Mood.UNDECODABLE;
    } else if (chance < 6) {
      return Item.Mood.HANGS;
    } else if (chance < 14) {
      return Item.Mood.LATE;
    } else if (chance < 45) {
      return Item.Mood.SLOW;
    } else if (chance < 75) {
      return Item.Mood.THROWS;
    }
    return Item.Mood.NORMAL;
  }

  private void publish(Item item, Optional<MessageId> id) throws InterruptedException {
    places.acquire();
    Message<Item> message = Message.of(item);
    Witness.Publishing publishing = witness.publishing(Workload.LOAD.name(), item, id);
    publisher
        .publish(id.map(message::withId).orElse(message))
        .whenComplete(
            (receipt, failure) -> {
              places.release();
              end(publishing, item, id, receipt, failure);
            });
  }

  private void end(
      Witness.Publishing publishing,
      Item item,
      Optional<MessageId> id,
      Receipt receipt,
      Throwable failure) {
    if (failure == null) {
      publishing.stored(receipt);
    } else if (failure instanceof PublishRefusedException) {
      publishing.refused();
    } else {
      publishing.unknown();
      // Only an id makes a repetition safe, however often it happens.
      if (id.isPresent() && !pacer.isStopped() && places.tryAcquire()) {
        repeat(item, id.get());
      }
    }
  }

  private void repeat(Item item, MessageId id) {
    Witness.Publishing again = witness.repeating(Workload.LOAD.name(), item, id);
    publisher
        .publish(item, id)
        .whenComplete(
            (receipt, failure) -> {
              places.release();
              end(again, item, Optional.of(id), receipt, failure);
            });
  }
}
