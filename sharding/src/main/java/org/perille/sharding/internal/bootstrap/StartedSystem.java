package org.perille.sharding.internal.bootstrap;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.serialization.SerializationSetup;
import org.apache.pekko.serialization.SerializerDetails;

/**
 * The actor system of a start that may fail, known early enough to terminate it.
 *
 * <p>If its creation fails with an {@code Error} (a missing method of a library, for example), its
 * threads remain and the caller has no reference to it.
 */
final class StartedSystem {
  private static final long TIMEOUT_SECONDS = 30;

  private final AtomicReference<ExtendedActorSystem> system = new AtomicReference<>();

  /**
   * Returns a setup that reports the actor system to this object. Serializers are created early.
   */
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

  /** Terminates the actor system, if there is one, whatever has failed. */
  void end(Throwable reason) {
    ExtendedActorSystem begun = system.get();
    if (begun == null) {
      return;
    }
    try {
      begun.terminate();
      begun.getWhenTerminated().toCompletableFuture().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      reason.addSuppressed(e);
    } catch (Throwable e) {
      // The caller must learn why the start failed, not why the termination did.
      reason.addSuppressed(e);
    }
  }
}
