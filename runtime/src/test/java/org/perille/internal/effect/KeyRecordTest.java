package org.perille.internal.effect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.perille.internal.effect.EffectsRecorded.Handled;
import org.perille.internal.effect.EffectsRecorded.Outgoing;
import org.perille.internal.log.LogMessage;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KeyRecordTest {
  private final KeyBehavior<String> logic =
      KeyBehavior.of(new TwoOfEach(TwoOfEach.topic("target", 1)));
  private ActorTestKit kit;
  private EffectCodec codec;

  @BeforeAll
  void start() {
    kit = ActorTestKit.create("KeyRecordTest");
    codec = new EffectCodec(kit.system());
  }

  @AfterAll
  void stop() {
    kit.shutdownTestKit();
  }

  private Handled handled(long offset) {
    return handled(offset, false);
  }

  private Handled handled(long offset, boolean late) {
    LogMessage outgoing =
        new LogMessage("k", "", Map.of(), 1, "", ByteString.copyFromUtf8("o" + offset));
    return new Handled(
        offset,
        late,
        List.of(codec.encode("event " + offset)),
        List.of(new Outgoing("target", outgoing)),
        Optional.of(codec.encode("reply " + offset)));
  }

  private EffectsRecorded event(long epoch, long... offsets) {
    return EffectsRecorded.handled(
        epoch, 0, LongStream.of(offsets).mapToObj(this::handled).toList());
  }

  private EffectsRecorded lateEvent(long... offsets) {
    return EffectsRecorded.handled(
        1, 0, LongStream.of(offsets).mapToObj(offset -> handled(offset, true)).toList());
  }

  private KeyRecord after(EffectsRecorded... events) {
    KeyRecord memory = KeyRecord.empty(logic);
    for (EffectsRecorded event : events) {
      memory = memory.apply(event, logic, codec);
    }
    return memory;
  }

  @Test
  void what_is_handled_is_known_and_of_it_only_the_last_write_may_have_to_be_published() {
    KeyRecord memory = after(event(1, 2, 3), event(1, 7, 9));
    assertThat(memory.isHandled(2, false)).isTrue();
    assertThat(memory.isHandled(9, false)).isTrue();
    assertThat(memory.isHandled(10, false)).isFalse();
    assertThat(memory.last()).containsExactly(handled(7), handled(9));
    assertThat(memory.sequenceNumber()).isEqualTo(2);
  }

  @Test
  void a_late_message_is_handled_once_whatever_was_handled_since_it_was_given_up() {
    KeyRecord before = after(event(1, 2, 9));
    assertThat(before.isHandled(5, true)).isFalse();
    KeyRecord memory = before.apply(lateEvent(5), logic, codec);
    assertThat(memory.isHandled(5, true)).isTrue();
    assertThat(memory.isHandled(5, false)).isTrue();
    assertThat(memory.isHandled(6, true)).isFalse();
    assertThat(memory.state()).isEqualTo(TwoOfEach.sum((Long) before.state(), "event 5"));
    assertThat(memory.last()).containsExactly(handled(5, true));
    assertThatThrownBy(() -> memory.apply(lateEvent(5), logic, codec))
        .hasMessageContaining("INV-9");
    assertThatThrownBy(() -> before.after(lateEvent(5, 5), 0L)).hasMessageContaining("INV-9");
  }

  @Test
  void a_late_message_above_the_last_one_lets_those_between_come_in_their_turn() {
    KeyRecord memory = after(event(1, 2), lateEvent(8));
    assertThat(memory.isHandled(8, false)).isTrue();
    assertThat(memory.isHandled(5, false)).isFalse();
    assertThat(memory.highestOffset()).isEqualTo(8);
    assertThatThrownBy(() -> memory.after(event(1, 8), 0L)).hasMessageContaining("INV-9");
    KeyRecord after = memory.apply(event(1, 5, 11), logic, codec);
    assertThat(after.highestOffset()).isEqualTo(11);
    assertThat(KeyRecord.restore(after.snapshot(logic, codec), logic, codec)).isEqualTo(after);
  }

  @Test
  void a_message_that_is_given_up_changes_nothing_but_who_may_write() {
    KeyRecord before = after(event(1, 2));
    KeyRecord memory = before.apply(EffectsRecorded.givenUp(3, 0, 5), logic, codec);
    assertThat(memory.isHandled(5, false)).isFalse();
    assertThat(memory.isHandled(5, true)).isFalse();
    assertThat(memory.state()).isEqualTo(before.state());
    assertThat(memory.replies()).isEqualTo(before.replies());
    assertThat(memory.last()).isEmpty();
    assertThat(memory.sequenceNumber()).isEqualTo(2);
    assertThatThrownBy(() -> memory.apply(event(2, 5), logic, codec)).hasMessageContaining("INV-8");
  }

  @Test
  void a_worker_that_was_replaced_changes_no_key() {
    KeyRecord memory = after(event(5, 2));
    assertThat(memory.apply(event(6, 3), logic, codec).epoch()).isEqualTo(6);
    assertThatThrownBy(() -> memory.apply(event(4, 3), logic, codec)).hasMessageContaining("INV-8");
    assertThatThrownBy(() -> memory.after(event(4, 3), 0L)).hasMessageContaining("INV-8");
  }

  @Test
  void a_key_handles_rising_offsets_within_a_write_and_from_one_to_the_next() {
    KeyRecord memory = after(event(1, 2));
    assertThatThrownBy(() -> memory.apply(event(1, 2), logic, codec)).hasMessageContaining("INV-9");
    assertThatThrownBy(() -> memory.after(event(1, 5, 5), 0L)).hasMessageContaining("INV-9");
    assertThatThrownBy(() -> memory.after(event(1, 5, 4), 0L)).hasMessageContaining("INV-9");
  }

  @Test
  void it_comes_back_from_its_snapshot_as_it_was_with_the_latest_replies() {
    KeyRecord memory = KeyRecord.empty(logic);
    assertThat(KeyRecord.restore(memory.snapshot(logic, codec), logic, codec)).isEqualTo(memory);
    int offsets = KeyRecord.MAX_REPLIES + 5;
    for (long offset = 0; offset < offsets; offset++) {
      memory = memory.apply(event(1, offset), logic, codec);
    }
    KeyRecord restored = KeyRecord.restore(memory.snapshot(logic, codec), logic, codec);
    assertThat(restored).isEqualTo(memory);
    assertThat(restored.replies()).hasSize(KeyRecord.MAX_REPLIES);
    assertThat(restored.reply(4)).isEmpty();
    assertThat(restored.reply(5)).contains(codec.encode("reply 5"));
    assertThat(restored.reply(offsets - 1)).contains(codec.encode("reply " + (offsets - 1)));
  }

  @Test
  void what_was_given_up_without_reading_the_key_is_known_as_handled_if_it_was() {
    KeyRecord before = KeyRecord.empty(logic).apply(event(2, 0, 3), logic, codec);
    KeyRecord handled = before.apply(EffectsRecorded.givenUpUnread(1, 0, 3, false), logic, codec);
    assertThat(handled.isHandled(3, true)).isTrue();
    assertThat(handled.last()).as("it may not be published yet").isEqualTo(before.last());
    assertThat(handled.epoch()).isEqualTo(2);
    KeyRecord open = before.apply(EffectsRecorded.givenUpUnread(2, 0, 4, false), logic, codec);
    assertThat(open.isHandled(4, true)).isFalse();
    KeyRecord late = before.apply(EffectsRecorded.givenUpUnread(2, 0, 1, true), logic, codec);
    assertThat(late.isHandled(1, true)).isFalse();
  }
}
