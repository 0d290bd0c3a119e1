package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.perille.Delivery;
import org.perille.DeliveryInterceptor;
import org.perille.Message;
import org.perille.PerilleListener;
import org.perille.PublishRefusedException.Reason;
import org.perille.Topic;

/** Records what a listener and an interceptor see. */
final class HookRecorder implements PerilleListener {
  final Queue<Published> publishes = new ConcurrentLinkedQueue<>();
  final Queue<Reason> refused = new ConcurrentLinkedQueue<>();
  final Queue<Failed> failed = new ConcurrentLinkedQueue<>();
  final Queue<String> operations = new ConcurrentLinkedQueue<>();
  final Queue<Progress> progress = new ConcurrentLinkedQueue<>();
  final Set<String> owned = ConcurrentHashMap.newKeySet();
  final Queue<String> life = new ConcurrentLinkedQueue<>();
  final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  final AtomicLong missed = new AtomicLong();
  private final AtomicInteger handled = new AtomicInteger();

  /** The scopes that have begun, that are open, and that have ended with a failure. */
  final AtomicInteger begun = new AtomicInteger();

  final AtomicInteger scopes = new AtomicInteger();
  final AtomicInteger scopesFailed = new AtomicInteger();

  void awaitHandled(int messages) {
    await().atMost(180, SECONDS).until(() -> handled.get() >= messages);
  }

  int published() {
    return publishes.stream().mapToInt(Published::messages).sum();
  }

  DeliveryInterceptor interceptor() {
    return new DeliveryInterceptor() {
      @Override
      public Map<String, String> headersOf(Topic<?> topic, Message<?> message) {
        return Map.of("trace", topic.name());
      }

      @Override
      public Scope enter(String subscription, Delivery<?> delivery) {
        begun.incrementAndGet();
        scopes.incrementAndGet();
        return failure -> {
          scopesFailed.addAndGet(failure.isPresent() ? 1 : 0);
          scopes.decrementAndGet();
        };
      }
    };
  }

  @Override
  public void published(Published event) {
    threads.add(Thread.currentThread());
    publishes.add(event);
  }

  @Override
  public void refused(Refused event) {
    threads.add(Thread.currentThread());
    refused.add(event.reason());
  }

  @Override
  public void handled(Handled event) {
    threads.add(Thread.currentThread());
    handled.addAndGet(event.messages());
  }

  @Override
  public void failed(Failed event) {
    failed.add(event);
  }

  @Override
  public void paused(Paused event) {
    operations.add("paused: " + event.reason());
  }

  @Override
  public void resumed(Place place) {
    operations.add("resumed");
  }

  @Override
  public void redriven(LettersChanged event) {
    operations.add("redriven " + event.messages());
  }

  @Override
  public void discarded(LettersChanged event) {
    operations.add("discarded " + event.messages());
  }

  @Override
  public void progress(Progress event) {
    progress.add(event);
  }

  @Override
  public void partitionStarted(String topic, int partition) {
    owned.add(topic + " " + partition);
  }

  @Override
  public void partitionStopped(String topic, int partition) {
    owned.remove(topic + " " + partition);
  }

  @Override
  public void nodeStarted(String address) {
    threads.add(Thread.currentThread());
    life.add("started");
  }

  @Override
  public void nodeDowned(String address) {
    life.add("downed");
  }

  @Override
  public void missed(long events) {
    missed.addAndGet(events);
  }
}
