package org.perille.jackson;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.perille.Codec;

/** Both versions of Jackson, on one class path, write and read the same JSON. */
class JacksonCodecsTest {
  private static final ZonedDateTime HELSINKI =
      ZonedDateTime.of(2026, 1, 2, 3, 4, 5, 6, ZoneId.of("Europe/Helsinki"));

  record Item(String name, int count) {}

  enum Kind {
    ONE,
    OTHER {
      @Override
      public String toString() {
        return "another";
      }
    }
  }

  record Everything(
      long number,
      double fraction,
      BigDecimal amount,
      Instant at,
      Duration length,
      LocalDate day,
      ZonedDateTime zoned,
      OffsetDateTime offset,
      UUID id,
      Optional<Item> maybe,
      Optional<String> none,
      List<Item> items,
      Map<String, Item> byName,
      Kind kind,
      Shape shape) {}

  sealed interface Shape permits Circle, Polygon, Point {}

  record Circle(int radius) implements Shape {}

  sealed interface Polygon extends Shape permits Square, Star {}

  record Square(int side) implements Polygon {}

  @JsonTypeName("star-1")
  record Star(int points) implements Polygon {}

  enum Point implements Shape {
    ORIGIN
  }

  sealed interface Result<T> permits Ok, Failed {}

  record Ok<T>(T value) implements Result<T> {}

  record Failed<T>(String reason) implements Result<T> {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
  @JsonSubTypes(@JsonSubTypes.Type(value = Own.class, name = "own-1"))
  sealed interface Annotated permits Own {}

  record Own(int number) implements Annotated {}

  sealed interface Ambiguous permits Left, Right {}

  sealed interface Left extends Ambiguous permits Left.Same {
    record Same(int number) implements Left {}
  }

  sealed interface Right extends Ambiguous permits Right.Same {
    record Same(int number) implements Right {}
  }

  /** Neither a record nor a class with getters, and without annotations. */
  static final class Plain {
    private String name = "";
    @JsonIgnore private String secret = "";

    Plain() {}

    Plain(String name, String secret) {
      this.name = name;
      this.secret = secret;
    }

    @Override
    public String toString() {
      return name + "/" + secret;
    }
  }

