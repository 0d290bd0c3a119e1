package org.perille.internal.effect;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorRef;

/** A key in memory. One run of the key's messages uses it at a time, and passes it to the next. */
public final class CachedKey {
  private final String name;
  private final ActorRef<KeyJournal.Command> journal;
  private volatile KeyRecord memory;
  private volatile CompletableFuture<KeyRecord> writing = new CompletableFuture<>();
  private volatile boolean ended;
  private volatile boolean published;

  /** True if only the number of the key's events is known, and not what it has handled. */
  private final boolean unread;

  public CachedKey(String name, ActorRef<KeyJournal.Command> journal, KeyRecord memory) {
    this(name, journal, memory, false);
  }

  public CachedKey(
      String name, ActorRef<KeyJournal.Command> journal, KeyRecord memory, boolean unread) {
    this.unread = unread;
    this.name = name;
    this.journal = journal;
    this.memory = memory;
  }

  String name() {
    return name;
  }

  boolean isUnread() {
    return unread;
  }

  KeyRecord memory() {
    return memory;
  }

  /**
   * Returns whether all publications of its events are published, as far as its worker knows by
   * itself.
   */
  boolean isPublished() {
    return published;
  }

  /** Records that the publications of the last event in the journal are published. */
  void published() {
    published = true;
  }

  /** Makes an event durable. Fails if the outcome is unknown. */
  CompletionStage<KeyRecord> write(EffectsRecorded event, KeyRecord after) {
    CompletableFuture<KeyRecord> durable = new CompletableFuture<>();
    writing = durable;
    journal.tell(new KeyJournal.Write(event, after, durable));
    if (ended) {
      failWriting();
    }
    return durable.thenApply(
        written -> {
          memory = written;
          return written;
        });
  }

  /** Records that the journal has stopped, and answers no more. */
  public void ended() {
    ended = true;
    failWriting();
  }

  private void failWriting() {
    writing.completeExceptionally(
        new IllegalStateException(
            "the outcome of writing the effects on key '%s' is unknown; the log has the cause"
                .formatted(name)));
  }

  /** Closes the key. No write may be in flight. */
  void close() {
    journal.tell(KeyJournal.Stop.INSTANCE);
  }
}
