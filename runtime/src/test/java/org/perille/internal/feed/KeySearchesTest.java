package org.perille.internal.feed;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.internal.feed.KeySearches.Found;
import org.perille.internal.feed.KeySearches.Range;
import org.perille.internal.feed.PartitionJournal.Stored;
import org.perille.internal.log.LastOfKey;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionClock;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PartitionEvent.Activated;
import org.perille.internal.log.PartitionEvent.BatchAppended;

class KeySearchesTest {
  private final List<PartitionEvent> journal = new ArrayList<>();
  private final KeySearches<String> searches = new KeySearches<>();
  private long end;
  private int eventsRead;

  private void append(String... keys) {
    List<LogMessage> messages = new ArrayList<>();
    for (String key : keys) {
      messages.add(new LogMessage(key, "", Map.of(), 1, "", ByteString.EMPTY));
    }
    journal.add(
        new BatchAppended(
            end, 1, "p", 1, messages, List.of(), List.of(), List.of(), PartitionClock.NEW));
    end += keys.length;
  }

  private void search(String key) {
    searches.add(key, key, end, journal.size(), Optional.empty());
  }

  /** Reads once, and returns the searches that have ended. */
  private List<Found<String>> read() {
    Range range = searches.next().orElseThrow();
    List<Stored> events = new ArrayList<>();
    for (long n = range.from(); n <= range.to(); n++) {
      events.add(new Stored(n, journal.get((int) n - 1)));
    }
    eventsRead += events.size();
    return searches.read(range, events);
  }

  private Map<String, LastOfKey> readAll() {
    Map<String, LastOfKey> found = new HashMap<>();
    while (searches.next().isPresent()) {
      read().forEach(one -> assertThat(found.put(one.search(), one.last())).isNull());
    }
    return found;
  }

  @Test
  void the_last_message_of_a_key_is_found() {
    append("a", "b", "a", "c");
    append("b");
    search("a");
    search("b");
    search("d");
    assertThat(readAll())
        .isEqualTo(
            Map.of(
                "a", new LastOfKey(OptionalLong.of(2), 5),
                "b", new LastOfKey(OptionalLong.of(4), 5),
                "d", new LastOfKey(OptionalLong.empty(), 5)));
  }

  @Test
  void messages_from_the_limit_on_do_not_count() {
    append("a", "a", "a");
    searches.add("a", "a", 1, 1, Optional.empty());
    assertThat(readAll()).isEqualTo(Map.of("a", new LastOfKey(OptionalLong.of(0), 1)));
  }

  @Test
  void only_what_an_earlier_search_has_not_read_is_read() {
    for (int i = 0; i < 1_000; i++) {
      append("other");
    }
    searches.add(
        "a", "a", end, journal.size(), Optional.of(new LastOfKey(OptionalLong.of(7), end - 3)));
    assertThat(readAll()).isEqualTo(Map.of("a", new LastOfKey(OptionalLong.of(7), end)));
    assertThat(eventsRead).isLessThan(10);
  }

  @Test
  void a_key_that_was_used_lately_does_not_wait_for_a_search_of_the_whole_log() {
    for (int i = 0; i < 10_000; i++) {
      append("other");
    }
    append("late");
    search("never");
    assertThat(read()).isEmpty();
    assertThat(read()).isEmpty();
    search("late");
    List<Found<String>> found = new ArrayList<>(read());
    found.addAll(read());
    assertThat(found).extracting(Found::search).containsExactly("late");
  }

  @Test
  void searches_that_begin_together_share_their_reads() {
    for (int i = 0; i < 1_000; i++) {
      append("other");
    }
    for (int i = 0; i < 500; i++) {
      search("never " + i);
    }
    assertThat(readAll()).hasSize(500);
    assertThat(eventsRead).isEqualTo(1_000);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void every_search_finds_what_a_scan_finds_whenever_it_begins(long seed) {
    Random random = new Random(seed);
    Map<String, Long> last = new HashMap<>();
    Map<String, LastOfKey> expected = new HashMap<>();
    Map<String, LastOfKey> found = new HashMap<>();
    for (int step = 0; step < 3_000; step++) {
      if (random.nextInt(20) == 0) {
        journal.add(new Activated(1, "node"));
      }
      String key = random.nextInt(10) == 0 ? "rare " + random.nextInt(30) : "k";
      append(key);
      last.put(key, end - 1);
      if (random.nextInt(50) == 0) {
        String searched = "rare " + random.nextInt(40);
        String name = step + " " + searched;
        searches.add(name, searched, end, journal.size(), Optional.empty());
        OptionalLong offset =
            last.containsKey(searched) ? OptionalLong.of(last.get(searched)) : OptionalLong.empty();
        expected.put(name, new LastOfKey(offset, end));
      }
      if (random.nextInt(10) == 0 && searches.next().isPresent()) {
        read().forEach(one -> found.put(one.search(), one.last()));
      }
    }
    found.putAll(readAll());
    assertThat(found).isEqualTo(expected);
  }
}
