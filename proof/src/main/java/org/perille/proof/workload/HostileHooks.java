package org.perille.proof.workload;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.perille.Delivery;
import org.perille.DeliveryInterceptor;
import org.perille.Message;
import org.perille.NodeOptions;
import org.perille.PerilleListener;
import org.perille.Topic;

/** Listeners and interceptors that throw errors and are slow, on every node of a run. */
public final class HostileHooks {
  /** The header that the interceptor adds to most messages. */
  static final String HEADER = "intercepted";

  /** The number of calls for each one that fails. */
  private static final int CALLS_PER_ERROR = 7;

  private HostileHooks() {}

  /** Returns options with the hooks. */
  public static NodeOptions addedTo(NodeOptions options) {
    return options.withListener(new SlowListener()).withInterceptor(new FailingInterceptor());
  }

  /** Throws an error in some of the calls. */
  private static final class Failing {
    private final AtomicInteger calls = new AtomicInteger();

    void call() {
      int number = calls.incrementAndGet();
      if (number % CALLS_PER_ERROR == 0) {
        Thread.currentThread().interrupt();
        throw number % 2 == 0
            ? new StackOverflowError("planned")
            : new NoClassDefFoundError("planned");
      }
    }
  }

  /** A listener that is slower than most nodes, so that it misses events. */
  private static final class SlowListener implements PerilleListener {
    private static final long NANOS = Duration.ofMillis(1).toNanos();

    private final Failing failing = new Failing();

    @Override
    public void published(Published event) {
      hear();
    }

    @Override
    public void refused(Refused event) {
      hear();
    }

    @Override
    public void unknown(Unknown event) {
      hear();
    }

    @Override
    public void handled(Handled event) {
      hear();
    }

    @Override
    public void failed(Failed event) {
      hear();
    }

    @Override
    public void paused(Paused event) {
      hear();
    }

    @Override
    public void resumed(Place place) {
      hear();
    }

    @Override
    public void redriven(LettersChanged event) {
      hear();
    }

    @Override
    public void discarded(LettersChanged event) {
      hear();
    }

    @Override
    public void progress(Progress event) {
      hear();
    }

    @Override
    public void logProgress(LogProgress event) {
      hear();
    }

    @Override
    public void recovered(Recovered event) {
      hear();
    }

    @Override
    public void workerStarted(Place place) {
      hear();
    }

    @Override
    public void workerStopped(Place place) {
      hear();
    }

    @Override
    public void workerProgress(WorkerProgress event) {
      hear();
    }

    @Override
    public void limitsProgress(LimitsProgress event) {
      hear();
    }

    @Override
    public void journalWritten(JournalWritten event) {
      hear();
    }

    @Override
    public void outboxPublished(String outbox) {
      hear();
    }

    @Override
    public void outboxRelayed(OutboxRelayed event) {
      hear();
    }

    @Override
    public void outboxFailed(String outbox) {
      hear();
    }

    @Override
    public void outboxProgress(OutboxProgress event) {
      hear();
    }

    @Override
    public void transactionsProgress(TransactionsProgress event) {
      hear();
    }

    @Override
    public void partitionStarted(String topic, int partition) {
      hear();
    }

    @Override
    public void partitionStopped(String topic, int partition) {
      hear();
    }

    @Override
    public void nodeStarted(String address) {
      hear();
    }

    @Override
    public void nodeDowned(String address) {
      hear();
    }

    @Override
    public void missed(long events) {
      hear();
    }

    private void hear() {
      LockSupport.parkNanos(NANOS);
      failing.call();
    }
  }

  /** An interceptor that fails where it can. */
  private static final class FailingInterceptor implements DeliveryInterceptor {
    private final Failing failing = new Failing();

    @Override
    public Map<String, String> headersOf(Topic<?> topic, Message<?> message) {
      failing.call();
      return Map.of(HEADER, topic.name());
    }

    @Override
    public Scope enter(String subscription, Delivery<?> delivery) {
      failing.call();
      return failure -> failing.call();
    }
  }
}
