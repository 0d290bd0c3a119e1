package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.junit.jupiter.api.Test;
import org.perille.Perille;

/** A JVM that exits while its node stops already. */
class JvmExitTest {
  private static final String FINISHED = "the last phase is over";

  /** An application that closes Perille in one thread, and exits in another one. */
  static final class Application {
    private Application() {}

    public static void main(String[] arguments) throws InterruptedException {
      Perille perille =
          Perille.start(
              ConfigFactory.parseString("perille.storage.profile = memory")
                  .withFallback(ConfigFactory.load()));
      CountDownLatch stopping = new CountDownLatch(1);
      CountDownLatch exiting = new CountDownLatch(1);
      CoordinatedShutdown shutdown = CoordinatedShutdown.get(perille.system());
      shutdown.addTask(
          CoordinatedShutdown.PhaseServiceUnbind(),
          "wait",
          () -> {
            stopping.countDown();
            return CompletableFuture.supplyAsync(
                () -> {
                  await(exiting);
                  return Done.getInstance();
                });
          });
      shutdown.addTask(
          CoordinatedShutdown.PhaseBeforeActorSystemTerminate(),
          "finish",
          () -> {
            System.out.println(FINISHED);
            return CompletableFuture.completedFuture(Done.getInstance());
          });
      new Thread(perille::close).start();
      stopping.await();
      // Hooks run at the same time, so this one shows that the exit has begun.
      Runtime.getRuntime().addShutdownHook(new Thread(exiting::countDown));
      System.exit(3);
    }

    private static void await(CountDownLatch latch) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Test
  void the_exit_waits_until_the_node_has_stopped() throws Exception {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx256m",
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Application.class.getName()))
            .redirectErrorStream(true)
            .start();
    try {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(180, SECONDS)).isTrue();
      assertThat(output).contains(FINISHED);
      assertThat(process.exitValue()).isEqualTo(3);
    } finally {
      process.destroyForcibly();
    }
  }
}
