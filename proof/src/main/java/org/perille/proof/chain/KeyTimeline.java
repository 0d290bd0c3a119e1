package org.perille.proof.chain;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.perille.internal.cursor.Generation;
import org.perille.internal.effect.EffectsRecorded;
import org.perille.internal.effect.EffectsRecorded.Handled;
import org.perille.internal.log.LogEntry;

/**
 * The history of the messages of a key in one generation.
 *
 * @param what a human-readable description
 * @param inTurn offsets that the generation should handle in order
 * @param kept offsets of dead letters that the generation took over
 */
record KeyTimeline(
    String what,
    List<EffectsRecorded> journal,
    Generation generation,
    Set<Long> inTurn,
    Set<Long> kept) {

  static KeyTimeline of(ModelSubscription subscription, String key, Generation generation) {
    List<Long> ofKey =
        subscription.source().entries().stream()
            .filter(entry -> entry.message().key().equals(key))
            .map(LogEntry::offset)
            .toList();
    return new KeyTimeline(
        "key %s in %s".formatted(key, generation),
        subscription.store().events(subscription.keyIds(generation.number()).persistenceId(key)),
        generation,
        ofKey.stream()
            .filter(offset -> offset >= generation.start())
            .collect(Collectors.toCollection(TreeSet::new)),
        ofKey.stream()
            .filter(subscription.keptLetters(generation.number())::contains)
            .collect(Collectors.toCollection(TreeSet::new)));
  }

  private Stream<Handled> handled() {
    return journal.stream().flatMap(event -> event.handled().stream());
  }

  private List<Long> offsets(boolean late) {
    return handled().filter(one -> one.late() == late).map(Handled::offset).toList();
  }

  private Set<Long> givenUp() {
    return journal.stream()
        .flatMap(event -> event.givenUp().stream())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /**
   * Returns the messages handled out of turn: the late ones, unless the key has waited for them.
   */
  Set<Long> outOfTurn(boolean parks) {
    return offsets(true).stream()
        .filter(offset -> !parks || offset < generation.start())
        .collect(Collectors.toSet());
  }

  /** Checks that each message has its effects once, in order or after it was given up. */
  void checkOrder(boolean parks) {
    Set<Long> outOfTurn = outOfTurn(parks);
    assertThat(handled().map(Handled::offset).filter(offset -> !outOfTurn.contains(offset)))
        .as("handled by %s", what)
        .isSorted()
        .doesNotHaveDuplicates();
    assertThat(handled().map(Handled::offset)).as("handled by %s", what).doesNotHaveDuplicates();
    assertThat(offsets(false)).as("handled in turn by %s", what).isSubsetOf(inTurn);
    Set<Long> letters = givenUp();
    letters.addAll(kept);
    assertThat(offsets(true)).as("handled late by %s", what).isSubsetOf(letters);
  }

  /**
   * Checks that the messages a key has passed were handled or given up. In the last generation all
   * of them must be handled.
   */
  void checkLosses(boolean isLast) {
    Set<Long> missing = new TreeSet<>(inTurn);
    if (isLast) {
      missing.addAll(kept);
    } else {
      long end = offsets(false).stream().mapToLong(offset -> offset).max().orElse(-1);
      missing.removeIf(offset -> offset > end || givenUp().contains(offset));
    }
    handled().forEach(one -> missing.remove(one.offset()));
    assertThat(missing).as("left out by %s", what).isEmpty();
  }
}
