package org.perille.samples.messages;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper;
import com.google.protobuf.Mixin;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import kotlin.Pair;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.util.Utf8;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.Test;
import org.perille.Codec;
import org.perille.Definition;
import org.perille.PerilleMessage;
import org.perille.Receipt;
import org.perille.StoredMessage;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.jackson.Jackson2Codec;
import org.perille.jackson.Jackson3Codec;
import org.perille.testkit.PerilleTestKit;
import org.postgresql.geometric.PGpoint;

/** Each row of the table in {@code docs/guides/messages.md} works, and the table has no others. */
class MessagesTest {
  private static final Path GUIDE = Path.of("../docs/guides/messages.md");
  private static final Path THIS =
      Path.of("src/test/java/org/perille/samples/messages/MessagesTest.java");
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| ([^|]+) \\| `([^|]+)` \\| ([^|]+) \\|$");

  private static final String NOTHING = "–";
  private static final String JACKSON_3 = "`tools.jackson.core:jackson-databind`";
  private static final String KOTLIN_2 =
      "`com.fasterxml.jackson.module:jackson-module-kotlin` on the class path";
  private static final String KOTLIN_3 =
      "`tools.jackson.module:jackson-module-kotlin` on the class path";
  private static final String KOTLIN_MODULE =
      "pekko.serialization.jackson.jackson-modules += \"com.fasterxml.jackson.module.kotlin.KotlinModule\"";
  private static final String KOTLIN_PEKKO = KOTLIN_2 + ", and `" + KOTLIN_MODULE + "`";

  record Order(String id, BigDecimal amount) {}

  record MarkedOrder(String id, BigDecimal amount) implements PerilleMessage {}

  record Envelope<T>(String sender, T content) {}

  record Trip(
      Instant booked,
      LocalDate day,
      ZonedDateTime departure,
      Duration length,
      Optional<Long> gate) {}

  sealed interface OrderEvent permits Placed, Cancelled {}

  record Placed(Order order) implements OrderEvent {}

  record Cancelled(String reason) implements OrderEvent {}

  record Holder(Pair<String, Integer> pair) implements PerilleMessage {}

  /** A row of the table, with a topic and a message that prove it. */
  private record Row<T>(String messages, String needs, Topic<T> topic, T message) {
    Subscription<T> subscription() {
      return Subscription.of("reader", topic).atLeastOnce(delivery -> {});
    }

    void publishTo(PerilleTestKit kit) throws Exception {
      Receipt receipt = kit.publish(topic, message);
      assertThat(receipt.key()).as(messages).isEqualTo("key");
    }

    void checkIn(PerilleTestKit kit) {
      assertThat(kit.handled(subscription())).as(messages).containsExactly(message);
      List<StoredMessage<T>> history =
          kit.perille()
              .topic(topic)
              .key("key")
              .history()
              .runWith(Sink.seq(), kit.perille().system())
              .toCompletableFuture()
              .join();
      assertThat(history).as(messages).hasSize(1);
      assertThat(history.get(0).payload()).as(messages).isEqualTo(message);
      topic
          .codec()
          .ifPresent(
              codec ->
                  assertThat(history.get(0).manifest())
                      .isEqualTo(codec.name() + "#" + codec.version()));
    }
  }

  private final List<Row<?>> rows = new ArrayList<>();

  private <T> void row(String messages, Codec<T> codec, String needs, T message) {
    add(messages, Topic.of("topic" + rows.size(), codec).keyedBy(any -> "key"), needs, message);
  }

  private <T> void row(String messages, Class<T> type, String needs, T message) {
    add(messages, Topic.of("topic" + rows.size(), type).keyedBy(any -> "key"), needs, message);
  }

  private <T> void add(String messages, Topic<T> topic, String needs, T message) {
    rows.add(new Row<>(messages, needs, topic.withPartitions(1), message));
  }

  @Test
  void each_row_of_the_guide_works_on_a_node_with_both_versions_of_jackson() throws Exception {
    fill();
    Config config =
        ConfigFactory.parseString(
            KOTLIN_MODULE + "\npekko.actor.serialization-bindings.\"kotlin.Pair\" = jackson-cbor");
    Definition[] all = rows.stream().map(Row::subscription).toArray(Definition[]::new);
    try (PerilleTestKit kit = PerilleTestKit.start(config, all)) {
      for (Row<?> row : rows) {
        row.publishTo(kit);
      }
      kit.awaitAllHandled();
      rows.forEach(row -> row.checkIn(kit));
    }
  }

  @Test
  void the_table_of_the_guide_has_these_rows() throws IOException {
    fill();
    List<String> tested = rows.stream().map(row -> row.messages + " | " + row.needs).toList();
    List<String> documented = new ArrayList<>();
    String source = withoutSpace(Files.readString(THIS));
    String guide = Files.readString(GUIDE);
    String table = guide.substring(guide.indexOf("## What works"), guide.indexOf("## JSON"));
    ROW.matcher(table)
        .results()
        .forEach(
            row -> {
              documented.add(row.group(1).strip() + " | " + row.group(3).strip());
              assertThat(source)
                  .as("the code of the row '%s' is tested", row.group(1))
                  .contains("," + withoutSpace(row.group(2)) + ",");
            });
    assertThat(documented).containsExactlyElementsOf(tested);
  }

  @Test
  void the_class_of_the_guide_is_the_one_that_is_tested() throws IOException {
    String source = Files.readString(THIS.resolveSibling("AvroCodec.java"));
    assertThat(Files.readString(GUIDE)).contains(source.substring(source.indexOf("record ")));
  }

