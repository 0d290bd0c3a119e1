package org.perille.proof.workload;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.pekko.stream.javadsl.Sink;
import org.perille.DeadLetter;
import org.perille.DeadLetterCount;
import org.perille.DeadLetterFilter;
import org.perille.DeadLetterPage;
import org.perille.DeadLetters;
import org.perille.Perille;
import org.perille.StoredMessage;
import org.perille.Subscription;

/**
 * Queries the dead letters of a subscription in every way, and compares the answers with the whole
 * list.
 */
final class LetterQueries {
  /** The number of similar dead letters that are queried. */
  private static final int SAMPLES = 3;

  /** Short enough that most filters match several pages. */
  private static final int PAGE_LENGTH = 7;

  private final Perille perille;
  private final Witness witness;
  private final Subscription<Item> subscription;
  private final DeadLetters<Item> letters;
  private final List<DeadLetter> all;

  /**
   * Prepares the queries.
   *
   * @param all the whole list
   */
  LetterQueries(
      Perille perille, Witness witness, Subscription<Item> subscription, List<DeadLetter> all) {
    this.perille = perille;
    this.witness = witness;
    this.subscription = subscription;
    this.letters = perille.subscription(subscription).deadLetters();
    this.all = new ArrayList<>(all);
    this.all.sort(
        Comparator.comparingInt(DeadLetter::partition).thenComparingLong(DeadLetter::offset));
  }

  /** Sends the queries, and records the comparisons. */
  void judge(Function<DeadLetter, String> valueOf) throws Exception {
    judgeCounts();
    for (int partition = 0; partition < subscription.topic().partitions(); partition++) {
      judge(DeadLetterFilter.all().withPartition(partition));
    }
    for (DeadLetter letter : some(letter -> letter.reason() + letter.error().orElse(""))) {
      DeadLetterFilter alike =
          DeadLetterFilter.all().withReason(letter.reason()).withFailure(letter.failure());
      judge(letter.error().map(alike::withError).orElse(alike));
      judge(DeadLetterFilter.all().withKey(letter.key()));
      judge(DeadLetterFilter.at(letter.partition(), letter.offset()));
      judgeMessage(letter, valueOf.apply(letter));
    }
    for (DeadLetter letter : all) {
      judgeReason(letter, valueOf.apply(letter));
    }
  }

  private void judgeCounts() throws Exception {
    Map<String, Long> expected =
        all.stream()
            .collect(
                Collectors.groupingBy(
                    letter -> group(letter.reason(), letter.failure(), letter.error()),
                    TreeMap::new,
                    Collectors.counting()));
    Map<String, Long> found = new TreeMap<>();
    for (DeadLetterCount count : Findings.await(letters.count(DeadLetterFilter.all()))) {
      found.put(group(count.reason(), count.failure(), count.error()), count.count());
    }
    compared("the counts of dead letters", expected, found);
  }

  private static String group(
      DeadLetter.Reason reason, DeadLetter.Failure failure, Optional<String> error) {
    return reason + " " + failure + " " + error.orElse("-");
  }

  private void judge(DeadLetterFilter filter) throws Exception {
    List<DeadLetter> found =
        Findings.await(letters.list(filter).runWith(Sink.seq(), perille.system()));
    compared(
        "the dead letters of " + filter,
        all.stream().filter(letter -> matches(filter, letter)).toList(),
        found);
    compared("the pages of the dead letters of " + filter, found, pages(filter));
  }

  private List<DeadLetter> pages(DeadLetterFilter filter) throws Exception {
    List<DeadLetter> found = new ArrayList<>();
    Optional<DeadLetterPage.Position> next = Optional.of(DeadLetterPage.Position.FIRST);
    while (next.isPresent()) {
      DeadLetterPage page = Findings.await(letters.page(filter, next.get(), PAGE_LENGTH));
      found.addAll(page.letters());
      next = page.next();
    }
    return found;
  }

  /**
   * Returns whether a dead letter matches. Doesn't use the filter's own method, which is under
   * test.
   */
  private static boolean matches(DeadLetterFilter filter, DeadLetter letter) {
    return filter.partition().orElse(letter.partition()) == letter.partition()
        && filter.offset().orElse(letter.offset()) == letter.offset()
        && filter.key().orElse(letter.key()).equals(letter.key())
        && filter.error().or(letter::error).equals(letter.error())
        && filter.reason().orElse(letter.reason()) == letter.reason()
        && filter.failure().orElse(letter.failure()) == letter.failure();
  }

  private void judgeMessage(DeadLetter letter, String value) throws Exception {
    StoredMessage<Item> read = Findings.await(letters.read(letter));
    compared(
        "the message of dead letter " + letter.deliveryId(),
        value,
        read.isDecodable() ? read.payload().value() : "undecodable");
    if (letter.topic().equals(Features.TOPIC.name()) && read.isDecodable()) {
      FeatureHeaders.judge(witness, "as a dead letter", read.payload(), read.headers());
    }
  }

  /**
   * Checks the reason: permanent failures are reported as such, and only messages that expire as
   * expired.
   */
  private void judgeReason(DeadLetter letter, String value) {
    boolean permanent =
        letter.error().equals(Optional.of(ForbiddenException.class.getName()))
            || (letter.failure() == DeadLetter.Failure.NACK
                && Feature.told(value) == Feature.REJECTED);
    if (permanent) {
      compared(
          "the reason of dead letter " + letter.deliveryId(),
          DeadLetter.Reason.PERMANENT,
          letter.reason());
    }
    if (letter.reason() == DeadLetter.Reason.EXPIRED) {
      compared(
          "what may expire as dead letter " + letter.deliveryId(),
          true,
          Feature.told(value) == Feature.EXPIRED || Feature.told(value) == Feature.LASTING);
    }
  }

  private void compared(String what, Object expected, Object found) {
    witness.compared(subscription + ": " + what, expected.toString(), found.toString());
  }

  /** Returns some dead letters of each kind. */
  private List<DeadLetter> some(Function<DeadLetter, String> kind) {
    return all.stream()
        .collect(Collectors.groupingBy(kind, TreeMap::new, Collectors.toList()))
        .values()
        .stream()
        .flatMap(alike -> alike.stream().limit(SAMPLES))
        .toList();
  }
}
