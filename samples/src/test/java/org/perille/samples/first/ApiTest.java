package org.perille.samples.first;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.perille.Perille;
import org.perille.micrometer.PerilleMetrics;
import org.perille.persistence.JdbcHandler;
import org.perille.spring.SpringTransactions;
import org.perille.testkit.PerilleTestKit;

/**
 * The public API is that of {@code docs/reference/api.txt}: a change of it changes that file.
 *
 * <p>Run the test with {@code -Dapi.update=true} to write the file anew.
 */
class ApiTest {
  private static final Path DECLARED = Path.of("../docs/reference/api.txt");

  /** One class of each module whose API is public. */
  private static final List<Class<?>> MODULES =
      List.of(
          Perille.class,
          JdbcHandler.class,
          PerilleTestKit.class,
          PerilleMetrics.class,
          SpringTransactions.class);

  @Test
  void the_public_api_changes_only_together_with_its_declaration() throws Exception {
    Set<String> found = new TreeSet<>();
    for (Class<?> module : MODULES) {
      for (String name : classNames(module)) {
        addSignatures(Class.forName(name, false, module.getClassLoader()), found);
      }
    }
    if (Boolean.getBoolean("api.update")) {
      Files.write(DECLARED, found);
    }
    Set<String> declared = new TreeSet<>(Files.readAllLines(DECLARED));
    assertThat(difference(declared, found))
        .as("removed from the API, or changed: programs that use it break. See CONTRIBUTING.md")
        .isEmpty();
    assertThat(difference(found, declared))
        .as("added to the API: declare it in docs/reference/api.txt. See CONTRIBUTING.md")
        .isEmpty();
  }

  private static List<String> classNames(Class<?> module) throws IOException, URISyntaxException {
    Path source = Path.of(module.getProtectionDomain().getCodeSource().getLocation().toURI());
    if (Files.isDirectory(source)) {
      return classNames(source);
    }
    try (FileSystem jar =
        FileSystems.newFileSystem(URI.create("jar:" + source.toUri()), Map.of())) {
      return classNames(jar.getPath("/"));
    }
  }

  private static List<String> classNames(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .map(file -> root.relativize(file).toString())
          .filter(file -> file.startsWith("org/perille/") && file.endsWith(".class"))
          .filter(file -> !file.contains("/internal/") && !file.endsWith("-info.class"))
          .map(file -> file.substring(0, file.length() - ".class".length()).replace('/', '.'))
          .toList();
    }
  }

  private static void addSignatures(Class<?> type, Set<String> signatures) {
    if (!isPublic(type)) {
      return;
    }
    String parents =
        Stream.concat(
                Stream.ofNullable(type.getGenericSuperclass()),
                Arrays.stream(type.getGenericInterfaces()))
            .map(Object::toString)
            .sorted()
            .collect(Collectors.joining(", ", " <: ", ""));
    signatures.add(type.toGenericString() + (parents.equals(" <: ") ? "" : parents));
    visibleThrough(type)
        .flatMap(ApiTest::members)
        .filter(member -> !member.isSynthetic() && isVisible(member.getModifiers()))
        .forEach(member -> signatures.add(signature(member)));
  }

  /**
   * Returns a class, and those without public access that it extends: programs see their members.
   */
  private static Stream<Class<?>> visibleThrough(Class<?> type) {
    return Stream.<Class<?>>iterate(
        type, any -> any != null && (any == type || !isPublic(any)), Class::getSuperclass);
  }

  private static Stream<Member> members(Class<?> type) {
    return Stream.of(
            type.getDeclaredFields(), type.getDeclaredConstructors(), type.getDeclaredMethods())
        .flatMap(Arrays::stream);
  }

  /** Returns whether programs see a class: it is public, and so are those around it. */
  private static boolean isPublic(Class<?> type) {
    return Modifier.isPublic(type.getModifiers())
        && (type.getEnclosingClass() == null || isPublic(type.getEnclosingClass()));
  }

  private static boolean isVisible(int modifiers) {
    return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
  }

  private static String signature(Member member) {
    if (member instanceof Method method) {
      return method.toGenericString();
    }
    return member instanceof Constructor<?> constructor
        ? constructor.toGenericString()
        : ((Field) member).toGenericString();
  }

  private static Set<String> difference(Set<String> all, Set<String> some) {
    Set<String> difference = new TreeSet<>(all);
    difference.removeAll(some);
    return difference;
  }
}
