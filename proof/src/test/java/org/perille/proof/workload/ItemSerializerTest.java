package org.perille.proof.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ItemSerializerTest {
  private final ItemSerializer reader = new ItemSerializer(true);

  private Item readBack(Item item) {
    return (Item) reader.fromBinary(reader.toBinary(item), reader.manifest(item));
  }

  @Test
  void an_item_of_every_mood_and_every_key_is_read_as_it_was_written() {
    for (Item.Mood mood : Item.Mood.values()) {
      for (String key : KeyKind.all()) {
        Item item = new Item(key, "value", mood, Padding.ofLength(300));
        assertThat(readBack(item)).isEqualTo(item);
      }
    }
  }

  @Test
  void a_payload_may_be_empty() {
    Item item = Item.of("key", "value", Item.Mood.EMPTY_PAYLOAD);
    assertThat(reader.toBinary(item)).isEmpty();
    assertThat(readBack(item)).isEqualTo(item);
  }

  @Test
  void a_payload_has_bytes_of_every_value() {
    byte[] payload = reader.toBinary(new Item("k", "v", Item.Mood.NORMAL, Padding.ofLength(256)));
    for (int value = 0; value < 256; value++) {
      assertThat(payload).contains((byte) value);
    }
  }

  @Test
  void a_damaged_payload_does_not_pass_unnoticed() {
    byte[] payload =
        ItemSerializer.encode(new Item("k", "v", Item.Mood.NORMAL, Padding.ofLength(50)));
    byte[] changed = payload.clone();
    changed[payload.length - 1]++;

    assertThat(Padding.isIntact(ItemSerializer.decode(payload).padding())).isTrue();
    assertThat(Padding.isIntact(ItemSerializer.decode(changed).padding())).isFalse();
    assertThatThrownBy(() -> ItemSerializer.decode(Arrays.copyOf(payload, payload.length - 1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ItemSerializer.decode(Arrays.copyOf(payload, payload.length + 1)))
        .isInstanceOf(IllegalArgumentException.class);
    String padding = Padding.ofLength(50);
    assertThat(Padding.isIntact(padding.substring(1))).isFalse();
    assertThat(Padding.isIntact(padding.substring(0, 49))).isFalse();
  }

  @Test
  void only_a_node_that_must_read_everything_reads_what_is_undecodable() {
    ItemSerializer other = new ItemSerializer(false);
    Item undecodable = Item.of("k", "v", Item.Mood.UNDECODABLE);
    Item byError = Item.of("k", "v", Item.Mood.UNDECODABLE_BY_ERROR);

    assertThat(readBack(undecodable)).isEqualTo(undecodable);
    assertThat(readBack(byError)).isEqualTo(byError);
    assertThatThrownBy(() -> other.fromBinary(other.toBinary(undecodable), ""))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> other.fromBinary(other.toBinary(byError), ""))
        .isInstanceOf(NoClassDefFoundError.class);
  }
}
