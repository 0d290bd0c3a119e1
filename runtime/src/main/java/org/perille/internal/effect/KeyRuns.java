package org.perille.internal.effect;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.perille.Delivery;
import org.perille.internal.effect.EffectsRecorded.Handled;
import org.perille.internal.effect.EffectsRecorded.Outgoing;
import org.perille.internal.log.LaneReport;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.log.Origin;

/**
 * Handles messages of keys for one incarnation of a worker: first their effects become durable,
 * then what they publish, and only then they are done. Whatever happens in between, the message
 * comes again, and what is missing is made up for.
 *
 * @param <T> the messages
 */
public final class KeyRuns<T> {

  /**
   * Who handles, and for whom.
   *
   * @param lane names the partition of the subscription, among all that publish
   * @param incarnation of the worker
   * @param silent offsets that nothing is published for
   * @param handled what was durably handled by now, so that nothing is published for it again; not
   *     what a reset has passed over, which a later one may come back to
   */
  public record Identity(
      String lane, long incarnation, OffsetSet silent, Supplier<OffsetSet> handled) {}

  /**
   * A message to handle.
   *
   * @param attempt begins an attempt; throws if that isn't possible
   */
  public record Item<T>(long offset, Supplier<Delivery<T>> attempt) {}

  /**
   * What came of a run.
   *
   * @param done how many of its first messages are done
   * @param failure why the one behind them failed, if one did
   */
  public record Result(int done, Optional<Throwable> failure) {}

  /** Ranges that a report has at the most, which must be small; the next one has others. */
  private static final int MAX_RANGES = 8;

  private final ActiveKeys keys;
  private final KeyLogic<T> logic;
  private final Decider<T> decider;
  private final Outlet.Outlets outlets;
  private final Identity identity;
  private final Executor executor;
  private final Clock clock;
  private final AtomicInteger reported = new AtomicInteger();

  /** One object for all messages, so that a batch asks it once. */
  private final Outlet.Lane lane = this::report;

  public KeyRuns(
      ActiveKeys keys,
      KeyLogic<T> logic,
      EffectCodec codec,
      Outlet.Outlets outlets,
      Identity identity,
      Executor executor,
      Clock clock) {
    this.keys = keys;
    this.logic = logic;
    this.decider = new Decider<>(logic, codec, outlets, identity.incarnation, identity.silent);
    this.outlets = outlets;
    this.identity = identity;
    this.executor = executor;
    this.clock = clock;
  }

  /** How many messages of a key are worth being handled together. */
  public int maxMessages() {
    return logic.maxMessages();
  }

  /**
   * Handles messages of one key, in order; no other run of the key may be under way. The stage
   * fails if this incarnation must not go on.
   */
  public CompletionStage<Result> handle(String name, List<Item<T>> items) {
    CompletableFuture<ActiveKey> acquired = keys.acquire(name).toCompletableFuture();
    if (acquired.isDone() && !acquired.isCompletedExceptionally()) {
      return handle(acquired.join(), items);
    }
    return acquired
        .handleAsync(
            (key, unavailable) -> {
              if (unavailable == null) {
                return handle(key, items);
              }
              keys.discard(name);
              return done(0, cause(unavailable));
            },
            executor)
        .thenCompose(result -> result);
  }

  private CompletionStage<Result> handle(ActiveKey key, List<Item<T>> items) {
    KeyMemory memory = key.memory();
    if (memory.incarnation() > identity.incarnation) {
      keys.discard(key.name());
      return CompletableFuture.failedFuture(
          new IllegalStateException(
              "incarnation %d has been replaced: incarnation %d has handled messages of key '%s'"
                  .formatted(identity.incarnation, memory.incarnation(), key.name())));
    }
    List<Handled> again = new ArrayList<>(0);
    int handled = 0;
    while (handled < items.size() && memory.isHandled(items.get(handled).offset)) {
      memory.lastHandled(items.get(handled).offset).ifPresent(again::add);
      handled++;
    }
    List<Item<T>> fresh = items.subList(handled, items.size());
    int before = handled;
    return publish(again)
        .thenCompose(
            published ->
                fresh.isEmpty() ? done(before, Optional.empty()) : handleFresh(key, fresh, before))
        .whenComplete((result, failure) -> keys.release(key.name()));
  }

  private CompletionStage<Result> handleFresh(ActiveKey key, List<Item<T>> fresh, int before) {
    return decider
        .decide(key.memory(), fresh.stream().map(Item::attempt).toList(), clock.millis())
        .thenCompose(
            decided ->
                decided.event().isEmpty()
                    ? done(before, decided.failure())
                    : record(key, decided, before));
  }

  private CompletionStage<Result> record(ActiveKey key, Decider.Decided decided, int before) {
    EffectsRecorded event = decided.event().orElseThrow();
    return key.write(event, decided.after())
        .handle(
            (written, unknown) -> {
              if (unknown != null) {
                keys.discard(key.name());
                return done(before, cause(unknown));
              }
              return publish(event.handled())
                  .thenApply(published -> new Result(before + decided.done(), decided.failure()));
            })
        .thenCompose(result -> result);
  }

  /** Publishes what was decided, in order; the messages are durable when the stage completes. */
  private CompletionStage<Void> publish(List<Handled> handled) {
    List<CompletableFuture<?>> receipts = new ArrayList<>(0);
    for (Handled message : handled) {
      int index = 0;
      for (Outgoing outgoing : message.outgoing()) {
        Origin origin = new Origin(identity.lane, identity.incarnation, message.offset(), index++);
        try {
          receipts.add(
              outlets
                  .of(outgoing.topic())
                  .publish(outgoing.message().from(origin), lane)
                  .toCompletableFuture());
        } catch (RuntimeException e) {
          return CompletableFuture.failedFuture(e);
        }
      }
    }
    return receipts.isEmpty()
        ? CompletableFuture.completedFuture(null)
        : CompletableFuture.allOf(receipts.toArray(CompletableFuture[]::new));
  }

  private LaneReport report() {
    OffsetSet handled = identity.handled.get();
    int ranges = handled.above().size();
    // In a fixed turn a partition that gets every second report might get the same ones for ever.
    int first =
        ranges <= MAX_RANGES ? 0 : new SplittableRandom(reported.getAndIncrement()).nextInt(ranges);
    return new LaneReport(identity.lane, identity.incarnation, handled.part(first, MAX_RANGES));
  }

  private static CompletionStage<Result> done(int messages, Optional<Throwable> failure) {
    return CompletableFuture.completedFuture(new Result(messages, failure));
  }

  private static Optional<Throwable> cause(Throwable failure) {
    return Optional.of(
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure);
  }
}
