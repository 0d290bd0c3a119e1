package org.perille.samples.first;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/**
 * Checks the Java snippets of all documents: the syntax, the imports, and that the classes exist.
 *
 * <p>Variables, and the classes of {@link #OF_THE_READER}, are those of the reader's application.
 * The compiler can't check calls on them. The longer snippets are also compared with classes that
 * compile, by {@link ReadmeTest}.
 */
class SnippetsTest {
  private static final Pattern SNIPPET = Pattern.compile("(?ms)^```java\\n(.*?)^```$");
  private static final Pattern IMPORT = Pattern.compile("(?m)^import .*;\\n");
  private static final Pattern UNKNOWN =
      Pattern.compile("(?:symbol: +(?:class|variable)|package) (\\w+)");

  /** An error that follows from a class that isn't known. */
  private static final Pattern CONSEQUENCE =
      Pattern.compile("(?s)cannot find symbol.*|method does not override .*");

  private static final Pattern CLASS_NAME = Pattern.compile("[A-Z]\\w*[a-z]\\w*");

  /** The beginning of a class, and of a member of a class. */
  private static final Pattern CLASS =
      Pattern.compile("(?s)(/\\*\\*.*?\\*/\\s*)?((public|final) )*(class|record) .*");

  private static final Pattern MEMBER = Pattern.compile("(?s)@.*");

  private static final Set<String> OF_THE_READER =
      Set.of("AccountEvent", "FakeProvider", "Order", "Payment", "Provider", "Services");

  @Test
  void each_snippet_imports_what_it_names() throws IOException {
    List<String> wrong = new ArrayList<>();
    for (Path document : DocumentsTest.documents()) {
      String text = Files.readString(document);
      for (MatchResult snippet : SNIPPET.matcher(text).results().toList()) {
        long line = text.substring(0, snippet.start()).lines().count() + 1;
        Set<String> problems = problems(snippet.group(1));
        problems.removeIf(
            problem -> OF_THE_READER.contains(problem) || isDeclaredIn(text, problem));
        for (String problem : problems) {
          wrong.add("%s:%d: %s".formatted(DocumentsTest.ROOT.relativize(document), line, problem));
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void a_class_that_is_not_imported_is_found() {
    assertThat(problems("MessageId id = MessageId.of(\"a\");\n")).containsExactly("MessageId");
    assertThat(problems("Receipt receipt = publisher.publish(message);\n"))
        .containsExactly("Receipt");
    assertThat(problems("import org.perille.Nothing;\nNothing.of(message);\n"))
        .containsExactly("Nothing");
    assertThat(problems("publisher.publish(\n")).isNotEmpty();
  }

  /** Returns the classes that a snippet doesn't import, and its errors of syntax. */
  private static Set<String> problems(String snippet) {
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<String> options = List.of("-proc:none", "-cp", classPath());
    try {
      ((JavacTask)
              compiler.getTask(
                  null, null, found, options, null, List.of(new Source(asUnit(snippet)))))
          .analyze();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found.getDiagnostics().stream()
        .filter(diagnostic -> diagnostic.getKind() == Diagnostic.Kind.ERROR)
        .map(diagnostic -> diagnostic.getMessage(Locale.ENGLISH))
        .map(SnippetsTest::problem)
        .filter(problem -> !problem.isEmpty())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Returns whether another snippet of a document declares a class. */
  private static boolean isDeclaredIn(String document, String name) {
    return Pattern.compile("(?m)^((public|final) )*class %s\\b".formatted(name))
        .matcher(document)
        .find();
  }

  /** Returns the problem that an error of the compiler shows, or nothing if it is none. */
  private static String problem(String error) {
    Matcher unknown = UNKNOWN.matcher(error);
    if (!unknown.find()) {
      return CONSEQUENCE.matcher(error).matches() ? "" : error;
    }
    String name = unknown.group(1);
    return CLASS_NAME.matcher(name).matches() ? name : "";
  }

  private static String asUnit(String snippet) {
    String imports =
        IMPORT.matcher(snippet).results().map(MatchResult::group).collect(Collectors.joining());
    String code = IMPORT.matcher(snippet).replaceAll("").strip().replace("(…)", "()");
    code = code.replace("public class", "class");
    if (CLASS.matcher(code).matches()) {
      return imports + code;
    }
    return MEMBER.matcher(code).matches()
        ? "%sclass Snippet {%n%s%n}".formatted(imports, code)
        : "%sclass Snippet {%nvoid run() throws Exception {%n%s%n}}".formatted(imports, code);
  }

  private static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String code;

    Source(String code) {
      super(URI.create("string:///Snippet.java"), Kind.SOURCE);
      this.code = code;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return code;
    }
  }
}
