package org.perille.internal.payload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.perille.Codec;
import org.perille.PerilleMessage;
import org.perille.Topic;
import org.perille.internal.log.LogMessage;
import org.perille.internal.payload.PayloadCodec.Encoded;
import org.perille.jackson.Jackson2Codec;

class TopicCodecsTest {
  private static final ActorTestKit KIT = ActorTestKit.create();

  record Order(String id) {}

  record Marked(String id) implements PerilleMessage {}

  /** Numbers as texts. */
  record Numbers(int version, int newestReadable) implements Codec<Integer> {
    @Override
    public String name() {
      return "numbers";
    }

    @Override
    public Class<Integer> type() {
      return Integer.class;
    }

    @Override
    public byte[] encode(Integer message) {
      return ("v" + version + ":" + message).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public Integer decode(byte[] bytes, int version) {
      String text = new String(bytes, StandardCharsets.UTF_8);
      assertThat(text).startsWith("v" + version + ":");
      return Integer.parseInt(text.substring(text.indexOf(':') + 1));
    }
  }

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  private static <T> Topic<T> topic(Codec<T> codec) {
    return Topic.of("orders", codec).keyedBy(String::valueOf);
  }

  private static <T> PayloadCodec<T> payloads(Topic<T> topic) {
    return PayloadCodec.of(KIT.system(), topic);
  }

  private static LogMessage stored(Encoded encoded) {
    return new LogMessage(
        "key", "", Map.of(), encoded.serializerId(), encoded.manifest(), encoded.payload());
  }

  /** The identifier, the manifests and the bytes are stored. They never change. */
  @Test
  void the_stored_form_of_codecs_never_changes() throws Exception {
    assertThat(payloads(topic(Codec.string())).encode("ä"))
        .isEqualTo(new Encoded(770_769, "string#1", ByteString.copyFrom(new byte[] {-61, -92})));
    assertThat(payloads(topic(Codec.bytes())).encode(new byte[] {1}))
        .isEqualTo(new Encoded(770_769, "bytes#1", ByteString.copyFrom(new byte[] {1})));
    assertThat(payloads(topic(Jackson2Codec.of(Order.class))).encode(new Order("a")))
        .isEqualTo(new Encoded(770_769, "json#1", ByteString.copyFromUtf8("{\"id\":\"a\"}")));
    assertThat(payloads(topic(new Numbers(3, 3))).encode(7))
        .isEqualTo(new Encoded(770_769, "numbers#3", ByteString.copyFromUtf8("v3:7")));
  }

  @Test
  void messages_of_older_versions_are_read_and_of_newer_ones_if_the_codec_says_so()
      throws Exception {
    Encoded first = payloads(topic(new Numbers(1, 1))).encode(5);
    Encoded second = payloads(topic(new Numbers(2, 2))).encode(6);
    assertThat(payloads(topic(new Numbers(2, 2))).decode(first)).isEqualTo(5);
    assertThat(payloads(topic(new Numbers(1, 2))).decode(second)).isEqualTo(6);
    assertThatThrownBy(() -> payloads(topic(new Numbers(1, 1))).decode(second))
        .isInstanceOf(RuntimeException.class)
        .hasMessageContainingAll("codec 'numbers' version 2", "reads versions 1 to 1", "newer");
  }

  @Test
  void a_message_of_an_earlier_codec_is_read_only_if_the_topic_names_it() throws Exception {
    Encoded old = payloads(topic(Codec.string())).encode("old");
    Topic<String> json = topic(Jackson2Codec.of(String.class));
    PayloadCodec<String> without = payloads(json);
    assertThatThrownBy(() -> without.decode(old))
        .hasMessageContainingAll(
            "topic 'orders'", "codec 'string' version 1", "codec 'json' version 1", "alsoReading");
    PayloadCodec<String> with = payloads(json.alsoReading(Codec.string()));
    assertThat(with.decode(old)).isEqualTo("old");
    assertThat(with.encode("new").manifest()).isEqualTo("json#1");
  }

  @Test
  void a_topic_that_gets_a_codec_reads_what_it_stored_before() throws Exception {
    Topic<Marked> before = Topic.of("orders", Marked.class).keyedBy(Marked::id);
    Encoded old = payloads(before).encode(new Marked("a"));
    PayloadCodec<Marked> after = payloads(topic(Jackson2Codec.of(Marked.class)));
    assertThat(after.decode(old)).isEqualTo(new Marked("a"));
    assertThat(after.decode(after.encode(new Marked("b")))).isEqualTo(new Marked("b"));
  }

