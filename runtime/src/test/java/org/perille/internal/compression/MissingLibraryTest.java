package org.perille.internal.compression;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perille.Compression;
import org.perille.ConfigurationException;

/** An application without the optional libraries. */
class MissingLibraryTest {

  /** Loads the codecs again, and neither of the two libraries. */
  private static final class WithoutLibraries extends ClassLoader {
    WithoutLibraries() {
      super(MissingLibraryTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("net.jpountz.") || name.startsWith("com.github.luben.")) {
        throw new ClassNotFoundException(name);
      }
      if (!name.startsWith("org.perille.internal.compression.")) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded == null ? define(name) : loaded;
      }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  private final ClassLoader loader = new WithoutLibraries();

  private Throwable failureOf(Compression type) throws ReflectiveOperationException {
    Method require =
        loader
            .loadClass(Codecs.class.getName())
            .getMethod("require", Compression.class, String.class);
    try {
      require.invoke(null, type, "topic 'orders'");
      throw new AssertionError(type + " needs no library");
    } catch (InvocationTargetException e) {
      return e.getCause();
    }
  }

  @ParameterizedTest
  @CsvSource({"LZ4, lz4, at.yawk.lz4:lz4-java", "ZSTD, zstd, com.github.luben:zstd-jni"})
  void a_topic_is_refused_with_the_dependency_to_add(
      Compression type, String name, String dependency) throws ReflectiveOperationException {
    for (int times = 0; times < 2; times++) {
      assertThat(failureOf(type))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContainingAll("topic 'orders'", name, dependency);
    }
  }

  @ParameterizedTest
  @CsvSource("NONE")
  void a_topic_without_compression_needs_no_library(Compression type)
      throws ReflectiveOperationException {
    loader
        .loadClass(Codecs.class.getName())
        .getMethod("require", Compression.class, String.class)
        .invoke(null, type, "topic 'orders'");
  }
}
