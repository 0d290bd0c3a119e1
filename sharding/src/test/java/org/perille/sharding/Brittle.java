package org.perille.sharding;

import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.perille.Delivery;
import org.perille.Handler;

/** A handler that fails for what is broken, and remembers what it was asked to do and has done. */
final class Brittle implements Handler<Note> {
  private final Queue<Delivery<Note>> attempts = new ConcurrentLinkedQueue<>();
  private final Queue<Integer> done = new ConcurrentLinkedQueue<>();
  private final Map<Integer, Supplier<? extends Exception>> broken = new ConcurrentHashMap<>();

  /** Lets these numbers fail. */
  Brittle breaking(int... numbers) {
    for (int number : numbers) {
      breaking(number, () -> new IllegalStateException("planned " + number));
    }
    return this;
  }

  /** Lets a number fail of this. */
  Brittle breaking(int number, Supplier<? extends Exception> failure) {
    broken.put(number, failure);
    return this;
  }

  /** Lets everything succeed from now on. */
  void mend() {
    broken.clear();
  }

  @Override
  public void handle(Delivery<Note> delivery) throws Exception {
    attempts.add(delivery);
    Supplier<? extends Exception> failure = broken.get(delivery.message().number());
    if (failure != null) {
      throw failure.get();
    }
    done.add(delivery.message().number());
  }

  /** The numbers that it was asked to handle, in order, each as often as it was asked. */
  List<Integer> attempted() {
    return attempts.stream().map(delivery -> delivery.message().number()).toList();
  }

  /** The attempts at a number. */
  List<Delivery<Note>> attempts(int number) {
    return attempts.stream().filter(delivery -> delivery.message().number() == number).toList();
  }

  /** The numbers that it has handled, in order. */
  List<Integer> done() {
    return List.copyOf(done);
  }
}
