package org.perille.proof.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HandlerErrorTest {

  @ParameterizedTest
  @EnumSource
  void every_error_is_thrown_for_its_mood(HandlerError error) {
    MessageFault fault = MessageFault.valueOf(error.name());
    assertThat(HandlerError.of(fault.mood())).contains(error);

    Throwable thrown = catchThrowable(() -> error.raise("why"));

    assertThat(thrown).isNotNull();
    assertThat(Thread.interrupted()).isEqualTo(error == HandlerError.INTERRUPTED);
  }

  @Test
  void the_stack_really_overflows_and_others_are_as_odd_as_they_claim() {
    Throwable overflow = HandlerError.STACK_OVERFLOW.make("why");
    assertThat(overflow).isExactlyInstanceOf(StackOverflowError.class);
    assertThat(overflow.getStackTrace()).hasSizeGreaterThan(100);

    Throwable cyclic = HandlerError.CYCLIC_CAUSE.make("why");
    assertThat(cyclic.getCause().getCause()).isSameAs(cyclic);

    Throwable unreadable = HandlerError.UNREADABLE.make("why");
    assertThatThrownBy(unreadable::getMessage).isInstanceOf(LinkageError.class);

    Throwable untestable = HandlerError.PREDICATE_THROWS.make("why");
    assertThatThrownBy(() -> HandlerError.isPermanent(untestable))
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void a_mood_without_an_error_throws_nothing() {
    assertThat(HandlerError.of(Item.Mood.NORMAL)).isEmpty();
    assertThat(HandlerError.of(Item.Mood.THROWS)).isEmpty();
  }
}
