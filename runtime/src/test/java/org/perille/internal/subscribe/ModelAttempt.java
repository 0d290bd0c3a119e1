package org.perille.internal.subscribe;

import java.util.concurrent.CompletableFuture;
import org.perille.Delivery;

/** A handler that runs. */
final class ModelAttempt {
  private final Delivery<String> delivery;
  private final String unit;
  private final int number;
  private final CompletableFuture<Void> result = new CompletableFuture<>();
  private boolean abandoned;

  /**
   * An attempt that has begun.
   *
   * @param number how many handlers have got the message, this one included
   */
  ModelAttempt(Delivery<String> delivery, String unit, int number) {
    this.delivery = delivery;
    this.unit = unit;
    this.number = number;
  }

  Delivery<String> delivery() {
    return delivery;
  }

  long offset() {
    return delivery.offset();
  }

  String unit() {
    return unit;
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
}