  @Test
  void a_class_that_is_not_marked_any_more_is_read_if_its_package_is_allowed() throws Exception {
    Encoded marked =
        payloads(Topic.of("orders", Marked.class).keyedBy(Marked::id)).encode(new Marked("a"));
    Encoded old = new Encoded(33, Order.class.getName(), marked.payload());
    Topic<Order> topic = topic(Jackson2Codec.of(Order.class));
    assertThatThrownBy(() -> payloads(topic).decode(old))
        .hasMessageContaining("allowed-class-prefix");
    ActorTestKit allowing =
        ActorTestKit.create(
            "allowing",
            ConfigFactory.parseString(
                "pekko.serialization.jackson.allowed-class-prefix = [\"org.perille.internal.payload.\"]"));
    try {
      assertThat(PayloadCodec.of(allowing.system(), topic).decode(old)).isEqualTo(new Order("a"));
    } finally {
      allowing.shutdownTestKit();
    }
  }

  record Hostile(String id) {
    @Override
    public boolean equals(Object other) {
      throw new StackOverflowError("planned");
    }

    @Override
    public int hashCode() {
      return 1;
    }
  }

  @Test
  void a_message_whose_equals_throws_is_compared_by_its_bytes() throws Exception {
    PayloadCodec<Hostile> good =
        payloads(
            topic(
                Codec.of(
                    "hostile",
                    Hostile.class,
                    hostile -> hostile.id().getBytes(StandardCharsets.UTF_8),
                    bytes -> new Hostile(new String(bytes, StandardCharsets.UTF_8)))));
    assertThat(good.encodeReadable(new Hostile("a")).payload())
        .isEqualTo(ByteString.copyFromUtf8("a"));
  }

  @Test
  void a_topic_that_loses_its_codec_names_it() throws Exception {
    Encoded stored = payloads(topic(Jackson2Codec.of(Marked.class))).encode(new Marked("a"));
    Topic<Marked> without = Topic.of("orders", Marked.class).keyedBy(Marked::id);
    assertThatThrownBy(() -> payloads(without).decode(stored))
        .hasMessageContainingAll("codec 'json' version 1", "no codec", "topic 'orders'");
    assertThat(payloads(without.alsoReading(Jackson2Codec.of(Marked.class))).decode(stored))
        .isEqualTo(new Marked("a"));
  }

  @Test
  void the_explanation_names_what_is_stored_and_what_is_configured() throws Exception {
    Encoded stored = payloads(topic(Codec.string())).encode("old");
    PayloadCodec<Integer> numbers = payloads(topic(new Numbers(2, 2)));
    assertThat(numbers.explain(stored(stored), new IllegalStateException("planned")))
        .isEqualTo(
            "(stored by codec and version 'string#1', 3 bytes; configured: codec 'numbers' version"
                + " 2) can't be decoded: planned");
    Encoded before =
        payloads(Topic.of("orders", Marked.class).keyedBy(Marked::id)).encode(new Marked("a"));
    assertThat(numbers.explain(stored(before), new IllegalStateException("planned")))
        .contains("serializer 33", "codec 'numbers' version 2", "allowed-class-prefix");
  }

  static Stream<String> manifests() {
    return Stream.of(
        "", "#", "json", "json#", "#1", "json#x", "json#0", "json#-1", "json#99999999999");
  }

