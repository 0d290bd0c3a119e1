package org.perille.testkit.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Checks the states that were read, against the effects of their keys.
 *
 * <p>A state consists of the first effects of its key, as many as it states. It has all effects
 * whose reply was known at the time of the request. For one reader it never goes back. If a
 * subscription was reset, states of several generations can't be distinguished and aren't judged.
 */
final class StateCheck {
  private record KeyOf(String subscription, int partition, String key) {}

  private record ReaderOf(String reader, KeyOf key) {}

  /** A message whose effect was known to exist, by its position among those of its key. */
  private record Known(Operation.ReplyRead reply, int count) {}

  /** The effects of a key in order of commit, with the times at which they were known. */
  private static final class KeyEffects {
    final List<Operation.EffectFound> inOrder;
    final Map<Long, Integer> counts = new HashMap<>();
    final TreeMap<Long, Known> known = new TreeMap<>();

    KeyEffects(KeyCourse course) {
      TreeMap<Long, Operation.EffectFound> ordered = new TreeMap<>();
      course.effects.forEach(effect -> ordered.put(effect.order(), effect));
      inOrder = new ArrayList<>(ordered.values());
      inOrder.forEach(effect -> counts.putIfAbsent(effect.offset(), counts.size() + 1));
    }

    void learn(Operation.ReplyRead reply) {
      int count = counts.getOrDefault(reply.offset(), 0);
      Map.Entry<Long, Known> before = known.floorEntry(reply.at());
      if (before == null || before.getValue().count < count) {
        known.put(reply.at(), new Known(reply, count));
      }
    }
  }

  private final Evidence evidence;
  private final Findings findings;
  private final Map<KeyOf, KeyEffects> effects = new HashMap<>();

  StateCheck(Evidence evidence, Findings findings) {
    this.evidence = evidence;
    this.findings = findings;
  }

  void run() {
    if (evidence.states.isEmpty()) {
      return;
    }
    for (Receiver receiver : evidence.receivers()) {
      if (receiver.hasEffects) {
        for (KeyCourse course : receiver.keys) {
          effects.put(
              new KeyOf(receiver.name(), course.line.log.partition, course.line.key),
              new KeyEffects(course));
        }
      }
    }
    for (Operation.ReplyRead reply : evidence.replies) {
      KeyEffects of = effects.get(new KeyOf(reply.subscription(), reply.partition(), reply.key()));
      if (of != null && !reply.reply().isEmpty()) {
        of.learn(reply);
      }
    }
    Map<ReaderOf, Operation.StateRead> last = new HashMap<>();
    for (Operation.StateRead state : evidence.states) {
      Receiver receiver = evidence.receiverOf(state.subscription(), state);
      if (!receiver.hasResets()) {
        findWrong(state, receiver, last);
      }
    }
  }

  private void findWrong(
      Operation.StateRead state, Receiver receiver, Map<ReaderOf, Operation.StateRead> last) {
    KeyOf key = new KeyOf(state.subscription(), state.partition(), state.key());
    Operation.StateRead before = last.put(new ReaderOf(state.reader(), key), state);
    if (before != null && before.at() <= state.invokedAt() && before.effects() > state.effects()) {
      add(state, "after one of " + before.effects(), Stream.of(before, state));
    } else if (receiver.hasEffects) {
      findNoPrefix(state, effects.get(key));
    }
  }

  private void findNoPrefix(Operation.StateRead state, KeyEffects of) {
    int all = of == null ? 0 : of.inOrder.size();
    if (state.effects() > all) {
      add(state, "and the key has " + all, Stream.of(state));
      return;
    }
    String lastValue =
        state.effects() == 0 ? "" : of.inOrder.get((int) state.effects() - 1).value();
    if (!lastValue.equals(state.lastValue())) {
      add(
          state,
          "the last of '%s', where '%s' stands".formatted(state.lastValue(), lastValue),
          Stream.of(state));
      return;
    }
    Map.Entry<Long, Known> told = of == null ? null : of.known.floorEntry(state.invokedAt());
    if (told != null && told.getValue().count > state.effects()) {
      add(
          state,
          "though the reply to number " + told.getValue().count + " was known",
          Stream.of(told.getValue().reply, state));
    }
  }

  private void add(Operation.StateRead state, String why, Stream<Operation> shownBy) {
    findings.add(
        Anomaly.WRONG_STATE,
        "%s read the state of key '%s' of %s, which contains %d effects, %s."
            .formatted(state.reader(), state.key(), state.subscription(), state.effects(), why),
        shownBy);
  }
}
