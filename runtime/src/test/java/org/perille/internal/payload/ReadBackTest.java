package org.perille.internal.payload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.serialization.Serializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.perille.PerilleMessage;
import org.perille.internal.payload.PayloadCodec.Encoded;

/**
 * Classes that are read back unchanged, and classes that are refused, as listed in
 * docs/guides/evolution.md.
 */
class ReadBackTest {
  private static final ActorTestKit KIT = ActorTestKit.create();
  private static final ZonedDateTime HELSINKI =
      ZonedDateTime.of(2026, 1, 2, 3, 4, 5, 6, ZoneId.of("Europe/Helsinki"));

  record Item(String name, int count) {}

  record Box<T>(T content) implements PerilleMessage {}

  @SuppressWarnings("ArrayRecordComponent") // it is what is tested
  record Everything(
      int number,
      Integer none,
      double fraction,
      BigDecimal amount,
      Instant at,
      Duration length,
      LocalDate day,
      ZonedDateTime zoned,
      OffsetDateTime offset,
      UUID id,
      Optional<Item> maybe,
      List<Item> items,
      Map<String, Item> byName,
      Set<Integer> numbers,
      byte[] bytes,
      Kind kind)
      implements PerilleMessage {}

  enum Kind {
    ONE,
    OTHER {
      @Override
      boolean isOther() {
        return true;
      }
    };

    boolean isOther() {
      return false;
    }
  }

  sealed interface Shape permits Circle, Square {}

  record Circle(int radius) implements Shape {}

  record Square(int side) implements Shape {}

  record Drawing(Shape shape) implements PerilleMessage {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.CLASS)
  sealed interface NamedShape permits NamedCircle {}

  record NamedCircle(int radius) implements NamedShape {}

  record NamedDrawing(NamedShape shape) implements PerilleMessage {}

  record AnyDrawing(Object shape) implements PerilleMessage {}

  record PartlyIgnored(String name, @JsonIgnore String secret) implements PerilleMessage {}

  /** Neither a record nor a class with equals. */
  static final class Bean implements PerilleMessage {
    private String name = "";
    private transient String cached = "";

    Bean() {}

    Bean(String name) {
      this.name = name;
      this.cached = name + name;
    }

    @Override
    public String toString() {
      return name + cached;
    }
  }

  /** Its constructor changes its argument. */
  static final class Tagged implements PerilleMessage {
    private final String name;

    Tagged(String name) {
      this.name = name + "!";
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** Its constructor has parameters with other names. */
  static final class NoCreator implements PerilleMessage {
    private final int sum;

    NoCreator(int one, int other) {
      this.sum = one + other;
    }

    @Override
    public String toString() {
      return "sum " + sum;
    }
  }

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  private static PayloadCodec<Object> codec() {
    return new PayloadCodec<>(KIT.system(), Object.class);
  }

  private static Everything everything() {
    return new Everything(
        1,
        null,
        1.5,
        new BigDecimal("1.10"),
        Instant.ofEpochSecond(1, 123_456_789),
        Duration.ofNanos(1),
        LocalDate.of(2026, 1, 2),
        HELSINKI,
        HELSINKI.toOffsetDateTime(),
        new UUID(1, 2),
        Optional.of(new Item("a", 1)),
        List.of(new Item("b", 2)),
        new HashMap<>(Map.of("c", new Item("c", 3), "d", new Item("d", 4))),
        new HashSet<>(Set.of(99, 1, 42)),
        new byte[] {1, 2},
        Kind.OTHER);
  }

  static Stream<Object> same() {
    return Stream.of(
        everything(),
        new Box<>("text"),
        new Box<>(null),
        new NamedDrawing(new NamedCircle(1)),
        new Bean("x"),
        new Circle(1).radius(),
        "text",
        EnumSet.of(Kind.ONE).iterator().next().name());
  }

  @ParameterizedTest
  @MethodSource
  void same(Object value) throws Exception {
    PayloadCodec<Object> codec = codec();
    Encoded encoded = codec.encodeReadable(value);
    Object back = codec.decode(encoded);
    assertThat(back).usingRecursiveComparison().ignoringFields("cached").isEqualTo(value);
  }

  static Stream<Arguments> changed() {
    return Stream.of(
        Arguments.of(
            new Box<>(new Item("a", 1)),
            "Box.content was 'Item[name=a, count=1]'",
            "scala.collection.immutable.Map",
            "generic field"),
        Arguments.of(
            new Box<>(List.of(1, 2)), "Box.content was", "scala.collection", "@JsonTypeInfo"),
        Arguments.of(new Box<>(5L), "Box.content was '5' (java.lang.Long)", "Integer", "declare"),
        Arguments.of(new Box<>(HELSINKI), "Box.content", "java.lang.String", "declare"),
        Arguments.of(new Drawing(new Square(2)), "can be serialized", "Shape", "@JsonTypeInfo"),
        Arguments.of(new AnyDrawing(new Square(2)), "AnyDrawing.shape", "Map", "@JsonTypeInfo"),
        Arguments.of(new Tagged("x"), "Tagged.name was 'x!'", "'x!!'", "Jackson annotations"),
        Arguments.of(new NoCreator(1, 2), "can be serialized", "NoCreator", "@JsonCreator"));
  }

  @ParameterizedTest
  @MethodSource
  void changed(Object value, String what, String how, String remedy) {
    PayloadCodec<Object> codec = codec();
    for (int attempt = 0; attempt < 2; attempt++) {
      assertThatThrownBy(() -> codec.encodeReadable(value))
          .isInstanceOf(ReadBackException.class)
          .hasMessageContainingAll(value.getClass().getName(), what, how, remedy);
    }
  }

  @Test
  void only_the_first_value_of_a_class_is_read_back() throws Exception {
    PayloadCodec<Object> codec = codec();
    codec.encodeReadable(new Box<>("text"));
    Encoded second = codec.encodeReadable(new Box<>(new Item("a", 1)));
    assertThat(((Box<?>) codec.decode(second)).content()).isNotInstanceOf(Item.class);
  }

  @Test
  void what_is_ignored_on_purpose_is_no_change() throws Exception {
    codec().encodeReadable(new PartlyIgnored("a", null));
  }

  /** The identifier is that of Pekko's serializer for CBOR. */
  @Test
  void a_number_that_is_missing_is_an_error_also_in_what_was_stored_before() throws Exception {
    record Before(String name) implements PerilleMessage {}

    record After(String name, int count) implements PerilleMessage {}

    PayloadCodec<Object> codec = codec();
    Encoded before = codec.encode(new Before("a"));
    assertThat(before.serializerId()).isEqualTo(33);
    assertThatThrownBy(() -> codec.decode(new Encoded(33, After.class.getName(), before.payload())))
        .hasMessageContaining("count");
  }

  @Test
  void a_value_of_a_serializer_that_is_not_deterministic_is_not_compared_by_its_bytes() {
    int[] calls = {0};
    ReadBack readBack = ReadBack.of((Serializer) null);
    readBack.requireSame(new Object(), new Object(), ignored -> new byte[] {(byte) calls[0]++});
    assertThatThrownBy(
            () -> {
              Object first = new Object();
              readBack.requireSame(
                  first, new Object(), v -> new byte[] {(byte) (v == first ? 1 : 2)});
            })
        .isInstanceOf(ReadBackException.class)
        .hasMessageContaining("different bytes");
  }
}