  @ParameterizedTest
  @MethodSource
  void manifests(String manifest) {
    PayloadCodec<Order> codec = payloads(topic(Jackson2Codec.of(Order.class)));
    assertThatThrownBy(
            () -> codec.decode(new Encoded(770_769, manifest, ByteString.copyFromUtf8("{}"))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static Codec<Order> codec(Codec.Encoder<Order> encoder, Codec.Decoder<Order> decoder) {
    return Codec.of("custom", Order.class, encoder, decoder);
  }

  private static byte[] bytes(Order order) {
    return order.id().getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void a_publisher_keeps_no_array_of_the_application() throws Exception {
    byte[] shared = {1, 2};
    PayloadCodec<byte[]> codec = payloads(topic(Codec.bytes()));
    Encoded encoded = codec.encode(shared);
    shared[0] = 9;
    assertThat(codec.decode(encoded)).containsExactly(1, 2);
    codec.decode(encoded)[0] = 9;
    assertThat(codec.decode(encoded)).containsExactly(1, 2);
  }

  @Test
  void whatever_a_codec_throws_is_a_runtime_exception() {
    for (Throwable planned :
        new Throwable[] {
          new IOException("planned"),
          new StackOverflowError("planned"),
          new OutOfMemoryError("planned"),
          new NoClassDefFoundError("planned"),
          new AssertionError("planned")
        }) {
      PayloadCodec<Order> codec =
          payloads(
              topic(
                  codec(
                      order -> {
                        throw raised(planned);
                      },
                      bytes -> {
                        throw raised(planned);
                      })));
      assertThatThrownBy(() -> codec.encode(new Order("a")))
          .isInstanceOf(RuntimeException.class)
          .hasMessageContaining("planned");
      assertThatThrownBy(() -> codec.decode(new Encoded(770_769, "custom#1", ByteString.EMPTY)))
          .isInstanceOf(RuntimeException.class)
          .hasMessageContaining("planned");
    }
  }

  private static Exception raised(Throwable planned) {
    if (planned instanceof Error error) {
      throw error;
    }
    return (Exception) planned;
  }

  @Test
  @SuppressWarnings({"unchecked", "rawtypes"}) // it is what is tested
  void results_that_are_null_or_of_another_class_are_refused() {
    assertThatThrownBy(
            () -> payloads(topic(codec(order -> null, bytes -> null))).encode(new Order("a")))
        .hasMessageContainingAll("codec 'custom' version 1", "null");
    Encoded stored = new Encoded(770_769, "custom#1", ByteString.EMPTY);
    assertThatThrownBy(
            () -> payloads(topic(codec(TopicCodecsTest::bytes, b -> null))).decode(stored))
        .hasMessageContainingAll("codec 'custom' version 1", "null", Order.class.getName());
    Codec.Decoder raw = bytes -> "text";
    assertThatThrownBy(() -> payloads(topic(codec(TopicCodecsTest::bytes, raw))).decode(stored))
        .hasMessageContainingAll("java.lang.String", Order.class.getName());
    PayloadCodec anything = payloads(topic(Codec.string()));
    assertThatThrownBy(() -> anything.encode(1)).hasMessageContaining("java.lang.String");
  }

  @Test
  void the_first_message_of_a_class_is_read_back() throws Exception {
    PayloadCodec<Order> lossy =
        payloads(topic(codec(TopicCodecsTest::bytes, bytes -> new Order("other"))));
    for (int attempt = 0; attempt < 2; attempt++) {
      assertThatThrownBy(() -> lossy.encodeReadable(new Order("a")))
          .isInstanceOf(ReadBackException.class)
          .hasMessageContainingAll(Order.class.getName(), "codec 'custom'");
    }
    PayloadCodec<Order> broken =
        payloads(
            topic(
                codec(
                    TopicCodecsTest::bytes,
                    bytes -> {
                      throw new IOException("planned");
                    })));
    assertThatThrownBy(() -> broken.encodeReadable(new Order("a")))
        .isInstanceOf(ReadBackException.class)
        .hasMessageContainingAll("planned", "decode of codec 'custom'");
    int[] reads = {0};
    PayloadCodec<Order> good =
        payloads(
            topic(
                codec(
                    TopicCodecsTest::bytes,
                    bytes -> {
                      reads[0]++;
                      return new Order(new String(bytes, StandardCharsets.UTF_8));
                    })));
    good.encodeReadable(new Order("a"));
    good.encodeReadable(new Order("b"));
    assertThat(reads[0]).isEqualTo(1);
  }

  @Test
  void half_of_a_surrogate_pair_is_no_text() {
    assertThatThrownBy(() -> payloads(topic(Codec.string())).encode("\ud800"))
        .isInstanceOf(RuntimeException.class);
  }

  static Stream<Codec<Integer>> invalid() {
    return Stream.of(new Numbers(0, 1), new Numbers(2, 1), new Numbers(-1, -1));
  }

  @ParameterizedTest
  @MethodSource
  void invalid(Codec<Integer> codec) {
    assertThatThrownBy(() -> Topic.of("orders", codec))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("numbers");
  }

  @Test
  void names_are_those_of_one_codec() {
    assertThatThrownBy(() -> Codec.of("a#b", Order.class, TopicCodecsTest::bytes, b -> null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a#b");
    assertThatThrownBy(() -> Topic.of("orders", Jackson2Codec.of(Order.class).named("a b")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> topic(new Numbers(2, 2)).alsoReading(new Numbers(1, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("numbers");
  }

  @Test
  void definitions_differ_if_their_codecs_do() {
    TopicForm form = TopicForm.of(topic(new Numbers(1, 1)));
    assertThat(TopicForm.of(topic(new Numbers(1, 1)))).isEqualTo(form);
    assertThat(TopicForm.of(topic(new Numbers(2, 2)))).isNotEqualTo(form);
    assertThat(form.toString()).contains("16 partitions", "Integer", "codec 'numbers' version 1");
  }
}
