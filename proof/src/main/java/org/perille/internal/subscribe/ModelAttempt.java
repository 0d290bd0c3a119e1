package org.perille.internal.subscribe;

import java.util.concurrent.CompletableFuture;
import org.perille.Delivery;

/** A handler that runs. */
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
   * An attempt that has begun.
   *
   * @param generation of the subscription, in which it has begun
   * @param number how many handlers have got the message, this one included
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

  /** Of the subscription; what it does says nothing about the next one. */
  long generation() {
    return generation;
  }

  /** Its number in the history. */
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

  /** It begins when it is given up already. */
  void beginLate() {
    late = true;
    abandoned = true;
  }

  /** Returns whether it began when a caller waited to know what comes of it. */
  boolean isListened() {
    return !late;
  }
}
