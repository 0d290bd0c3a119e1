package org.perille.internal.effect;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.perille.internal.settings.EffectSettings;

/**
 * Reads keys from the journal, concurrently with their worker on any node.
 *
 * <p>All that the worker has finished is in the journal.
 */
public final class KeyReader {
  private final EffectSettings settings;
  private final EffectCodec codec;
  private final ActorRef<KeyJournals.Command> journals;

  public KeyReader(ActorSystem<?> system, EffectSettings settings) {
    this.settings = settings;
    this.codec = new EffectCodec(system);
    this.journals =
        system.systemActorOf(
            KeyJournals.create(settings, () -> {}), "perille-key-reader", Props.empty());
  }

  /** Returns the record of a key. */
  public CompletionStage<KeyRecord> read(KeyIds ids, String key, KeyBehavior<?> logic) {
    CompletableFuture<CachedKey> opened = new CompletableFuture<>();
    journals.tell(
        new KeyJournals.Open(
            new KeyJournal.Key(ids.persistenceId(key), key, logic, codec, settings), opened));
    return opened.thenApply(
        active -> {
          active.close();
          return active.memory();
        });
  }

  public EffectCodec codec() {
    return codec;
  }
}
