package org.perille.internal.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.perille.internal.feed.FeedReader.Action;
import org.perille.internal.feed.PartitionJournal.Stored;
import org.perille.internal.log.LogMark;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.settings.FeedLimits;

class FeedReaderTest {
  private static final FeedLimits LIMITS = new FeedLimits(4, 1_000_000);

  private final List<PartitionEvent> events = new ArrayList<>();
  private final TailCache tail = new TailCache(1_000_000, Duration.ofHours(1));
  private long endOffset;
  private final RuntimeException planned = new IllegalStateException("planned");
  private FeedReader reader = new FeedReader(LIMITS);

  private LogMark append(int messages) {
    BatchAppended batch = TailCacheTest.batch(endOffset, messages, 0);
    events.add(batch);
    endOffset = batch.endOffset();
    return LogMark.of(events.size(), batch);
  }

  private void appendToTail(int messages) {
    append(messages);
    tail.append(events.size(), (BatchAppended) events.get(events.size() - 1));
  }

  private static FeedStart.At at(long offset, long sequenceNumber) {
    return new FeedStart.At(new JournalSeek.LogPosition(offset, sequenceNumber), Optional.empty());
  }

  private void start(long offset, long sequenceNumber) {
    reader.begin();
    reader.startDecided(at(offset, sequenceNumber));
  }

  private List<Stored> stored(FeedReader.ReadJournal read) {
    List<Stored> found = new ArrayList<>();
    for (long at = read.from(); at <= read.to(); at++) {
      found.add(new Stored(at, events.get((int) at - 1)));
    }
    return found;
  }

  private List<Action> readJournal(List<Action> actions) {
    assertThat(actions).hasSize(1).first().isInstanceOf(FeedReader.ReadJournal.class);
    return reader.journalRead(stored((FeedReader.ReadJournal) actions.get(0)));
  }

  private static FeedBatch sent(List<Action> actions) {
    assertThat(actions).hasSize(1).first().isInstanceOf(FeedReader.Send.class);
    return ((FeedReader.Send) actions.get(0)).batch();
  }

  private TailCache.Read readTail(long offset) {
    return tail.read(offset, LIMITS).orElseThrow();
  }

  @Test
  void a_feed_begins_to_send_once_its_start_is_decided() {
    assertThat(reader.begin()).containsExactly(FeedReader.DecideStart.INSTANCE);
    assertThat(reader.startDecided(at(3, 2)))
        .containsExactly(new FeedReader.Attach(at(3, 2)), FeedReader.StartSending.INSTANCE);
    assertThat(reader.demanded()).containsExactly(new FeedReader.RequestTail(3));
  }

  @Test
  void a_repeated_request_is_answered_with_the_first_answer() {
    start(3, 2);
    assertThat(reader.requestRepeated()).containsExactly(new FeedReader.Attach(at(3, 2)));
    assertThat(reader.startDecided(at(7, 4))).isEmpty();
    assertThat(reader.startFailed(planned)).isEmpty();
    assertThat(reader.requestRepeated()).containsExactly(new FeedReader.Attach(at(3, 2)));
  }

  @Test
  void a_refused_worker_that_repeats_its_request_is_decided_about_again() {
    reader.begin();
    assertThat(reader.startDecided(new FeedStart.Refused("planned")))
        .containsExactly(new FeedReader.Refuse("planned"));
    assertThat(reader.requestRepeated()).containsExactly(FeedReader.DecideStart.INSTANCE);
    assertThat(reader.startDecided(at(0, 1))).contains(new FeedReader.Attach(at(0, 1)));
  }

  @Test
  void a_feed_whose_start_can_not_be_read_ends() {
    reader.begin();
    assertThat(reader.startFailed(planned)).containsExactly(new FeedReader.Stop(planned));
  }

  @Test
  void a_subscriber_that_keeps_up_is_fed_from_the_tail() {
    appendToTail(2);
    start(0, 1);
    assertThat(reader.demanded()).containsExactly(new FeedReader.RequestTail(0));
    assertThat(sent(reader.tailAvailable(readTail(0))).endOffset()).isEqualTo(2);
    appendToTail(1);
    assertThat(reader.demanded()).containsExactly(new FeedReader.RequestTail(2));
    assertThat(sent(reader.tailAvailable(readTail(2))).entries()).hasSize(1);
  }

  @Test
  void nothing_is_sent_or_read_without_demand() {
    appendToTail(2);
    start(0, 1);
    reader.demanded();
    sent(reader.tailAvailable(readTail(0)));
    appendToTail(1);
    assertThat(reader.tailAvailable(readTail(2))).isEmpty();
    assertThat(sent(reader.demanded()).firstOffset()).isEqualTo(2);
  }

