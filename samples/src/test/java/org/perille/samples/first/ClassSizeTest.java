package org.perille.samples.first;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A class that is larger than the limit of CONTRIBUTING.md has more than one reason to exist. */
class ClassSizeTest {
  private static final int MAX_LINES = 350;

  private static final Set<String> PRODUCT =
      Set.of(
          "runtime",
          "sharding",
          "persistence",
          "testkit",
          "micrometer",
          "spring-boot-starter",
          "samples");

  @Test
  void no_class_of_the_product_is_larger_than_the_limit() throws IOException {
    List<String> larger = new ArrayList<>();
    for (Path source : CommentsTest.sources()) {
      Path path = CommentsTest.ROOT.relativize(source);
      long lines = linesOfCode(source);
      if (PRODUCT.contains(path.getName(0).toString())
          && path.toString().contains("src/main")
          && lines > MAX_LINES) {
        larger.add("%s: %d".formatted(path, lines));
      }
    }
    assertThat(larger).isEmpty();
  }

  private static long linesOfCode(Path source) throws IOException {
    String code = CommentsTest.COMMENT.matcher(Files.readString(source)).replaceAll("");
    return code.lines().filter(line -> !line.isBlank()).count();
  }
}
