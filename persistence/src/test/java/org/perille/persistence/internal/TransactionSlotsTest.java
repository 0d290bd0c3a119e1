package org.perille.persistence.internal;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.perille.spi.TransactionalHandler.NotStartedException;

class TransactionSlotsTest {
  private static final CursorTable.CursorKey ONE = new CursorTable.CursorKey("t", "s", 1);
  private static final CursorTable.CursorKey TWO = new CursorTable.CursorKey("t", "s", 2);

  private final TransactionSlots slots = TransactionSlots.of(2, Duration.ofMillis(1));

  private static void assertTaken(TransactionSlots slots) {
    assertThatThrownBy(slots::take)
        .isInstanceOf(NotStartedException.class)
        .hasMessageContaining("withMaxTransactions");
  }

  @Test
  void who_gets_no_slot_waits_for_a_while_and_not_for_ever() throws Exception {
    slots.take();
    slots.take();
    assertTaken(slots);
    slots.free();
    assertThatCode(slots::take).doesNotThrowAnyException();
  }

  @Test
  void a_flag_that_a_handler_has_left_behind_keeps_nobody_from_a_slot() {
    Thread.currentThread().interrupt();
    assertThatCode(slots::take).doesNotThrowAnyException();
  }

  @Test
  void at_repeatable_read_the_transactions_of_a_partition_take_turns() throws Exception {
    TransactionSlots one = slots.forPartition(Connection.TRANSACTION_REPEATABLE_READ, ONE);
    TransactionSlots two = slots.forPartition(Connection.TRANSACTION_REPEATABLE_READ, TWO);
    one.take();
    assertTaken(one);
    two.take();
    one.free();
    one.takeCursor();
    assertTaken(one);
    one.freeCursor();
    one.take();
  }

  @Test
  void at_serializable_all_transactions_take_turns() throws Exception {
    TransactionSlots one = slots.forPartition(Connection.TRANSACTION_SERIALIZABLE, ONE);
    TransactionSlots two = slots.forPartition(Connection.TRANSACTION_SERIALIZABLE, TWO);
    one.take();
    assertTaken(two);
    one.free();
    two.take();
    two.free();
    one.takeCursor();
    assertTaken(two);
  }
}
