package org.perille.internal.effect;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * A key that is in memory. Used by one run of the key's messages at a time, which hands it on to
 * the next.
 */
final class ActiveKey {
  private final String name;
  private final ActorRef<KeyJournal.Command> journal;
  private volatile KeyMemory memory;
  private volatile CompletableFuture<KeyMemory> writing = new CompletableFuture<>();
  private volatile boolean ended;
  private volatile boolean published;

  /** Whether nothing is known of what the key has handled, but how many events it has. */
  private final boolean unread;

  ActiveKey(String name, ActorRef<KeyJournal.Command> journal, KeyMemory memory) {
    this(name, journal, memory, false);
  }

  ActiveKey(String name, ActorRef<KeyJournal.Command> journal, KeyMemory memory, boolean unread) {
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

  KeyMemory memory() {
    return memory;
  }

  /** Whether all that its events publish is published, as far as its worker knows by itself. */
  boolean isPublished() {
    return published;
  }

  /** What the last event publishes that was found in the journal is published. */
  void published() {
    published = true;
  }

  /** Makes an event durable; fails when nobody knows whether it is. */
  CompletionStage<KeyMemory> write(EffectsRecorded event, KeyMemory after) {
    CompletableFuture<KeyMemory> durable = new CompletableFuture<>();
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

  /** The journal has ended, and answers no more. */
  void ended() {
    ended = true;
    failWriting();
  }

  private void failWriting() {
    writing.completeExceptionally(
        new IllegalStateException(
            "it isn't known whether the effects on key '%s' were written; the log has the cause"
                .formatted(name)));
  }

  /** Lets go of it; nothing may be being written. */
  void close() {
    journal.tell(KeyJournal.Stop.INSTANCE);
  }
}
