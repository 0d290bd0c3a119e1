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
class KeyMemoryTest {
  private final KeyLogic<String> logic = KeyLogic.of(new Relay(Relay.topic("target", 1)));
  private ActorTestKit kit;
  private EffectCodec codec;

  @BeforeAll
  void start() {
    kit = ActorTestKit.create("KeyMemoryTest");
    codec = new EffectCodec(kit.system());
  }

  @AfterAll
  void stop() {
    kit.shutdownTestKit();
  }

  private Handled handled(long offset) {
    LogMessage outgoing =
        new LogMessage("k", "", Map.of(), 1, "", ByteString.copyFromUtf8("o" + offset));
    return new Handled(
        offset,
        List.of(codec.encode("event " + offset)),
        List.of(new Outgoing("target", outgoing)),
        Optional.of(codec.encode("reply " + offset)));
  }

  private EffectsRecorded event(long incarnation, long... offsets) {
    return new EffectsRecorded(
        incarnation, 0, LongStream.of(offsets).mapToObj(this::handled).toList());
  }

  private KeyMemory after(EffectsRecorded... events) {
    KeyMemory memory = KeyMemory.empty(logic);
    for (EffectsRecorded event : events) {
      memory = memory.apply(event, logic, codec);
    }
    return memory;
  }

  @Test
  void what_is_handled_is_known_and_of_it_only_the_last_write_may_have_to_be_published() {
    KeyMemory memory = after(event(1, 2, 3), event(1, 7, 9));
    assertThat(memory.isHandled(2)).isTrue();
    assertThat(memory.isHandled(9)).isTrue();
    assertThat(memory.isHandled(10)).isFalse();
    assertThat(memory.lastHandled(3)).isEmpty();
    assertThat(memory.lastHandled(7)).contains(handled(7));
    assertThat(memory.lastHandled(9)).contains(handled(9));
    assertThat(memory.sequenceNumber()).isEqualTo(2);
  }

  @Test
  void a_worker_that_was_replaced_changes_no_key() {
    KeyMemory memory = after(event(5, 2));
    assertThat(memory.apply(event(6, 3), logic, codec).incarnation()).isEqualTo(6);
    assertThatThrownBy(() -> memory.apply(event(4, 3), logic, codec)).hasMessageContaining("INV-8");
    assertThatThrownBy(() -> memory.after(event(4, 3), 0L)).hasMessageContaining("INV-8");
  }

  @Test
  void a_key_handles_rising_offsets_within_a_write_and_from_one_to_the_next() {
    KeyMemory memory = after(event(1, 2));
    assertThatThrownBy(() -> memory.apply(event(1, 2), logic, codec)).hasMessageContaining("INV-9");
    assertThatThrownBy(() -> memory.after(event(1, 5, 5), 0L)).hasMessageContaining("INV-9");
    assertThatThrownBy(() -> memory.after(event(1, 5, 4), 0L)).hasMessageContaining("INV-9");
  }

  @Test
  void it_comes_back_from_its_snapshot_as_it_was_with_the_latest_replies() {
    KeyMemory memory = KeyMemory.empty(logic);
    assertThat(KeyMemory.restore(memory.snapshot(logic, codec), logic, codec)).isEqualTo(memory);
    int offsets = KeyMemory.MAX_REPLIES + 5;
    for (long offset = 0; offset < offsets; offset++) {
      memory = memory.apply(event(1, offset), logic, codec);
    }
    KeyMemory restored = KeyMemory.restore(memory.snapshot(logic, codec), logic, codec);
    assertThat(restored).isEqualTo(memory);
    assertThat(restored.replies()).hasSize(KeyMemory.MAX_REPLIES);
    assertThat(restored.reply(4)).isEmpty();
    assertThat(restored.reply(5)).contains(codec.encode("reply 5"));
    assertThat(restored.reply(offsets - 1)).contains(codec.encode("reply " + (offsets - 1)));
  }
}
