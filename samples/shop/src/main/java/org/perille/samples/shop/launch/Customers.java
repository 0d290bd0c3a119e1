package org.perille.samples.shop.launch;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.perille.samples.shop.Order;

/** Customers who place orders at the same time, each one after another. */
final class Customers implements AutoCloseable {
  private static final int CUSTOMERS = 8;
  private static final long PAUSE_MILLIS = 50;

  private final Client client;
  private final Set<String> accepted = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = Executors.newFixedThreadPool(CUSTOMERS);

  Customers(Client client) {
    this.client = client;
  }

  /**
   * Places orders. The stage completes when a node has accepted each.
   *
   * @param run is part of the ids, so that those of another run differ
   */
  CompletableFuture<Void> place(int orders, long run) {
    return CompletableFuture.allOf(
        IntStream.range(0, CUSTOMERS)
            .mapToObj(
                customer -> CompletableFuture.runAsync(() -> place(customer, orders, run), threads))
            .toArray(CompletableFuture<?>[]::new));
  }

  private void place(int customer, int orders, long run) {
    try {
      for (int number = customer; number < orders; number += CUSTOMERS) {
        String id = "o-" + run + "-" + number;
        client.place(new Order(id, "customer-" + customer, "lamp no. " + number, 25), number);
        accepted.add(id);
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      }
    } catch (IOException e) {
      throw new CompletionException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CompletionException(e);
    }
  }

  /** Returns the ids of the orders that a node has accepted. */
  Set<String> accepted() {
    return Set.copyOf(accepted);
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