  private static String withoutSpace(String text) {
    return text.replaceAll("\\s", "");
  }

  private void fill() {
    Order order = new Order("o-1", new BigDecimal("9.90"));
    OrderEvent event = new Placed(order);
    row(
        "classes that implement `PerilleMessage`",
        MarkedOrder.class,
        NOTHING,
        new MarkedOrder("o-1", new BigDecimal("9.90")));
    row("`String`", String.class, NOTHING, "text");
    row("`String`, readable by others", Codec.string(), NOTHING, "täxt");
    row("`byte[]`", Codec.bytes(), NOTHING, new byte[] {0, 1, -1});
    row("records", Jackson2Codec.of(Order.class), NOTHING, order);
    row("records, by Jackson 3", Jackson3Codec.of(Order.class), JACKSON_3, order);
    row("sealed interfaces", Jackson2Codec.of(OrderEvent.class), NOTHING, event);
    row("sealed interfaces, by Jackson 3", Jackson3Codec.of(OrderEvent.class), JACKSON_3, event);
    row(
        "generic types",
        Jackson2Codec.of(new TypeReference<Envelope<Order>>() {}),
        NOTHING,
        new Envelope<>("web", order));
    row(
        "generic types, by Jackson 3",
        Jackson3Codec.of(new tools.jackson.core.type.TypeReference<Envelope<Order>>() {}),
        JACKSON_3,
        new Envelope<>("web", order));
    row(
        "lists and maps",
        Jackson2Codec.of(new TypeReference<Map<String, List<Order>>>() {}),
        NOTHING,
        Map.of("a", List.of(order)));
    row("`java.time`, `Optional`, `BigDecimal`", Jackson2Codec.of(Trip.class), NOTHING, trip());
    row(
        "`java.time` and `Optional`, by Jackson 3",
        Jackson3Codec.of(Trip.class),
        JACKSON_3,
        trip());
    row("classes of a library", Jackson2Codec.of(PGpoint.class), NOTHING, new PGpoint(1.5, -2));
    row(
        "JSON trees",
        Jackson2Codec.of(JsonNode.class),
        NOTHING,
        JsonNodeFactory.instance.objectNode().put("id", "o-1").put("cents", 990));
    row(
        "JSON trees, by Jackson 3",
        Jackson3Codec.of(tools.jackson.databind.JsonNode.class),
        JACKSON_3,
        tools.jackson.databind.node.JsonNodeFactory.instance.objectNode().put("id", "o-1"));
    row(
        "CBOR",
        Jackson2Codec.of(Order.class).withMapper(new CBORMapper()).named("order-cbor"),
        NOTHING,
        order);
    row(
        "Protobuf",
        Codec.of("mixin-proto", Mixin.class, Mixin::toByteArray, Mixin::parseFrom),
        "`com.google.protobuf:protobuf-java`",
        Mixin.newBuilder().setName("a").setRoot("b").build());
    row(
        "Avro",
        new AvroCodec("order-avro", 1, Map.of(1, schema())),
        "`org.apache.avro:avro`, and the class below",
        avro());
    row(
        "Kotlin data classes",
        Jackson2Codec.of(new TypeReference<Pair<String, Integer>>() {}),
        KOTLIN_2,
        new Pair<>("a", 1));
    row(
        "Kotlin data classes, by Jackson 3",
        Jackson3Codec.of(new tools.jackson.core.type.TypeReference<Pair<String, Integer>>() {}),
        JACKSON_3 + ", and " + KOTLIN_3,
        new Pair<>("a", 1));
    row(
        "Kotlin data classes that implement `PerilleMessage`, or are bound to `jackson-cbor`",
        Pair.class,
        KOTLIN_PEKKO,
        new Pair<>("a", 1));
    row(
        "Kotlin data classes in a class that implements `PerilleMessage`",
        Holder.class,
        KOTLIN_PEKKO,
        new Holder(new Pair<>("a", 1)));
  }

  private static Trip trip() {
    ZonedDateTime departure =
        ZonedDateTime.of(2026, 1, 2, 3, 4, 5, 6, ZoneId.of("Europe/Helsinki"));
    return new Trip(
        Instant.ofEpochSecond(1, 123_456_789),
        LocalDate.of(2026, 1, 2),
        departure,
        Duration.ofMinutes(95),
        Optional.of(7L));
  }

  private static Schema schema() {
    return SchemaBuilder.record("Order")
        .fields()
        .requiredString("id")
        .requiredInt("cents")
        .endRecord();
  }

  private static GenericRecord avro() {
    // Avro reads texts as Utf8.
    return new GenericRecordBuilder(schema()).set("id", new Utf8("o-1")).set("cents", 990).build();
  }

  @Test
  void an_avro_codec_reads_messages_of_an_older_schema() throws Exception {
    Schema next =
        SchemaBuilder.record("Order")
            .fields()
            .requiredString("id")
            .requiredInt("cents")
            .name("currency")
            .type()
            .stringType()
            .stringDefault("EUR")
            .endRecord();
    AvroCodec first = new AvroCodec("order-avro", 1, Map.of(1, schema()));
    AvroCodec second = new AvroCodec("order-avro", 2, Map.of(1, schema(), 2, next));
    GenericRecord read = second.decode(first.encode(avro()), 1);
    assertThat(Stream.of("id", "cents", "currency").map(read::get).map(String::valueOf))
        .containsExactly("o-1", "990", "EUR");
  }
}
