package org.perille.sharding;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.perille.Delivery;
import org.perille.DeliveryInterceptor;
import org.perille.Message;
import org.perille.PerilleListener;
import org.perille.Topic;

/** Listeners and interceptors that do what they should not. */
final class HostileHooks {
  private static final List<Supplier<Error>> ERRORS =
      List.of(
          () -> new StackOverflowError("planned"),
          () -> new OutOfMemoryError("planned"),
          () -> new NoClassDefFoundError("planned"),
          () -> new AssertionError("planned"));

  private static final AtomicInteger NEXT = new AtomicInteger();

  private HostileHooks() {}

  private static Error error() {
    Thread.currentThread().interrupt();
    return ERRORS.get(Math.floorMod(NEXT.getAndIncrement(), ERRORS.size())).get();
  }

  /** Throws an error for each event. */
  static final class ThrowingListener implements PerilleListener {
    @Override
    public void published(Published event) {
      throw error();
    }

    @Override
    public void handled(Handled event) {
      throw error();
    }

    @Override
    public void failed(Failed event) {
      throw error();
    }

    @Override
    public void progress(Progress event) {
      throw error();
    }

    @Override
    public void recovered(Recovered event) {
      throw error();
    }

    @Override
    public void workerStarted(Place place) {
      throw error();
    }

    @Override
    public void workerProgress(WorkerProgress event) {
      throw error();
    }

    @Override
    public void journalWritten(JournalWritten event) {
      throw error();
    }

    @Override
    public void partitionStarted(String topic, int partition) {
      throw error();
    }

    @Override
    public void nodeStarted(String address) {
      throw error();
    }
  }

  /** Blocks at its first event. */
  record BlockingListener(CompletableFuture<Void> released) implements PerilleListener {
    @Override
    public void nodeStarted(String address) {
      released.join();
    }

    @Override
    public void published(Published event) {
      released.join();
    }
  }

  /** Throws an error in each method, and in half of its scopes. */
  static final class ThrowingInterceptor implements DeliveryInterceptor {
    private final AtomicInteger calls = new AtomicInteger();

    @Override
    public Map<String, String> headersOf(Topic<?> topic, Message<?> message) {
      throw error();
    }

    @Override
    public Scope enter(String subscription, Delivery<?> delivery) {
      if (calls.incrementAndGet() % 2 == 0) {
        throw error();
      }
      return failure -> {
        throw error();
      };
    }
  }
}
