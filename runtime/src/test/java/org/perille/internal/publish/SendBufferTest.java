package org.perille.internal.publish;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.log.ProducerReport;

class SendBufferTest {
  private final SendBuffer<String> sendBuffer = new SendBuffer<>(2, 3, 1000);

  private static PendingPublish<String> pending(String name, int bytes, long deadline) {
    return new PendingPublish<>(
        new LogMessage(name, "", Map.of(), 1, "", ByteString.copyFrom(new byte[bytes])),
        Optional.of(deadline),
        name,
        Optional.empty());
  }

  private static List<String> promises(Optional<SendBuffer.Batch<String>> batch) {
    return batch.orElseThrow().messages().stream().map(PendingPublish::promise).toList();
  }

  @Test
  void what_comes_while_a_batch_is_under_way_makes_up_the_next_one() {
    sendBuffer.add(0, pending("a", 1, 0));
    assertThat(promises(sendBuffer.next(0))).containsExactly("a");
    sendBuffer.add(0, pending("b", 1, 0));
    sendBuffer.add(0, pending("c", 1, 0));
    assertThat(sendBuffer.next(0)).isEmpty();
    assertThat(sendBuffer.durable(0, 1)).isPresent();
    assertThat(promises(sendBuffer.next(0))).containsExactly("b", "c");
  }

  @Test
  void what_follows_a_batch_that_its_partition_has_forgotten_is_numbered_from_the_beginning() {
    sendBuffer.add(0, pending("a", 1, 0));
    sendBuffer.next(0);
    sendBuffer.durable(0, 1);
    sendBuffer.add(0, pending("b", 1, 0));
    sendBuffer.next(0);
    sendBuffer.add(0, pending("c", 1, 0));
    assertThat(sendBuffer.forgotten(0, 1)).isEmpty();
    assertThat(promises(sendBuffer.forgotten(0, 2))).containsExactly("b");
    SendBuffer.Batch<String> next = sendBuffer.next(0).orElseThrow();
    assertThat(next.number()).isEqualTo(1);
    assertThat(next.messages()).extracting(PendingPublish::promise).containsExactly("c");
  }

  @Test
  void what_a_producer_sent_with_a_forgotten_batch_is_sent_again_before_all_others() {
    sendBuffer.add(0, pending("a", 1, 0));
    sendBuffer.next(0);
    sendBuffer.durable(0, 1);
    sendBuffer.add(0, produced("b"));
    sendBuffer.add(0, pending("c", 1, 0));
    sendBuffer.add(0, produced("d"));
    sendBuffer.next(0);
    sendBuffer.add(0, produced("e"));
    assertThat(promises(sendBuffer.forgotten(0, 2))).containsExactly("c");
    SendBuffer.Batch<String> next = sendBuffer.next(0).orElseThrow();
    assertThat(next.number()).isEqualTo(1);
    assertThat(next.messages()).extracting(PendingPublish::promise).containsExactly("b", "d", "e");
  }

  private static PendingPublish<String> produced(String name) {
    return new PendingPublish<>(
        pending(name, 1, 0).message(),
        Optional.empty(),
        name,
        Optional.of(() -> new ProducerReport("p", 1, OffsetSet.NONE)));
  }

  @Test
  void a_partition_does_not_wait_for_another() {
    sendBuffer.add(0, pending("a", 1, 0));
    sendBuffer.add(1, pending("b", 1, 0));
    assertThat(sendBuffer.next(0)).isPresent();
    assertThat(sendBuffer.next(1)).isPresent();
  }

  @Test
  void a_batch_ends_at_its_count_and_at_its_bytes_and_takes_one_message_however_large() {
    for (int i = 0; i < 4; i++) {
      sendBuffer.add(0, pending("a" + i, 1, 0));
    }
    assertThat(promises(sendBuffer.next(0))).hasSize(3);
    sendBuffer.add(1, pending("large", 5000, 0));
    sendBuffer.add(1, pending("b", 400, 0));
    sendBuffer.add(1, pending("c", 800, 0));
    assertThat(promises(sendBuffer.next(1))).containsExactly("large");
    sendBuffer.durable(1, 1);
    assertThat(promises(sendBuffer.next(1))).containsExactly("b");
  }

  @Test
  void a_receipt_for_another_batch_than_the_one_under_way_means_nothing() {
    sendBuffer.add(0, pending("a", 1, 0));
    sendBuffer.next(0);
    assertThat(sendBuffer.durable(0, 2)).isEmpty();
    assertThat(sendBuffer.durable(0, 1)).isPresent();
    assertThat(sendBuffer.durable(0, 1)).isEmpty();
  }

  @Test
  void what_was_never_sent_expires_as_such_and_what_was_sent_stays_under_way() {
    sendBuffer.add(0, pending("sent", 1, 10));
    sendBuffer.next(0);
    sendBuffer.add(0, pending("waiting", 1, 20));
    sendBuffer.add(0, pending("later", 1, 30));
    assertThat(sendBuffer.expire(20))
        .extracting(expired -> expired.pending().promise() + " " + expired.sent())
        .containsExactly("sent true", "waiting false");
    assertThat(sendBuffer.expire(20)).isEmpty();
    assertThat(sendBuffer.durable(0, 1)).isPresent();
    assertThat(promises(sendBuffer.next(0))).containsExactly("later");
  }

  @Test
  void nobody_waits_for_a_message_that_expired_in_flight() {
    assertThat(sendBuffer.isSettled()).isTrue();
    sendBuffer.add(0, pending("sent", 1, 10));
    assertThat(sendBuffer.isSettled()).isFalse();
    sendBuffer.next(0);
    assertThat(sendBuffer.isSettled()).isFalse();
    sendBuffer.expire(10);
    assertThat(sendBuffer.isSettled()).isTrue();
    assertThat(sendBuffer.isEmpty()).isFalse();
    sendBuffer.add(0, pending("waiting", 1, 20));
    assertThat(sendBuffer.isSettled()).isFalse();
  }
}
