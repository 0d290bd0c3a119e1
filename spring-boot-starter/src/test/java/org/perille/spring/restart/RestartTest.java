package org.perille.spring.restart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** Restarts in one process with classes of a new class loader, as by spring-boot-devtools. */
class RestartTest {
  private static final String APPLICATION = "org.perille.spring.restart.RestartedApplication";

  /** Loads the application's classes itself, and all others as usual. */
  private static final class ApplicationLoader extends ClassLoader {
    ApplicationLoader() {
      super(RestartTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        if (loaded != null) {
          return loaded;
        }
        return name.startsWith(APPLICATION) ? define(name) : super.loadClass(name, resolve);
      }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      String file = name.replace('.', '/') + ".class";
      try (InputStream in = getParent().getResourceAsStream(file)) {
        if (in == null) {
          throw new ClassNotFoundException(name);
        }
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Starts the application as devtools does: with the new loader as the thread's. */
  private static ConfigurableApplicationContext start(String... settings) throws Exception {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    ApplicationLoader loader = new ApplicationLoader();
    thread.setContextClassLoader(loader);
    try {
      ConfigurableApplicationContext context =
          new SpringApplicationBuilder(loader.loadClass(APPLICATION)).properties(settings).run();
      assertThat(context.getBean("publishing").getClass().getClassLoader()).isSameAs(loader);
      return context;
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  @SuppressWarnings("unchecked") // the bean of that name
  private static void publish(ConfigurableApplicationContext context, String text) {
    ((Consumer<String>) context.getBean("publishing")).accept(text);
  }

  @SuppressWarnings("unchecked") // the bean of that name
  private static void awaitSeen(ConfigurableApplicationContext context, String... texts) {
    List<String> seen = (List<String>) context.getBean("seen");
    await()
        .atMost(Duration.ofMinutes(5))
        .untilAsserted(() -> assertThat(seen).containsExactlyInAnyOrder(texts));
  }

  @Test
  void messages_and_states_of_before_are_read_with_the_classes_of_the_restart(
      @TempDir Path directory) throws Exception {
    String[] settings = {
      "spring.datasource.url=jdbc:h2:file:" + directory.resolve("application"),
      "perille.storage.h2.directory=" + directory.resolve("messages"),
      "perille.storage.h2.sync=off",
      "perille.spring.outbox=true",
      "spring.main.web-application-type=none",
      "spring.main.banner-mode=off",
      "restarted=false"
    };
    try (ConfigurableApplicationContext context = start(settings)) {
      publish(context, "1");
      awaitSeen(context, "note 1 is number 1", "outbox 1 is number 1");
    }
    settings[settings.length - 1] = "restarted=true";
    for (int start = 2; start <= 3; start++) {
      try (ConfigurableApplicationContext context = start(settings)) {
        publish(context, String.valueOf(start));
        if (start == 2) {
          awaitSeen(
              context,
              "note 2 is number 2",
              "outbox 2 is number 2",
              "late note 1",
              "late outbox 1",
              "late letter 1",
              "late postcard 1",
              "late note 2",
              "late outbox 2",
              "late letter 2",
              "late postcard 2");
        } else {
          awaitSeen(
              context,
              "note 3 is number 3",
              "outbox 3 is number 3",
              "late note 3",
              "late outbox 3",
              "late letter 3",
              "late postcard 3");
        }
      }
    }
  }
}
