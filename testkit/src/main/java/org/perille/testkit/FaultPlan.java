package org.perille.testkit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.perille.Delivery;

/**
 * The faults that are planned for the messages of a subscription.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class FaultPlan<T> {
  private static final class Order<T> {
    final Predicate<? super T> messages;
    final Fault fault;
    int left;

    Order(Predicate<? super T> messages, Fault fault, int left) {
      this.messages = messages;
      this.fault = fault;
      this.left = left;
    }
  }

  /**
   * The faults by attempt. An attempt in a transaction with others may be repeated alone; it is the
   * same attempt then.
   */
  private final Map<String, Fault> failures = new HashMap<>();

  private final List<Order<T>> orders = new ArrayList<>();

  synchronized void add(Predicate<? super T> messages, Fault fault, int times) {
    orders.add(new Order<>(messages, fault, times));
  }

  /** Returns the fault of an attempt that starts, if it has one. */
  synchronized Optional<Fault> next(Delivery<T> delivery) {
    String attempt = delivery.deliveryId() + "#" + delivery.attempt();
    if (failures.containsKey(attempt)) {
      return Optional.of(failures.get(attempt));
    }
    for (Order<T> order : orders) {
      if (order.left > 0 && order.messages.test(delivery.payload())) {
        order.left--;
        if (order.fault instanceof Fault.Throws) {
          failures.put(attempt, order.fault);
        }
        return Optional.of(order.fault);
      }
    }
    return Optional.empty();
  }
}
