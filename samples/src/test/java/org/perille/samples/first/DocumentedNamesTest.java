package org.perille.samples.first;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Checks that the classes which documents for contributors name exist. */
class DocumentedNamesTest {
  private static final List<String> DOCUMENTS =
      List.of(
          "CONTRIBUTING.md",
          "docs/architecture.md",
          "docs/proof.md",
          "docs/reference/protocol.md",
          "docs/reference/guarantees.md",
          "docs/reference/checking.md");

  private static final Pattern NAME = Pattern.compile("`([A-Z][a-z]+[A-Za-z]*)`");
  private static final Pattern TYPE =
      Pattern.compile("\\b(?:class|interface|record|enum|message) ([A-Z]\\w+)");

  private static final Set<String> OF_OTHERS =
      Set.of(
          "AssertionError",
          "DataSource",
          "Error",
          "IllegalStateException",
          "NotSerializableException",
          "OutOfMemoryError",
          "RuntimeException",
          "ShardingConsumerController",
          "ShardingProducerController",
          "ThreadDeath");

  @Test
  void each_class_that_a_document_names_exists() throws IOException {
    Set<String> known = new HashSet<>(OF_OTHERS);
    for (Path source : sources()) {
      TYPE.matcher(Files.readString(source)).results().forEach(type -> known.add(type.group(1)));
    }
    List<String> unknown = new ArrayList<>();
    for (String document : DOCUMENTS) {
      NAME.matcher(Files.readString(CommentsTest.ROOT.resolve(document)))
          .results()
          .map(name -> name.group(1))
          .filter(name -> !known.contains(name))
          .forEach(name -> unknown.add(document + ": " + name));
    }
    assertThat(unknown).isEmpty();
  }

  private static List<Path> sources() throws IOException {
    List<Path> sources = new ArrayList<>(CommentsTest.sources());
    try (Stream<Path> formats = Files.walk(CommentsTest.ROOT.resolve("runtime/src/main/proto"))) {
      formats.filter(Files::isRegularFile).forEach(sources::add);
    }
    return sources;
  }
}
