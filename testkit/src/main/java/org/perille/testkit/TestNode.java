package org.perille.testkit;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.perille.Definition;
import org.perille.Perille;
import org.perille.sharding.internal.NodeEnvironment;
import org.perille.sharding.internal.bootstrap.RestartingPerille;

/** A cluster of one node with its storage in memory. */
final class TestNode {
  /** A time-out for the termination of an actor system, longer than it takes on any machine. */
  private static final Duration END_TIMEOUT = Duration.ofSeconds(30);

  private final Perille perille;

  private TestNode(Perille perille) {
    this.perille = perille;
  }

  /** Starts a node on an existing database, with or without the data of an earlier node. */
  static TestNode start(
      Config given, TestDatabase database, NodeEnvironment environment, Definition... definitions) {
    Config config =
        given
            .withFallback(
                ConfigFactory.parseMap(
                    Map.of("perille.storage.h2.directory", database.directory())))
            .withFallback(
                ConfigFactory.parseResources(
                    TestNode.class.getClassLoader(), "perille-testkit.conf"));
    return new TestNode(
        RestartingPerille.create(
                ConfigFactory.load(config), ActorSystemSetup.create(environment), definitions)
            .start());
  }

  Perille perille() {
    return perille;
  }

  /** Stops the node without handing over, as a crash does. */
  void crash() {
    perille.system().terminate();
    awaitEnd();
  }

  void awaitEnd() {
    try {
      perille
          .system()
          .getWhenTerminated()
          .toCompletableFuture()
          .get(END_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the node of a test was stopping", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException(
          "the node of a test did not stop within "
              + END_TIMEOUT
              + ": does one of its actors block?",
          e);
    }
  }
}
