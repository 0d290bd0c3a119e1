package org.perille.internal.payload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.io.IOException;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.perille.PerilleMessage;
import org.perille.internal.payload.PayloadCodec.Encoded;

/** Any exception of a serializer becomes a runtime exception, which callers expect. */
class PayloadCodecTest {
  private static final ActorTestKit KIT = ActorTestKit.create();

  record Fine(int number) implements PerilleMessage {}

  record Unwritable(int number) implements PerilleMessage {
    /** Called by Jackson. */
    public int getOther() throws IOException {
      if (number == 1) {
        throw new IOException("planned");
      }
      return number;
    }
  }

  private final PayloadCodec<PerilleMessage> codec =
      new PayloadCodec<>(KIT.system(), PerilleMessage.class);

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  @Test
  void a_class_that_is_gone_is_a_runtime_exception_that_names_it() throws Exception {
    Encoded fine = codec.encode(new Fine(1));
    assertThat(codec.decode(fine)).isEqualTo(new Fine(1));
    assertThatThrownBy(
            () -> codec.decode(new Encoded(fine.serializerId(), "org.Gone", fine.payload())))
        .isInstanceOf(RuntimeException.class)
        .hasMessageContaining("org.Gone");
  }

  @Test
  void bytes_that_can_not_be_parsed_are_a_runtime_exception() throws Exception {
    Encoded fine = codec.encode(new Fine(1));
    Encoded garbled =
        new Encoded(fine.serializerId(), fine.manifest(), ByteString.copyFromUtf8("garbled"));
    assertThatThrownBy(() -> codec.decode(garbled)).isInstanceOf(RuntimeException.class);
  }

  @Test
  void an_object_that_can_not_be_written_is_a_runtime_exception() {
    assertThatThrownBy(() -> codec.encode(new Unwritable(1)))
        .isInstanceOf(RuntimeException.class)
        .hasMessageContaining("planned");
  }

  record Broken(int number) implements PerilleMessage {
    Broken {
      if (number == 2) {
        throw new NoClassDefFoundError("planned");
      }
    }
  }

  @Test
  void an_error_of_a_message_s_own_code_is_a_runtime_exception() throws Exception {
    Encoded fine = codec.encode(new Broken(3));
    byte[] bytes = fine.payload().toByteArray();
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = bytes[i] == 3 ? 2 : bytes[i];
    }
    Encoded broken = new Encoded(fine.serializerId(), fine.manifest(), ByteString.copyFrom(bytes));
    assertThatThrownBy(() -> codec.decode(broken))
        .isInstanceOf(RuntimeException.class)
        .hasRootCauseInstanceOf(NoClassDefFoundError.class);
  }
}
