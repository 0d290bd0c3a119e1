package org.perille.proof.delivery;

import java.util.concurrent.CompletableFuture;
import org.perille.Delivery;

/** A running call of a handler. */
final class ModelAttempt {
  private final Delivery<String> delivery;
  private final String group;
  private final long generation;
  private final int number;
  private final long call;
  private final CompletableFuture<Void> result = new CompletableFuture<>();
  private boolean abandoned;
  private boolean late;

  /**
   * Creates an attempt that has begun.
   *
   * @param generation the generation of the subscription in which it began
   * @param number the number of handler calls with this message, including this one
   */
  ModelAttempt(Delivery<String> delivery, String group, long generation, int number, long call) {
    this.delivery = delivery;
    this.group = group;
    this.generation = generation;
    this.number = number;
    this.call = call;
  }

  Delivery<String> delivery() {
    return delivery;
  }

  long offset() {
    return delivery.offset();
  }

  String group() {
    return group;
  }

  /** Returns the generation of the subscription. The attempt says nothing about the next one. */
  long generation() {
    return generation;
  }

  /** Returns the number of the call in the history. */
  long call() {
    return call;
  }

  int number() {
    return number;
  }

  CompletableFuture<Void> result() {
    return result;
  }

  boolean isAbandoned() {
    return abandoned;
  }

  void abandon() {
    abandoned = true;
  }

  /** Marks an attempt that begins after the worker has abandoned it. */
  void beginLate() {
    late = true;
    abandoned = true;
  }

  /** Returns whether a caller was waiting for the outcome when the attempt began. */
  boolean isListened() {
    return !late;
  }
}
