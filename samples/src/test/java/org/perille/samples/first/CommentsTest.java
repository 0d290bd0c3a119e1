package org.perille.samples.first;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Checks that hold for the comments of every Java source; CONTRIBUTING.md has all rules. */
class CommentsTest {
  static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  static final Pattern COMMENT = Pattern.compile("(?s)/\\*.*?\\*/|//[^\\n]*");

  /** The first words of a clause. A summary is a noun phrase, or a verb in the third person. */
  private static final Pattern CLAUSE =
      Pattern.compile("/\\*\\*[\\s*]*(What|Who|Those|Whether|How|Where|When)\\b.*");

  @Test
  void a_summary_names_a_thing_or_says_what_a_method_does() throws IOException {
    assertThat(found(CLAUSE)).isEmpty();
  }

  @Test
  void standard_terms_are_used() throws IOException {
    assertThat(found(DocumentsTest.REPLACED_WORDS)).isEmpty();
  }

  private static List<String> found(Pattern pattern) throws IOException {
    List<String> found = new ArrayList<>();
    for (Path source : sources()) {
      String text = Files.readString(source);
      for (MatchResult comment : COMMENT.matcher(text).results().toList()) {
        for (MatchResult match : pattern.matcher(comment.group()).results().toList()) {
          long line = text.substring(0, comment.start() + match.start()).lines().count();
          found.add("%s:%d: %s".formatted(ROOT.relativize(source), line, match.group()));
        }
      }
    }
    return found;
  }

  /** Returns the Java sources of all modules. */
  static List<Path> sources() throws IOException {
    List<Path> sources = new ArrayList<>();
    try (Stream<Path> modules = Files.list(ROOT)) {
      for (Path module : modules.filter(path -> Files.isDirectory(path.resolve("src"))).toList()) {
        try (Stream<Path> files = Files.walk(module.resolve("src"))) {
          files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
        }
      }
    }
    return sources;
  }
}
