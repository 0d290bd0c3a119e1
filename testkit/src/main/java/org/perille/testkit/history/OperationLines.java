package org.perille.testkit.history;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;

/** Operations as lines of JSON, which a file of a history consists of. */
final class OperationLines {
  private static final JsonMapper MAPPER = mapper();
  private static final ObjectWriter WRITER = MAPPER.writerFor(Operation.class);
  private static final ObjectReader READER = MAPPER.readerFor(Operation.class);

  private OperationLines() {}

  /** Returns one line, with its end. */
  static byte[] write(Operation operation) {
    try {
      byte[] json = WRITER.writeValueAsBytes(operation);
      byte[] line = Arrays.copyOf(json, json.length + 1);
      line[json.length] = '\n';
      return line;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("can't write " + operation, e);
    }
  }

  /**
   * Reads the operations of a file.
   *
   * <p>Ignores bytes after the last end of a line: an operation whose {@code record} never
   * returned.
   *
   * @throws IOException if a line can't be read; it names file and line
   */
  static void read(Path file, Consumer<Operation> to) throws IOException {
    byte[] buffer = new byte[1 << 16];
    int length = 0;
    long number = 1;
    try (InputStream in = Files.newInputStream(file)) {
      for (int more = in.read(buffer); more >= 0; ) {
        int begin = 0;
        for (int i = length; i < length + more; i++) {
          if (buffer[i] == '\n') {
            to.accept(parse(buffer, begin, i - begin, file, number));
            begin = i + 1;
            number++;
          }
        }
        length = length + more - begin;
        System.arraycopy(buffer, begin, buffer, 0, length);
        if (length == buffer.length) {
          buffer = Arrays.copyOf(buffer, 2 * length);
        }
        more = in.read(buffer, length, buffer.length - length);
      }
    }
  }

  private static Operation parse(byte[] json, int begin, int length, Path file, long number)
      throws IOException {
    try {
      Operation operation = READER.readValue(json, begin, length);
      if (operation == null) {
        throw new IOException("%s, line %d: no operation".formatted(file, number));
      }
      return operation;
    } catch (JsonProcessingException e) {
      throw new IOException(
          "%s, line %d: not an operation: %s".formatted(file, number, e.getOriginalMessage()), e);
    }
  }

  private static JsonMapper mapper() {
    JsonMapper.Builder builder =
        JsonMapper.builder()
            // Half of a surrogate pair has no UTF-8. A history may have one: that of a message that
            // was refused.
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .enable(
                DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
                DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .addMixIn(Operation.class, Named.class);
    for (Class<?> kind : Operation.class.getPermittedSubclasses()) {
      builder.registerSubtypes(new NamedType(kind, kind.getSimpleName()));
    }
    return builder.build();
  }

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "op")
  private interface Named {}
}