  @Test
  void a_second_demand_during_a_read_starts_no_other_read() {
    start(0, 1);
    reader.demanded();
    assertThat(reader.demanded()).isEmpty();
  }

  @Test
  void a_subscriber_that_is_behind_is_fed_from_the_journal_and_then_from_the_tail() {
    append(3);
    append(2);
    start(0, 1);
    reader.demanded();
    assertThat(reader.tailMissed(2)).containsExactly(new FeedReader.ReadJournal(1, 2));
    FeedBatch first = sent(reader.journalRead(stored(new FeedReader.ReadJournal(1, 2))));
    assertThat(first.endOffset()).isEqualTo(4);
    assertThat(sent(reader.demanded()).endOffset()).isEqualTo(5);
    assertThat(reader.demanded()).containsExactly(new FeedReader.RequestTail(5));
  }

  @Test
  void small_batches_of_the_journal_are_merged_and_have_the_mark_of_the_last() {
    append(1);
    append(1);
    LogMark last = append(1);
    start(0, 1);
    reader.demanded();
    FeedBatch batch = sent(readJournal(reader.tailMissed(3)));
    assertThat(batch.entries()).hasSize(3);
    assertThat(batch.sequenceNumber()).isEqualTo(1);
    assertThat(batch.mark()).contains(last);
  }

  @Test
  void messages_before_the_start_are_left_out() {
    append(3);
    start(2, 1);
    reader.demanded();
    FeedBatch batch = sent(readJournal(reader.tailMissed(1)));
    assertThat(batch.firstOffset()).isEqualTo(2);
    assertThat(batch.endOffset()).isEqualTo(3);
  }

  @Test
  void events_without_messages_are_passed_over() {
    for (int i = 0; i < 30; i++) {
      events.add(new PartitionEvent.Activated(0, "node"));
    }
    append(1);
    start(0, 1);
    reader.demanded();
    List<Action> second = readJournal(reader.tailMissed(31));
    assertThat(second).containsExactly(new FeedReader.ReadJournal(9, 31));
    assertThat(sent(readJournal(second)).firstOffset()).isEqualTo(0);
    assertThat(reader.demanded()).containsExactly(new FeedReader.RequestTail(1));
  }

  @Test
  void a_journal_without_further_messages_leads_back_to_the_tail() {
    events.add(new PartitionEvent.Activated(0, "node"));
    start(0, 1);
    reader.demanded();
    assertThat(readJournal(reader.tailMissed(1))).containsExactly(new FeedReader.RequestTail(0));
  }

  @Test
  void a_read_of_the_journal_is_bounded() {
    for (int i = 0; i < 300; i++) {
      append(4);
    }
    start(0, 1);
    reader.demanded();
    List<Action> actions = reader.tailMissed(300);
    assertThat(actions).containsExactly(new FeedReader.ReadJournal(1, 8));
    sent(readJournal(actions));
    for (int i = 0; i < 7; i++) {
      sent(reader.demanded());
    }
    assertThat(reader.demanded()).containsExactly(new FeedReader.RequestTail(32));
    assertThat(reader.tailMissed(300)).containsExactly(new FeedReader.ReadJournal(9, 108));
  }

  @Test
  void a_failed_read_is_repeated_later_and_nothing_else_is_read_meanwhile() {
    append(1);
    start(0, 1);
    reader.demanded();
    List<Action> read = reader.tailMissed(1);
    assertThat(reader.readFailed(planned)).containsExactly(new FeedReader.ReadAgainLater(planned));
    assertThat(reader.demanded()).isEmpty();
    assertThat(reader.readAgain()).isEqualTo(read);
    assertThat(sent(readJournal(read)).firstOffset()).isEqualTo(0);
  }

  @Test
  void the_journal_is_read_behind_what_the_tail_has_sent() {
    append(2);
    appendToTail(2);
    start(2, 2);
    reader.demanded();
    sent(reader.tailAvailable(readTail(2)));
    append(1);
    append(1);
    reader.demanded();
    assertThat(reader.tailMissed(4)).containsExactly(new FeedReader.ReadJournal(3, 4));
  }

  @Test
  void a_gap_is_never_sent() {
    append(2);
    appendToTail(2);
    start(0, 1);
    reader.demanded();
    assertThatThrownBy(() -> reader.tailAvailable(readTail(2)))
        .hasMessageContaining("INV-4", "offset 0 was expected", "the tail returned 2");
    reader = new FeedReader(LIMITS);
    start(1, 2);
    reader.demanded();
    assertThatThrownBy(() -> readJournal(reader.tailMissed(2)))
        .hasMessageContaining("INV-4", "offset 1 was expected", "the journal returned 2");
  }
}
