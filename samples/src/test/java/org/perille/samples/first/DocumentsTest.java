package org.perille.samples.first;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Checks that hold for every Markdown document of the repository. */
class DocumentsTest {
  static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path REPORTS = ROOT.resolve("docs").resolve("reports");
  private static final int MAX_COLUMNS = 120;

  /** Words with a standard term in their place: deferred, evict, fix, epoch, producer, operator. */
  static final Pattern REPLACED_WORDS =
      Pattern.compile(
          "(?i)\\b(puts? aside|lets? go of|mend(s|ed)?|incarnations?|lanes?|somebody|unless told"
              + "|(is|are|was|were) told|begins? anew|looks? after|in (its|their) turn)\\b");

  private static final Pattern CODE = Pattern.compile("`[^`]*`");

  /** A link, or the target of links that have its name. */
  private static final Pattern LINK =
      Pattern.compile("(?m)(?:]\\(|^\\[[^]]+]: )([^)\\s]+)(?:\\)|$)");

  private static final Pattern DIAGRAM = Pattern.compile("(?ms)^```mermaid\\n(.*?)^```$");
  private static final Pattern KNOWN_DIAGRAM =
      Pattern.compile("(?s)(flowchart (TD|LR)|sequenceDiagram|stateDiagram-v2)\\n.*");
  private static final Pattern ELSEWHERE = Pattern.compile("(https?|mailto):.*");
  private static final Pattern HEADING = Pattern.compile("#{1,6} (.*)");

  @Test
  void every_relative_link_leads_to_a_file_and_a_heading_that_exist() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path document : documents()) {
      for (String link : links(document)) {
        String[] parts = link.split("#", 2);
        Path target = parts[0].isEmpty() ? document : document.resolveSibling(parts[0]).normalize();
        if (!Files.exists(target)) {
          broken.add(ROOT.relativize(document) + ": " + link + ": no such file");
        } else if (parts.length == 2 && !headings(target).contains(parts[1])) {
          broken.add(ROOT.relativize(document) + ": " + link + ": no such heading");
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  @Test
  void prose_wraps_before_120_columns() throws IOException {
    List<String> tooLong = new ArrayList<>();
    for (Path document : documents()) {
      for (String line : prose(document)) {
        if (line.length() > MAX_COLUMNS && !line.startsWith("|") && !line.contains("](")) {
          tooLong.add(ROOT.relativize(document) + ": " + line);
        }
      }
    }
    assertThat(tooLong).isEmpty();
  }

  @Test
  void documents_use_the_standard_terms_of_the_field() throws IOException {
    List<String> found = new ArrayList<>();
    for (Path document : documents()) {
      if (!document.startsWith(REPORTS)) {
        for (String line : prose(document)) {
          if (REPLACED_WORDS.matcher(CODE.matcher(line).replaceAll("")).find()) {
            found.add(ROOT.relativize(document) + ": " + line);
          }
        }
      }
    }
    assertThat(found).isEmpty();
  }

  @Test
  void a_diagram_has_a_known_type_and_no_semicolon_which_would_end_its_statement()
      throws IOException {
    List<String> wrong = new ArrayList<>();
    int found = 0;
    for (Path document : documents()) {
      for (String diagram : diagrams(document)) {
        found++;
        if (!KNOWN_DIAGRAM.matcher(diagram).matches() || diagram.contains(";")) {
          wrong.add(ROOT.relativize(document) + ": " + diagram);
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(found).isPositive();
  }

  /** Returns the diagrams of a document, in Mermaid's language. */
  static List<String> diagrams(Path document) throws IOException {
    return DIAGRAM.matcher(Files.readString(document)).results().map(d -> d.group(1)).toList();
  }

  static List<Path> documents() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(".md"))
          .filter(file -> !isBuilt(ROOT.relativize(file)))
          .toList();
    }
  }

  private static boolean isBuilt(Path file) {
    for (Path part : file) {
      if (part.toString().equals("target") || part.toString().equals(".git")) {
        return true;
      }
    }
    return false;
  }

  private static List<String> links(Path document) throws IOException {
    return LINK.matcher(String.join("\n", prose(document)))
        .results()
        .map((MatchResult link) -> link.group(1))
        .filter(link -> !ELSEWHERE.matcher(link).matches())
        .toList();
  }

  /** Returns the anchors of a document's headings, as GitHub makes them. */
  private static Set<String> headings(Path document) throws IOException {
    return prose(document).stream()
        .map(HEADING::matcher)
        .filter(heading -> heading.matches())
        .map(heading -> heading.group(1).toLowerCase(Locale.ROOT))
        .map(text -> text.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'))
        .collect(Collectors.toSet());
  }

  /** Returns the lines of a document that aren't in a code block. */
  private static List<String> prose(Path document) throws IOException {
    List<String> prose = new ArrayList<>();
    boolean code = false;
    for (String line : Files.readAllLines(document)) {
      if (line.strip().startsWith("```")) {
        code = !code;
      } else if (!code) {
        prose.add(line);
      }
    }
    return prose;
  }
}
