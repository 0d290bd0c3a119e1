package org.perille.sharding;

import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.perille.Delivery;
import org.perille.Handler;

/** A handler that fails for chosen numbers, and records its calls and results. */
final class Brittle implements Handler<Note> {
  private final Queue<Delivery<Note>> attempts = new ConcurrentLinkedQueue<>();
  private final Queue<Integer> done = new ConcurrentLinkedQueue<>();
  private final Map<Integer, Supplier<? extends Exception>> broken = new ConcurrentHashMap<>();

  /** Makes the handler fail for these numbers. */
  Brittle breaking(int... numbers) {
    for (int number : numbers) {
      breaking(number, () -> new IllegalStateException("planned " + number));
    }
    return this;
  }

  /** Makes the handler fail for a number with this error. */
  Brittle breaking(int number, Supplier<? extends Exception> failure) {
    broken.put(number, failure);
    return this;
  }

  /** Makes the handler succeed from now on. */
  void fix() {
    broken.clear();
  }

  @Override
  public void handle(Delivery<Note> delivery) throws Exception {
    attempts.add(delivery);
    Supplier<? extends Exception> failure = broken.get(delivery.payload().number());
    if (failure != null) {
      throw failure.get();
    }
    done.add(delivery.payload().number());
  }

  /** Returns the numbers of all calls, in order, with repetitions. */
  List<Integer> attempted() {
    return attempts.stream().map(delivery -> delivery.payload().number()).toList();
  }

  /** Returns the attempts for a number. */
  List<Delivery<Note>> attempts(int number) {
    return attempts.stream().filter(delivery -> delivery.payload().number() == number).toList();
  }

  /** Returns the handled numbers, in order. */
  List<Integer> done() {
    return List.copyOf(done);
  }
}
