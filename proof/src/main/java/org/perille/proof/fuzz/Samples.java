package org.perille.proof.fuzz;

import com.google.protobuf.ByteString;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.perille.internal.log.CompressedBlock;
import org.perille.internal.log.LastOfKey;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.log.Origin;

/**
 * Values of any record type, made from values of its components.
 *
 * <p>One record has the first value of each component. For every other value of a component there
 * is another record. A message type that is added later gets samples without a change here, or a
 * failure names it.
 */
final class Samples {
  private static final OffsetSet OFFSETS = new OffsetSet(3, List.of(new OffsetSet.Range(5, 9)));

  /** The messages of batches, which may be compressed. */
  private static final Set<Type> MESSAGES = Set.of(LogMessage.class, LogEntry.class);

  private final ActorRef<?> actor;

  /**
   * Creates samples that refer to an actor.
   *
   * @param actor stands for every reference
   */
  Samples(ActorRef<?> actor) {
    this.actor = actor;
  }

  /** Returns at least one value of a type. */
  List<?> of(Type type) {
    if (type instanceof ParameterizedType parameterized) {
      return ofGeneric(parameterized);
    }
    Class<?> raw = (Class<?>) type;
    if (raw.isEnum()) {
      return List.of(raw.getEnumConstants());
    } else if (raw.isSealed()) {
      return Stream.of(raw.getPermittedSubclasses()).flatMap(one -> of(one).stream()).toList();
    } else if (raw == LogMessage.class) {
      return messages();
    } else if (raw == OffsetSet.class) {
      return List.of(OFFSETS, OffsetSet.NONE);
    } else if (raw == LastOfKey.class) {
      return List.of(new LastOfKey(OptionalLong.of(3), 5), new LastOfKey(OptionalLong.empty(), 0));
    } else if (raw.isRecord()) {
      return ofRecord(raw);
    }
    return ofLeaf(raw);
  }

  private List<?> ofGeneric(ParameterizedType type) {
    Class<?> raw = (Class<?>) type.getRawType();
    if (raw == ActorRef.class) {
      return List.of(actor);
    } else if (raw == List.class && MESSAGES.contains(type.getActualTypeArguments()[0])) {
      List<?> plain = of(type.getActualTypeArguments()[0]);
      List<Object> mixed = new ArrayList<>(plain);
      mixed.addAll(compressed(type.getActualTypeArguments()[0]));
      return List.of(plain, mixed, List.of());
    } else if (raw == List.class) {
      return List.of(of(type.getActualTypeArguments()[0]), List.of());
    } else if (raw == Optional.class) {
      List<Object> values = new ArrayList<>(List.of(Optional.empty()));
      of(type.getActualTypeArguments()[0]).forEach(value -> values.add(0, Optional.of(value)));
      return values;
    } else if (raw == Map.class && type.getActualTypeArguments()[0] == String.class) {
      return List.of(Map.of("header", "ä", "other", ""), Map.of());
    } else if (raw == Map.class) {
      List<Object> values = new ArrayList<>(List.of(Map.of()));
      of(type.getActualTypeArguments()[1]).forEach(value -> values.add(0, Map.of(0, value)));
      return values;
    }
    throw new IllegalStateException("samples of " + type + " are missing here");
  }

  private static List<?> ofLeaf(Class<?> type) {
    if (type == int.class || type == Integer.class) {
      return List.of(1, 0, Integer.MAX_VALUE);
    } else if (type == long.class || type == Long.class) {
      return List.of(5L, 0L, Long.MAX_VALUE);
    } else if (type == double.class) {
      return List.of(0.5, 0.0, Double.MAX_VALUE);
    } else if (type == boolean.class) {
      return List.of(true, false);
    } else if (type == String.class) {
      return List.of("text", "");
    } else if (type == ByteString.class) {
      return List.of(ByteString.copyFromUtf8("payload"), ByteString.EMPTY);
    } else if (type == Duration.class) {
      return List.of(Duration.ofMillis(250));
    } else if (type == Instant.class) {
      return List.of(Instant.ofEpochMilli(11));
    } else if (type == OptionalInt.class) {
      return List.of(OptionalInt.of(1), OptionalInt.empty());
    } else if (type == OptionalLong.class) {
      return List.of(OptionalLong.of(5), OptionalLong.empty());
    }
    throw new IllegalStateException("samples of " + type + " are missing here");
  }

  /** Returns messages. Their size and their id follow from the rest, and can't be chosen freely. */
  private static List<LogMessage> messages() {
    ByteString payload = ByteString.copyFromUtf8("payload");
    return List.of(
        new LogMessage(
            "key", "id", Map.of("a", "ä"), 7, "m", payload, new LogMessage.Times(20, 30)),
        new LogMessage("k", "", Map.of(), 0, "", ByteString.EMPTY),
        new LogMessage("key", "", Map.of(), 7, "m", payload).from(new Origin("t~1~s~0", 7, 4, 1)));
  }

  /** Returns messages of two blocks, or the entries with them. */
  private static List<Object> compressed(Type type) {
    List<Object> compressed = new ArrayList<>();
    for (int number = 1; number <= 2; number++) {
      CompressedBlock block =
          new CompressedBlock(number, 10, -number, ByteString.copyFromUtf8("compressed"));
      for (int position : new int[] {0, 6}) {
        LogMessage message =
            new LogMessage(
                "key",
                "",
                new LogMessage.Times(20, 30),
                new LogMessage.Compressed(block, position, 4));
        compressed.add(type == LogEntry.class ? new LogEntry(5, 6, message) : message);
      }
    }
    return compressed;
  }

  private List<?> ofRecord(Class<?> type) {
    RecordComponent[] components = type.getRecordComponents();
    List<List<?>> values =
        Stream.of(components).<List<?>>map(one -> of(one.getGenericType())).toList();
    Object[] first = values.stream().map(all -> all.get(0)).toArray();
    List<Object> samples = new ArrayList<>();
    samples.add(
        make(type, components, first)
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "%s refuses %s: a sample of it is missing here"
                            .formatted(type, Arrays.toString(first)))));
    for (int i = 0; i < components.length; i++) {
      for (Object other : values.get(i).subList(1, values.get(i).size())) {
        Object[] changed = first.clone();
        changed[i] = other;
        make(type, components, changed).ifPresent(samples::add);
      }
    }
    return samples;
  }

  /** Creates a record. Empty if the type refuses these components. */
  private static Optional<Object> make(
      Class<?> type, RecordComponent[] components, Object[] values) {
    try {
      Constructor<?> constructor =
          type.getDeclaredConstructor(
              Stream.of(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
      constructor.setAccessible(true);
      return Optional.of(constructor.newInstance(values));
    } catch (InvocationTargetException e) {
      return Optional.empty();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a record has a constructor for its components", e);
    }
  }
}
