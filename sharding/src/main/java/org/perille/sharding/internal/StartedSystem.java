package org.perille.sharding.internal;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.serialization.SerializationSetup;
import org.apache.pekko.serialization.SerializerDetails;

/**
 * The actor system of a start that may fail: known as soon as it has threads, so that it can be
 * ended. An actor system whose creation fails of an {@code Error} (a method that a library doesn't
 * have, for example) leaves its threads running, and nobody a reference to it.
 */
final class StartedSystem {
  private static final long PATIENCE_SECONDS = 30;

  private final AtomicReference<ExtendedActorSystem> system = new AtomicReference<>();

  /** Returns a setup by which this is told of the actor system. Serializers are made early. */
  ActorSystemSetup in(ActorSystemSetup setup) {
    Optional<SerializationSetup> given = setup.get(SerializationSetup.class);
    return setup.and(
        SerializationSetup.create(
            created -> {
              system.set(created);
              return given.map(own -> serializers(own, created)).orElse(List.of());
            }));
  }

  private static List<SerializerDetails> serializers(
      SerializationSetup given, ExtendedActorSystem created) {
    return scala.jdk.javaapi.CollectionConverters.asJava(given.createSerializers().apply(created));
  }

  /** Ends the actor system, if there is one, whatever it was that failed. */
  void end(Throwable reason) {
    ExtendedActorSystem begun = system.get();
    if (begun == null) {
      return;
    }
    try {
      begun.terminate();
      begun.getWhenTerminated().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      reason.addSuppressed(e);
    } catch (Throwable e) {
      // The caller must learn why the start failed, not why ending it did.
      reason.addSuppressed(e);
    }
  }
}
