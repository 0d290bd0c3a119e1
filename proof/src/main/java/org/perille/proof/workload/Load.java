package org.perille.proof.workload;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.PublishRefusedException;
import org.perille.Publisher;
import org.perille.Receipt;
import org.perille.internal.failure.UserCode;
import org.perille.internal.log.LogMessage;

/** Publishes continuously, recorded by the witness. It repeats messages of unknown outcome. */
public final class Load {
  private static final int IN_FLIGHT = 300;

  /** The percentage of messages with an id. {@link #TWICE} percent of those are published twice. */
  private static final int WITH_ID = 60;

  private static final int TWICE = 10;

  private static final int ODD_KEYS_PERCENT = 5;
  private static final int OVERSIZED_BYTES = 200_000;
  private static final int BINARY_BYTES = 1_000;
  private static final int PADDING_BYTES = 200;

  /** The documented limit of a message with its key, its id and its headers. */
  private static final int MAXIMAL_BYTES = 128 * 1024;

  /** The properties that one message in 1,000 has. Some are in it twice. */
  private static final List<MessageFault> RARE = rare();

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

  private static List<MessageFault> rare() {
    List<MessageFault> rare =
        new ArrayList<>(
            EnumSet.complementOf(
                EnumSet.of(
                    MessageFault.NONE, MessageFault.SLOW, MessageFault.THROWS, MessageFault.LATE)));
    rare.addAll(List.of(MessageFault.POISONED, MessageFault.UNDECODABLE));
    return List.copyOf(rare);
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
    MessageFault fault = fault();
    // The value contains everything, so that a reader of the history doesn't need the message.
    String value = fault.name(witness.process() + "-" + number);
    boolean withId = fault.isAboutId() || random.nextInt(100) < WITH_ID;
    Optional<MessageId> id = withId ? Optional.of(id(fault, value)) : Optional.empty();
    String key = key(fault);
    Item item = new Item(key, value, fault.mood(), Padding.ofLength(length(fault, key, value, id)));
    publish(fault, item, id);
    if (withId && random.nextInt(100) < TWICE) {
      publish(fault, item, id);
    }
  }

  private MessageFault fault() {
    int chance = random.nextInt(1000);
    if (chance < 31) {
      return MessageFault.SLOW;
    } else if (chance < 46) {
      return MessageFault.THROWS;
    } else if (chance < 52) {
      return MessageFault.LATE;
    } else if (chance < 52 + RARE.size()) {
      return RARE.get(chance - 52);
    }
    return MessageFault.NONE;
  }

  private String key(MessageFault fault) {
    return switch (fault) {
      case KEY_EMPTY -> "";
      case KEY_TOO_LONG -> "k".repeat(1_001);
      case KEY_WITH_NUL -> random.nextBoolean() ? "\0" : "key\0-1";
      case KEY_WITH_HALF_PAIR -> random.nextBoolean() ? "\ud83d" : "\ude00 in reverse \ud83d";
      default -> {
        List<String> keys =
            random.nextInt(100) < ODD_KEYS_PERCENT ? KeyKind.odd() : KeyKind.PLAIN.keys();
        yield keys.get(random.nextInt(keys.size()));
      }
    };
  }

  private static MessageId id(MessageFault fault, String value) {
    return MessageId.of(
        switch (fault) {
          case ID_WITH_NUL -> "id\0" + value;
          case ID_WITH_HALF_PAIR -> "id-" + value + "\ud83d";
          default -> "id-" + value;
        });
  }

  private int length(MessageFault fault, String key, String value, Optional<MessageId> id) {
    return switch (fault) {
      case OVERSIZED -> OVERSIZED_BYTES;
      case BINARY -> BINARY_BYTES;
      case MAXIMAL -> maximum(key, value, id);
      case BEYOND_MAXIMUM -> maximum(key, value, id) + 1;
      default -> random.nextInt(PADDING_BYTES);
    };
  }

  /** Returns the length of the padding with which a message is as large as possible. */
  private static int maximum(String key, String value, Optional<MessageId> id) {
    byte[] unpadded = ItemSerializer.encode(Item.of(key, value, Item.Mood.NORMAL));
    LogMessage message =
        new LogMessage(
            key,
            id.map(MessageId::value).orElse(""),
            Map.of(),
            0,
            "",
            ByteString.copyFrom(unpadded));
    return MAXIMAL_BYTES - message.sizeInBytes();
  }

  private void publish(MessageFault fault, Item item, Optional<MessageId> id)
      throws InterruptedException {
    places.acquire();
    Message<Item> message =
        switch (fault) {
          case HEADER_WITH_NUL -> Message.of(item).withHeader("nul", "a\0b");
          case HEADER_WITH_HALF_PAIR -> Message.of(item).withHeader("half \ude00", "");
          default -> Message.of(item);
        };
    Witness.Publishing publishing = witness.publishing(Workload.LOAD.name(), item, id);
    CompletionStage<Receipt> unused =
        published(id.map(message::withId).orElse(message))
            .whenComplete(
                (receipt, failure) -> {
                  places.release();
                  end(publishing, item, id, receipt, failure);
                });
  }

  private CompletionStage<Receipt> published(Message<Item> message) {
    try {
      return publisher.publish(message);
    } catch (PublishRefusedException e) {
      return CompletableFuture.failedFuture(e);
    } catch (Throwable e) {
      witness.compared("what publish threw", "nothing", UserCode.describe(e));
      return CompletableFuture.failedFuture(e);
    }
  }

  private void end(
      Witness.Publishing publishing,
      Item item,
      Optional<MessageId> id,
      Receipt receipt,
      Throwable failure) {
    judge(item, failure);
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

  /** Records a message that must be refused and wasn't, or was and must not be. */
  private void judge(Item item, Throwable failure) {
    MessageFault fault = MessageFault.told(item.value());
    if (failure instanceof PublishRefusedException refused) {
      if (!fault.mayBeRefused(refused.reason())) {
        witness.compared(
            "the refusal of " + item.value(), "none, or another one", refused.getMessage());
      }
    } else if (fault.isRefused()) {
      witness.compared(
          "the publish of " + item.value(), "refused", failure == null ? "ok" : failure.toString());
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
