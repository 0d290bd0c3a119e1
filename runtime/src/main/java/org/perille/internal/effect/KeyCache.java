package org.perille.internal.effect;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorRef;
import org.perille.StorageException;
import org.perille.internal.settings.EffectSettings;

/**
 * The keys of a worker in memory: those in use, and idle ones within the limits.
 *
 * <p>The longest idle ones are evicted first. Safe for use by any number of threads.
 */
public final class KeyCache {
  private static final class Entry {
    private final CompletableFuture<CachedKey> key = new CompletableFuture<>();

    /**
     * The number of users. More than one only if a run was given up, and continues without being
     * able to write.
     */
    private int users;

    private long idleSinceNanos;
  }

  private final KeyIds ids;
  private final KeyBehavior<?> logic;
  private final EffectCodec codec;
  private final EffectSettings settings;
  private final KeyActivity activity = new KeyActivity();

  /** The keys in memory, in order of use; idle keys come before those used later. */
  private final LinkedHashMap<String, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

  private ActorRef<KeyJournals.Command> journals;

  public KeyCache(KeyIds ids, KeyBehavior<?> logic, EffectCodec codec, EffectSettings settings) {
    this.ids = ids;
    this.logic = logic;
    this.codec = codec;
    this.settings = settings;
  }

  /** Returns the settings of these keys. */
  EffectSettings settings() {
    return settings;
  }

  /** Returns the counters of what is done with these keys. */
  public KeyActivity activity() {
    return activity;
  }

  /** Sets the actor that opens journals. Called before the first key is used. */
  public void use(ActorRef<KeyJournals.Command> journals) {
    this.journals = journals;
  }

  /** Acquires a key that isn't in use, and recovers it if it isn't in memory. */
  CompletionStage<CachedKey> acquire(String name) {
    String persistenceId;
    try {
      persistenceId = ids.persistenceId(name);
    } catch (StorageException e) {
      return CompletableFuture.failedFuture(e);
    }
    Entry entry;
    boolean open;
    List<CachedKey> surplus;
    synchronized (this) {
      entry = entries.get(name);
      open = entry == null;
      if (open) {
        entry = new Entry();
        entries.put(name, entry);
      }
      entry.users++;
      surplus = open ? removeSurplus() : List.of();
    }
    surplus.forEach(CachedKey::close);
    if (open) {
      journals.tell(
          new KeyJournals.Open(
              new KeyJournal.Key(persistenceId, name, logic, codec, settings), entry.key));
    }
    return entry.key;
  }

  /**
   * Opens a key whose state can't be read, without its state.
   *
   * <p>No other run may use it. The caller closes it.
   */
  CompletionStage<CachedKey> openWithoutState(String name) {
    CompletableFuture<CachedKey> opened = new CompletableFuture<>();
    journals.tell(
        new KeyJournals.Open(
            new KeyJournal.Key(
                ids.persistenceId(name), name, KeyBehavior.Opaque.INSTANCE, codec, settings),
            opened));
    return opened;
  }

  /** Releases a key. */
  synchronized void release(String name) {
    Entry entry = entries.get(name);
    if (entry != null) {
      entry.users--;
      entry.idleSinceNanos = System.nanoTime();
    }
  }

  /** Removes a key that failed. Its next recovery determines its state. */
  void discard(String name) {
    Entry entry;
    synchronized (this) {
      entry = entries.remove(name);
    }
    if (entry != null && entry.key.isDone() && !entry.key.isCompletedExceptionally()) {
      entry.key.join().close();
    }
  }

  /** Evicts keys that have been idle for too long. */
  public void sweep() {
    long now = System.nanoTime();
    List<CachedKey> idle = new ArrayList<>();
    synchronized (this) {
      Iterator<Entry> all = entries.values().iterator();
      while (all.hasNext()) {
        Entry entry = all.next();
        if (entry.users == 0
            && now - entry.idleSinceNanos
                > TimeUnit.MILLISECONDS.toNanos(settings.passivateAfter().toMillis())) {
          all.remove();
          idle.add(entry.key.join());
        }
      }
    }
    idle.forEach(CachedKey::close);
  }

  private List<CachedKey> removeSurplus() {
    List<CachedKey> surplus = new ArrayList<>(1);
    Iterator<Map.Entry<String, Entry>> eldest = entries.entrySet().iterator();
    while (entries.size() > settings.maxActiveKeys() && eldest.hasNext()) {
      Entry entry = eldest.next().getValue();
      if (entry.users == 0) {
        eldest.remove();
        surplus.add(entry.key.join());
      }
    }
    return surplus;
  }

  /** Returns the number of keys in memory. */
  public synchronized int size() {
    return entries.size();
  }
}
