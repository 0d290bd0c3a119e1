package org.perille.proof.chain;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.perille.internal.cursor.Generation;
import org.perille.internal.effect.EffectsRecorded;
import org.perille.internal.effect.EffectsRecorded.Handled;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.log.Origin;
import org.perille.proof.simulation.RunRecorder;
import org.perille.testkit.history.Operation;

/**
 * A check of the final storage against the promises of one stage of a chain.
 *
 * @param subscriptions the subscriptions of the stage, one for each source partition
 * @param targets the partitions that it publishes to
 */
record ChainLedger(List<ModelSubscription> subscriptions, List<ModelPartition> targets) {

  /** The position of an outgoing message: the offset of its source message, and its index. */
  private record OutgoingPosition(long offset, int index) {}

  /** The scope within which messages must be published in the order of their sources. */
  private record Way(int series, String sourceKey, String targetKey) {}

  void check() {
    subscriptions.forEach(ChainLedger::checkEffects);
    subscriptions.forEach(this::checkPublished);
    assertThat(targets.stream().mapToLong(ModelPartition::nextOffset).sum())
        .as("messages of this stage and all messages")
        .isEqualTo(subscriptions.stream().mapToLong(s -> publishedBy(s).size()).sum());
  }

  private static void checkEffects(ModelSubscription subscription) {
    Map<Long, Generation> byNumber = byNumber(subscription);
    long last = byNumber.size() - 1L;
    for (String key : keys(subscription)) {
      for (Generation generation : byNumber.values()) {
        checkJournal(subscription, key, generation);
        KeyTimeline timeline = KeyTimeline.of(subscription, key, generation);
        timeline.checkOrder(subscription.parks());
        timeline.checkLosses(generation.number() == last);
      }
    }
  }

  private static Map<Long, Generation> byNumber(ModelSubscription subscription) {
    Map<Long, Generation> byNumber = new HashMap<>();
    subscription.generations().values().forEach(g -> byNumber.put(g.number(), g));
    return byNumber;
  }