  private static Everything everything() {
    return new Everything(
        Long.MIN_VALUE,
        1.5,
        new BigDecimal("1.10"),
        Instant.ofEpochSecond(1, 123_456_789),
        Duration.ofNanos(1),
        LocalDate.of(2026, 1, 2),
        HELSINKI,
        HELSINKI.toOffsetDateTime(),
        new UUID(1, 2),
        Optional.of(new Item("a", 1)),
        Optional.empty(),
        List.of(new Item("ä\u2028\"", 2)),
        Map.of("c", new Item("c", 3)),
        Kind.OTHER,
        new Star(5));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static byte[] utf8(String json) {
    return json.getBytes(StandardCharsets.UTF_8);
  }

  /** Requires that both codecs write this JSON, and that each reads it. */
  private static <T> void requireSame(Codec<T> two, Codec<T> three, T value, String json)
      throws Exception {
    for (Codec<T> codec : List.of(two, three)) {
      assertThat(text(codec.encode(value))).as(codec.getClass().getSimpleName()).isEqualTo(json);
      assertThat(codec.decode(utf8(json), 1)).isEqualTo(value);
    }
    assertThat(two.name()).isEqualTo(three.name()).isEqualTo("json");
    assertThat(two.type()).isEqualTo(three.type());
  }

  private static <T> void requireSame(Class<T> type, T value, String json) throws Exception {
    requireSame(Jackson2Codec.of(type), Jackson3Codec.of(type), value, json);
  }

  /** The JSON is stored. It never changes. */
  @Test
  void what_one_version_of_jackson_has_stored_the_other_one_reads() throws Exception {
    requireSame(
        Everything.class,
        everything(),
        "{\"number\":-9223372036854775808,\"fraction\":1.5,\"amount\":1.10,"
            + "\"at\":\"1970-01-01T00:00:01.123456789Z\",\"length\":\"PT0.000000001S\","
            + "\"day\":\"2026-01-02\",\"zoned\":\"2026-01-02T03:04:05.000000006+02:00[Europe/Helsinki]\","
            + "\"offset\":\"2026-01-02T03:04:05.000000006+02:00\","
            + "\"id\":\"00000000-0000-0001-0000-000000000002\",\"maybe\":{\"name\":\"a\",\"count\":1},"
            + "\"none\":null,\"items\":[{\"name\":\"ä\u2028\\\"\",\"count\":2}],"
            + "\"byName\":{\"c\":{\"name\":\"c\",\"count\":3}},\"kind\":\"OTHER\","
            + "\"shape\":{\"@type\":\"star-1\",\"points\":5}}");
  }

  @Test
  void sealed_types_are_stored_with_the_name_of_the_class() throws Exception {
    requireSame(Shape.class, new Circle(1), "{\"@type\":\"Circle\",\"radius\":1}");
    requireSame(Shape.class, new Square(2), "{\"@type\":\"Square\",\"side\":2}");
    requireSame(Shape.class, Point.ORIGIN, "[\"Point\",\"ORIGIN\"]");
    requireSame(Polygon.class, new Star(5), "{\"@type\":\"star-1\",\"points\":5}");
    requireSame(Circle.class, new Circle(1), "{\"radius\":1}");
    requireSame(Annotated.class, new Own(1), "{\"kind\":\"own-1\",\"number\":1}");
    requireSame(
        Jackson2Codec.of(
            new com.fasterxml.jackson.core.type.TypeReference<List<Result<Item>>>() {}),
        Jackson3Codec.of(new tools.jackson.core.type.TypeReference<List<Result<Item>>>() {}),
        List.of(new Ok<>(new Item("a", 1)), new Failed<>("b")),
        "[{\"@type\":\"Ok\",\"value\":{\"name\":\"a\",\"count\":1}},{\"@type\":\"Failed\",\"reason\":\"b\"}]");
  }

  @Test
  void classes_of_one_name_under_a_sealed_type_are_refused() {
    assertThatThrownBy(() -> Jackson2Codec.of(Ambiguous.class).encode(new Left.Same(1)))
        .hasStackTraceContaining("@JsonTypeName");
    assertThatThrownBy(() -> Jackson3Codec.of(Ambiguous.class).encode(new Left.Same(1)))
        .hasStackTraceContaining("@JsonTypeName");
  }

  @Test
  void fields_are_read_and_written_whatever_their_visibility() throws Exception {
    for (Codec<Plain> codec :
        List.of(Jackson2Codec.of(Plain.class), Jackson3Codec.of(Plain.class))) {
      byte[] bytes = codec.encode(new Plain("a", "b"));
      assertThat(text(bytes)).isEqualTo("{\"name\":\"a\"}");
      assertThat(codec.decode(bytes, 1)).hasToString("a/");
    }
  }

  @Test
  void an_unknown_property_is_ignored_and_a_missing_number_is_an_error() throws Exception {
    for (Codec<Item> codec : List.of(Jackson2Codec.of(Item.class), Jackson3Codec.of(Item.class))) {
      assertThat(codec.decode(utf8("{\"name\":\"a\",\"count\":1,\"more\":[]}"), 1))
          .isEqualTo(new Item("a", 1));
      assertThat(codec.decode(utf8("{\"count\":1}"), 1)).isEqualTo(new Item(null, 1));
      assertThatThrownBy(() -> codec.decode(utf8("{\"name\":\"a\"}"), 1))
          .hasMessageContaining("count");
      assertThatThrownBy(() -> codec.decode(utf8("{\"name\":\"a\",\"count\":1}}"), 1))
          .isInstanceOf(Exception.class);
    }
  }

  @Test
  void decimals_of_trees_are_exact() throws Exception {
    String json = "{\"price\":1.10,\"big\":12345678901234567890.123456789}";
    Codec<JsonNode> two = Jackson2Codec.of(JsonNode.class);
    assertThat(text(two.encode(two.decode(utf8(json), 1)))).isEqualTo(json);
    Codec<tools.jackson.databind.JsonNode> three =
        Jackson3Codec.of(tools.jackson.databind.JsonNode.class);
    assertThat(text(three.encode(three.decode(utf8(json), 1)))).isEqualTo(json);
  }

  @Test
  void a_migration_reads_other_versions() throws Exception {
    byte[] first = utf8("{\"label\":\"a\",\"count\":1}");
    Jackson2Codec<Item> two =
        Jackson2Codec.of(Item.class)
            .withVersion(
                2,
                (json, from) -> {
                  assertThat(from).isNotEqualTo(2);
                  ObjectNode item = (ObjectNode) json;
                  item.set("name", item.remove("label"));
                  return item;
                })
            .readingUpTo(3);
    Jackson3Codec<Item> three =
        Jackson3Codec.of(Item.class)
            .withVersion(
                2,
                (json, from) -> {
                  var item = (tools.jackson.databind.node.ObjectNode) json;
                  item.set("name", item.remove("label"));
                  return item;
                })
            .readingUpTo(3);
    for (Codec<Item> codec : List.of(two, three)) {
      assertThat(codec.version()).isEqualTo(2);
      assertThat(codec.newestReadable()).isEqualTo(3);
      assertThat(codec.decode(first, 1)).isEqualTo(new Item("a", 1));
      assertThat(codec.decode(first, 3)).isEqualTo(new Item("a", 1));
      assertThat(codec.decode(utf8("{\"name\":\"b\",\"count\":1}"), 2)).isEqualTo(new Item("b", 1));
    }
  }

  @Test
  void a_mapper_of_the_application_decides_everything() throws Exception {
    Jackson2Codec<Everything> bare =
        Jackson2Codec.of(Everything.class).withMapper(new ObjectMapper()).named("mine");
    assertThat(bare.name()).isEqualTo("mine");
    assertThatThrownBy(() -> bare.encode(everything())).hasMessageContaining("Instant");
    Jackson3Codec<Item> own =
        Jackson3Codec.of(Item.class)
            .withMapper(
                tools.jackson.databind.json.JsonMapper.builder()
                    .enable(tools.jackson.databind.SerializationFeature.INDENT_OUTPUT)
                    .build());
    assertThat(text(own.encode(new Item("a", 1)))).contains("\n");
  }

  /** Loads {@link Item} itself, as the class loader of an application that is started again. */
  private static final class ItemLoader extends ClassLoader {
    ItemLoader() {
      super(JacksonCodecsTest.class.getClassLoader());
    }

    Class<?> item() throws IOException {
      try (InputStream in =
          getParent().getResourceAsStream(Item.class.getName().replace('.', '/') + ".class")) {
        byte[] bytes = in.readAllBytes();
        return defineClass(Item.class.getName(), bytes, 0, bytes.length);
      }
    }
  }

  private static WeakReference<Class<?>> usedAndForgotten(
      Function<Class<Object>, Codec<Object>> codec) throws Exception {
    @SuppressWarnings("unchecked") // an item, of a class that only this method knows
    Class<Object> type = (Class<Object>) new ItemLoader().item();
    Codec<Object> used = codec.apply(type);
    byte[] json = "{\"name\":\"pen\",\"count\":3}".getBytes(StandardCharsets.UTF_8);
    Object item = used.decode(json, 1);
    assertThat(item).isExactlyInstanceOf(type);
    assertThat(used.encode(item)).isEqualTo(json);
    return new WeakReference<>(type);
  }

  @Test
  void classes_of_messages_are_forgotten_with_their_codec() throws Exception {
    for (WeakReference<Class<?>> type :
        List.of(
            usedAndForgotten(type -> Jackson2Codec.of(type)),
            usedAndForgotten(type -> Jackson3Codec.of(type)))) {
      await()
          .atMost(Duration.ofMinutes(5))
          .untilAsserted(
              () -> {
                System.gc();
                assertThat(type.get() == null).isTrue();
              });
    }
  }
}
