package org.perille.proof.workload;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.perille.PublishRefusedException.Reason;

class MessageFaultTest {

  @ParameterizedTest
  @EnumSource
  void a_value_names_its_fault(MessageFault fault) {
    assertThat(MessageFault.told(fault.name("node-1.1-7"))).isEqualTo(fault);
  }

  @Test
  void every_mood_has_its_fault() {
    assertThat(MessageFault.values())
        .extracting(MessageFault::mood)
        .containsAll(Arrays.asList(Item.Mood.values()));
  }

  @Test
  void a_message_is_refused_for_its_own_reason_only() {
    assertThat(MessageFault.KEY_WITH_NUL.mayBeRefused(Reason.INVALID_KEY)).isTrue();
    assertThat(MessageFault.KEY_WITH_NUL.mayBeRefused(Reason.INVALID_ID)).isFalse();
    assertThat(MessageFault.MAXIMAL.mayBeRefused(Reason.TOO_LARGE)).isFalse();
    assertThat(MessageFault.BEYOND_MAXIMUM.mayBeRefused(Reason.TOO_LARGE)).isTrue();
    assertThat(MessageFault.NONE.mayBeRefused(Reason.INVALID_KEY)).isFalse();
    assertThat(MessageFault.NONE.mayBeRefused(Reason.BUFFER_FULL)).isTrue();
  }
}
