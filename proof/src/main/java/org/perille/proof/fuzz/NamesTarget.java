package org.perille.proof.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.pekko.actor.ActorPath;
import org.perille.MessageId;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.internal.effect.KeyIds;
import org.perille.internal.log.PartitionId;
import org.perille.internal.log.Storable;

/**
 * Names of topics and subscriptions, ids of partitions and messages, and keys.
 *
 * <p>A name that isn't refused with {@link IllegalArgumentException} is safe as an actor's name.
 * The ids made of it can be parsed again. Two keys never share a journal.
 *
 * <p>An input is four texts in UTF-16, with NUL between them: a topic, a subscription and two keys.
 * With UTF-16 the inputs contain halves of characters, too.
 */
final class NamesTarget implements FuzzTarget {
  private static final int TEXTS = 4;

  @Override
  public String name() {
    return "names";
  }

  @Override
  public List<byte[]> seeds() {
    return List.of(
        text("orders\0payment\0customer-1\0customer-2"),
        text("a.b_c-1\0x\0" + "k".repeat(101) + "\0" + "k".repeat(100)),
        text("orders~1\0a|b\0h:abc\0k:abc"),
        text("t".repeat(100) + "\0ä\0ä\0\uD83D\uDE00"));
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_16BE);
  }

  @Override
  public int mutations() {
    return 5_000;
  }

  @Override
  public void accept(byte[] input) {
    String[] texts = new String(input, StandardCharsets.UTF_16BE).split("\0", TEXTS);
    String topic = texts[0];
    checkEntityId(topic);
    checkMessageId(topic);
    PartitionId partition;
    try {
      partition = new PartitionId(Topic.of(topic, String.class).keyedBy(key -> key).name(), 3);
    } catch (IllegalArgumentException e) {
      return;
    }
    assertThat(ActorPath.isValidPathElement(partition.entityId())).isTrue();
    assertThat(PartitionId.ofEntityId(partition.entityId())).isEqualTo(partition);
    if (texts.length == TEXTS) {
      checkKeys(partition, texts[1], texts[2], texts[3]);
    }
  }

  private static void checkKeys(
      PartitionId partition, String subscription, String key, String other) {
    try {
      Topic<String> topic = Topic.of(partition.topic(), String.class).keyedBy(text -> text);
      Subscription.of(subscription, topic);
    } catch (IllegalArgumentException e) {
      return;
    }
    if (Storable.problemOf(key).isPresent() || Storable.problemOf(other).isPresent()) {
      assertThat(Storable.problemOf(Storable.cleaned(key + other))).isEmpty();
      return;
    }
    KeyIds ids = new KeyIds(partition, subscription, 0);
    assertThat(ids.persistenceId(key).equals(ids.persistenceId(other)))
        .as("'%s' and '%s' share a journal", key, other)
        .isEqualTo(key.equals(other));
    assertThat(ids.persistenceId(key).length()).isLessThanOrEqualTo(255 + 200);
  }

  /**
   * Checks an entity id. It comes from the network: sharding passes it to the factory of the
   * entity.
   */
  private static void checkEntityId(String text) {
    try {
      PartitionId id = PartitionId.ofEntityId(text);
      assertThat(PartitionId.ofEntityId(id.entityId())).isEqualTo(id);
    } catch (IllegalArgumentException e) {
      // The id is refused.
    }
  }

  private static void checkMessageId(String text) {
    try {
      assertThat(MessageId.of(text).value()).isEqualTo(text);
    } catch (IllegalArgumentException e) {
      // The id is refused.
    }
  }
}
