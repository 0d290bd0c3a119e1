package org.perille.samples.first;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Checks that the classes and tests which documents name exist. */
class DocumentedNamesTest {
  private static final List<String> DOCUMENTS =
      List.of(
          "CONTRIBUTING.md",
          "docs/architecture.md",
          "docs/proof.md",
          "docs/guides/choosing-a-guarantee.md",
          "docs/guides/how-guarantees-work.md",
          "docs/guides/sagas.md",
          "docs/reference/protocol.md",
          "docs/reference/guarantees.md",
          "docs/reference/checking.md");

  private static final Pattern NAME = Pattern.compile("`([A-Z][a-z]+[A-Za-z]*)`");

  /** A test with the target of its link: in place, or the name of a target at the end. */
  private static final Pattern TEST =
      Pattern.compile("\\[`(\\w+Test)\\.(\\w+)`](?:\\((\\S+)\\)|\\[(\\w+)])");

  /** A participant of a sequence diagram that has the name of a class. */
  private static final Pattern PARTICIPANT = Pattern.compile("(?m)^ *participant ([A-Z]\\w+)$");

  private static final Pattern TYPE =
      Pattern.compile("\\b(?:class|interface|record|enum|message) ([A-Z]\\w+)");

  private static final Set<String> OF_OTHERS =
      Set.of(
          "AssertionError",
          "DataSource",
          "Error",
          "IllegalStateException",
          "JdbcTemplate",
          "NotSerializableException",
          "OutOfMemoryError",
          "RuntimeException",
          "ShardingConsumerController",
          "ShardingProducerController",
          "ThreadDeath");

  @Test
  void each_class_that_a_document_names_exists() throws IOException {
    Set<String> known = known();
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

  @Test
  void each_class_in_a_diagram_exists() throws IOException {
    Set<String> known = known();
    List<String> unknown = new ArrayList<>();
    for (Path document : DocumentsTest.documents()) {
      for (String diagram : DocumentsTest.diagrams(document)) {
        PARTICIPANT
            .matcher(diagram)
            .results()
            .map(participant -> participant.group(1))
            .filter(name -> !known.contains(name))
            .forEach(name -> unknown.add(CommentsTest.ROOT.relativize(document) + ": " + name));
      }
    }
    assertThat(unknown).isEmpty();
  }

  /**
   * Words with two capitals are names of classes; Pekko's controllers are broken into two lines.
   */
  @Test
  void each_class_in_the_pictures_of_the_architecture_exists() throws IOException {
    Set<String> known = known();
    known.add("PostgreSQL");
    String document = Files.readString(CommentsTest.ROOT.resolve("docs/architecture.md"));
    List<String> pictures =
        Pattern.compile("(?s)```\n(.*?)```")
            .matcher(document)
            .results()
            .map(picture -> picture.group(1))
            .toList();
    assertThat(pictures).isNotEmpty();
    assertThat(
            pictures.stream()
                .flatMap(
                    picture ->
                        Pattern.compile("\\b[A-Z][a-z]+[A-Z]\\w+").matcher(picture).results())
                .map(MatchResult::group)
                .filter(name -> !known.contains(name)))
        .isEmpty();
  }

  @Test
  void the_tables_of_the_architecture_have_all_packages_and_no_others() throws IOException {
    String document = Files.readString(CommentsTest.ROOT.resolve("docs/architecture.md"));
    for (String module : List.of("runtime", "sharding")) {
      Matcher table =
          Pattern.compile("Packages of `%s` under `([a-z.]+)`:\n\n((?:\\|.*\n)+)".formatted(module))
              .matcher(document);
      assertThat(table.find()).as(module).isTrue();
      Path directory =
          CommentsTest.ROOT
              .resolve(module + "/src/main/java")
              .resolve(table.group(1).replace('.', '/'));
      try (Stream<Path> packages = Files.list(directory)) {
        assertThat(
                Pattern.compile("(?m)^\\| `(\\w+)` ")
                    .matcher(table.group(2))
                    .results()
                    .map(row -> row.group(1)))
            .containsExactlyInAnyOrderElementsOf(
                packages.filter(Files::isDirectory).map(p -> p.getFileName().toString()).toList());
      }
    }
  }

  @Test
  void each_test_to_which_a_document_links_exists() throws IOException {
    List<String> missing = new ArrayList<>();
    int found = 0;
    for (Path document : DocumentsTest.documents()) {
      String text = Files.readString(document);
      for (MatchResult test : TEST.matcher(text).results().toList()) {
        found++;
        Path source = document.resolveSibling(target(text, test)).normalize();
        if (!source.endsWith(test.group(1) + ".java")
            || !Files.readString(source).contains("void %s()".formatted(test.group(2)))) {
          missing.add(CommentsTest.ROOT.relativize(document) + ": " + test.group());
        }
      }
    }
    assertThat(missing).isEmpty();
    assertThat(found).isPositive();
  }

  private static String target(String document, MatchResult link) {
    if (link.group(3) != null) {
      return link.group(3);
    }
    String beginning = "[%s]: ".formatted(link.group(4));
    return document
        .lines()
        .filter(line -> line.startsWith(beginning))
        .findFirst()
        .map(line -> line.substring(beginning.length()))
        .orElse("no target has the name " + link.group(4));
  }

  private static Set<String> known() throws IOException {
    Set<String> known = new HashSet<>(OF_OTHERS);
    for (Path source : sources()) {
      TYPE.matcher(Files.readString(source)).results().forEach(type -> known.add(type.group(1)));
    }
    return known;
  }

  private static List<Path> sources() throws IOException {
    List<Path> sources = new ArrayList<>(CommentsTest.sources());
    try (Stream<Path> formats = Files.walk(CommentsTest.ROOT.resolve("runtime/src/main/proto"))) {
      formats.filter(Files::isRegularFile).forEach(sources::add);
    }
    return sources;
  }
}
