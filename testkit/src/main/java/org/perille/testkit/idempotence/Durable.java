package org.perille.testkit.idempotence;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.perille.Effect;
import org.perille.Topic;

/**
 * The state that the runtime stores of a subscription: cursor, keys' events, published messages.
 */
final class Durable {
  /** The stored result of one message. */
  record Recorded(long offset, Effect<?> effect) {}

  private final Map<String, List<Recorded>> keys = new LinkedHashMap<>();
  private final Map<String, String> published = new LinkedHashMap<>();
  private Function<List<Recorded>, Object> replay = records -> "";
  private final List<String> contradictions = new ArrayList<>();
  private long cursor;

  long cursor() {
    return cursor;
  }

  void cursor(long nextOffset) {
    cursor = nextOffset;
  }

  List<Recorded> of(String key) {
    return keys.computeIfAbsent(key, unknown -> new ArrayList<>());
  }

  /** Returns the published messages by their ids, so that a repetition is recognised. */
  Map<String, String> published() {
    return published;
  }

  /** Sets the function that restores a state from the stored results. */
  void replayBy(Function<List<Recorded>, Object> function) {
    replay = function;
  }

  /** Returns the topics of the stored messages. */
  Set<Topic<?>> topics() {
    return keys.values().stream()
        .flatMap(List::stream)
        .flatMap(recorded -> recorded.effect().publications().stream())
        .map(Effect.Publication::topic)
        .collect(Collectors.toSet());
  }

  /** Records that a handler has answered differently to the same message. */
  void contradiction(String words) {
    contradictions.add(words);
  }

  List<String> contradictions() {
    return contradictions;
  }

  List<String> states() {
    return keys.entrySet().stream()
        .map(key -> key.getKey() + ": " + replay.apply(key.getValue()))
        .toList();
  }

  List<String> replies() {
    return keys.values().stream()
        .flatMap(List::stream)
        .filter(recorded -> recorded.effect().reply().isPresent())
        .map(recorded -> "offset " + recorded.offset() + ": " + recorded.effect().reply().get())
        .toList();
  }
}