  private static Set<String> keys(ModelSubscription subscription) {
    return subscription.source().entries().stream()
        .map(entry -> entry.message().key())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /**
   * Checks that each key's journal holds the effects of its messages, and its state those of the
   * journal.
   */
  private static void checkJournal(
      ModelSubscription subscription, String key, Generation generation) {
    String persistenceId = subscription.keyIds(generation.number()).persistenceId(key);
    Long state = 0L;
    for (EffectsRecorded event : subscription.store().events(persistenceId)) {
      assertThat(subscription.generations().get(event.epoch()).number())
          .as("generation that wrote to the journal '%s'", persistenceId)
          .isEqualTo(generation.number());
      for (Handled handled : event.handled()) {
        String text = ModelSubscription.text(subscription.source().entry(handled.offset()));
        assertThat(handled.events().stream().map(e -> e.payload().toStringUtf8()))
            .isEqualTo(Relay.events(text));
        assertThat(handled.outgoing().stream().map(o -> o.message().payload().toStringUtf8()))
            .isEqualTo(
                generation.suppressed().contains(handled.offset())
                    ? List.of()
                    : Relay.outgoing(text));
        for (String one : Relay.events(text)) {
          state = Relay.sum(state, one);
        }
      }
    }
    assertThat(subscription.store().recover(persistenceId, subscription.logic()).state())
        .isEqualTo(state);
  }

  /**
   * Checks that each publication contains the messages that each source message publishes, once and
   * in order.
   */
  private void checkPublished(ModelSubscription subscription) {
    Map<String, Map<OutgoingPosition, String>> byProducer = new HashMap<>();
    for (LogEntry entry : publishedBy(subscription)) {
      Origin origin = entry.message().origin().orElseThrow();
      OutgoingPosition place = new OutgoingPosition(origin.offset(), origin.index());
      assertThat(entry.message().id())
          .as("id of what was published for %s", place)
          .isEqualTo(origin.producer() + "/" + place.offset + "/" + place.index);
      assertThat(
              byProducer
                  .computeIfAbsent(origin.producer(), producer -> new HashMap<>())
                  .put(place, ModelSubscription.text(entry)))
          .as("message %s stands in the topic before", origin)
          .isNull();
    }
    subscription
        .handled()
        .keySet()
        .forEach(
            publication ->
                checkPublication(
                    subscription,
                    publication,
                    byProducer.getOrDefault(subscription.producer(publication), Map.of())));
    targets.forEach(target -> checkOrder(subscription, target));
  }

  /**
   * Records the messages published for each source message as an effect of another subscription.
   *
   * <p>An effect counts as often as the most frequent of its messages, and only if none of them is
   * missing. An effect without messages counts once.
   */
  void recordPassedOn(RunRecorder recorder) {
    for (ModelSubscription subscription : subscriptions) {
      Map<String, Map<OutgoingPosition, Integer>> byProducer = new TreeMap<>();
      for (LogEntry entry : publishedBy(subscription)) {
        Origin origin = entry.message().origin().orElseThrow();
        byProducer
            .computeIfAbsent(origin.producer(), producer -> new HashMap<>())
            .merge(new OutgoingPosition(origin.offset(), origin.index()), 1, Integer::sum);
      }
      for (LogEntry source : subscription.source().entries()) {
        int most = timesPassedOn(source, byProducer.values());
        for (int i = 0; i < most; i++) {
          recorder.record(at -> passedOn(at, subscription, source));
        }
      }
      recorder.record(at -> new Operation.EffectsRead(at, subscription.name()));
      recorder.record(at -> new Operation.EffectsRead(at, subscription.passedOn()));
    }
  }

  private static int timesPassedOn(
      LogEntry source, Collection<Map<OutgoingPosition, Integer>> producers) {
    int outgoing = Relay.outgoing(ModelSubscription.text(source)).size();
    int most = outgoing == 0 ? 1 : 0;
    for (Map<OutgoingPosition, Integer> producer : producers) {
      List<Integer> times =
          IntStream.range(0, outgoing)
              .mapToObj(
                  index -> producer.getOrDefault(new OutgoingPosition(source.offset(), index), 0))
              .toList();
      most += times.contains(0) || outgoing == 0 ? 0 : Collections.max(times);
    }
    return most;
  }

  private static Operation passedOn(long at, ModelSubscription subscription, LogEntry source) {
    return new Operation.EffectFound(
        at,
        at,
        subscription.passedOn(),
        subscription.source().id().partition(),
        source.offset(),
        source.message().key(),
        ModelSubscription.value(source.message()),
        Operation.UNKNOWN_EPOCH);
  }

  private List<LogEntry> publishedBy(ModelSubscription subscription) {
    return targets.stream()
        .flatMap(target -> target.entries().stream())
        .filter(
            entry -> subscription.hasProducer(entry.message().origin().orElseThrow().producer()))
        .toList();
  }

  private static void checkPublication(
      ModelSubscription subscription, long publication, Map<OutgoingPosition, String> published) {
    OffsetSet handled = subscription.handled().get(publication);
    for (LogEntry entry : subscription.source().entries()) {
      List<String> outgoing = Relay.outgoing(ModelSubscription.text(entry));
      boolean suppressed = subscription.isSuppressed(publication, entry.offset());
      for (int index = 0; index < outgoing.size(); index++) {
        OutgoingPosition place = new OutgoingPosition(entry.offset(), index);
        if (suppressed || handled.contains(entry.offset()) || published.containsKey(place)) {
          assertThat(published.get(place))
              .as("publication %d for %s of %s", publication, place, subscription.source().id())
              .isEqualTo(suppressed ? null : outgoing.get(index));
        }
      }
    }
  }

  /** Checks that messages are published in source order, except for those handled out of turn. */
  private static void checkOrder(ModelSubscription subscription, ModelPartition target) {
    Map<Long, Set<Long>> outOfTurn = outOfTurn(subscription);
    Map<String, Map<Way, OutgoingPosition>> last = new HashMap<>();
    for (LogEntry entry : target.entries()) {
      Origin origin = entry.message().origin().orElseThrow();
      if (subscription.hasProducer(origin.producer())
          && !outOfTurn
              .get(subscription.generations().get(origin.epoch()).number())
              .contains(origin.offset())) {
        OutgoingPosition place = new OutgoingPosition(origin.offset(), origin.index());
        Way way =
            new Way(
                subscription.series(origin.epoch()),
                subscription.source().entry(origin.offset()).message().key(),
                entry.message().key());
        OutgoingPosition before =
            last.computeIfAbsent(origin.producer(), producer -> new HashMap<>()).put(way, place);
        assertThat(before == null || isBefore(before, place))
            .as("%s comes after %s on %s", place, before, way)
            .isTrue();
      }
    }
  }

  private static Map<Long, Set<Long>> outOfTurn(ModelSubscription subscription) {
    Map<Long, Set<Long>> outOfTurn = new HashMap<>();
    byNumber(subscription)
        .forEach(
            (number, generation) ->
                outOfTurn.put(
                    number,
                    keys(subscription).stream()
                        .map(key -> KeyTimeline.of(subscription, key, generation))
                        .flatMap(timeline -> timeline.outOfTurn(subscription.parks()).stream())
                        .collect(Collectors.toSet())));
    return outOfTurn;
  }

  private static boolean isBefore(OutgoingPosition one, OutgoingPosition other) {
    return one.offset < other.offset || (one.offset == other.offset && one.index < other.index);
  }
}
