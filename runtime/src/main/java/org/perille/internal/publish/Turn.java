package org.perille.internal.publish;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A transaction's turn for its keys of one topic, among the messages that the application publishes
 * on this node.
 *
 * <p>It comes when all earlier messages of these keys have outcomes, and all earlier transactions
 * have ended their turns. Later messages of these keys wait until it has ended.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public final class Turn {
  private final Map<String, Integer> keys;
  private final CompletableFuture<Void> come = new CompletableFuture<>();

  /**
   * Creates a turn.
   *
   * @param keys the keys with their partitions
   */
  public Turn(Map<String, Integer> keys) {
    this.keys = new TreeMap<>(keys);
  }

  /** Returns the keys with their partitions. */
  Map<String, Integer> keys() {
    return keys;
  }

  /**
   * Returns a stage that completes when the turn has come. It fails if its publisher ends before.
   *
   * <p>The publisher's actor completes it, so what depends on it must be asynchronous.
   */
  public CompletionStage<Void> come() {
    return come;
  }

  /** Returns whether the turn has come. */
  public boolean hasCome() {
    return come.isDone() && !come.isCompletedExceptionally();
  }

  void begin() {
    come.complete(null);
  }

  void fail(RuntimeException failure) {
    come.completeExceptionally(failure);
  }
}
