package org.perille.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Goal: an application needs the driver of its own database only. */
class MissingDriverTest {
  @TempDir Path directory;

  @Test
  void a_node_on_h2_needs_no_driver_of_postgresql() throws Exception {
    assertThat(runWithout("postgresql-", "h2")).isEqualTo("runs");
  }

  @Test
  void postgresql_without_its_driver_is_refused_with_the_dependency_to_add() throws Exception {
    assertThat(runWithout("postgresql-", "postgresql"))
        .contains("ConfigurationException", "'postgresql'", "add the dependency")
        .contains("org.postgresql:postgresql");
  }

  @Test
  void h2_without_its_engine_is_refused_with_the_dependency_to_add() throws Exception {
    assertThat(runWithout("h2-", "h2"))
        .contains("ConfigurationException", "'h2'", "com.h2database:h2");
  }

  @Test
  void postgresql_needs_no_h2() throws Exception {
    assertThat(runWithout("h2-", "postgresql")).contains("StorageException", "can't be used");
  }

  /** Starts a node in a class loader without a jar, and returns what came of it. */
  private String runWithout(String jar, String profile) throws Exception {
    List<URL> path = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (!Path.of(entry).getFileName().toString().startsWith(jar)) {
        path.add(url(entry));
      }
    }
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader =
        new URLClassLoader(path.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
      thread.setContextClassLoader(loader);
      return (String)
          loader
              .loadClass(OneStart.class.getName())
              .getMethod("run", String.class, String.class)
              .invoke(null, profile, directory.toString());
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private static URL url(String entry) throws MalformedURLException {
    return Path.of(entry).toUri().toURL();
  }
}
