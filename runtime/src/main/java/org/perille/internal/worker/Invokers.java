package org.perille.internal.worker;

import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.perille.internal.cursor.Generation;
import org.perille.internal.cursor.SequenceIndex;
import org.perille.internal.effect.ChainPublisher;
import org.perille.internal.effect.EffectCodec;
import org.perille.internal.effect.HandledOffsets;
import org.perille.internal.effect.KeyBehavior;
import org.perille.internal.effect.KeyCache;
import org.perille.internal.effect.KeyIds;
import org.perille.internal.effect.KeyJournals;
import org.perille.internal.effect.KeyProcessor;
import org.perille.internal.handler.ClaimedPartition;
import org.perille.internal.handler.Deliveries;
import org.perille.internal.handler.FunctionInvoker;
import org.perille.internal.handler.Invoker;
import org.perille.internal.handler.KeyInvoker;
import org.perille.internal.log.PartitionId;
import org.perille.internal.settings.EffectSettings;
import org.perille.spi.Processing;

/** Creates the invokers of a subscription, each for one epoch of its worker. */
final class Invokers<T> {
  private final Processing<T> processing;
  private final PartitionId partition;
  private final String subscription;
  private final Deliveries<T> deliveries;
  private final Executor threads;
  private final EffectSettings effects;
  private final ChainPublisher.ChainPublishers chainPublishers;
  private final Clock clock;
  private Optional<KeyCache> keys = Optional.empty();

  Invokers(WorkerAssignment<T> assignment) {
    this.processing = assignment.processing();
    this.partition = assignment.partition();
    this.subscription = assignment.subscription().storedName();
    this.deliveries =
        new Deliveries<>(
            subscription, assignment.partition(), assignment.codec(), assignment.time());
    this.threads = assignment.threads();
    this.effects = assignment.settings().effects();
    this.chainPublishers = assignment.chainPublishers();
    this.clock = assignment.clock();
  }

  /**
   * Returns the invoker that calls the handler in transactions.
   *
   * @param passed returns the offsets to finish with the next commit
   */
  Invoker transactional(
      ClaimedPartition<T> claimed, SequenceIndex marks, Supplier<List<Long>> passed) {
    return claimed.invoker(deliveries, marks, passed);
  }

  /**
   * Returns the invoker that calls a function, or that stores the effects of keys in journals below
   * this worker.
   *
   * @param handled returns the offsets that were durably handled
   */
  Invoker of(
      ActorContext<?> worker, long epoch, Generation generation, Supplier<HandledOffsets> handled) {
    if (processing instanceof Processing.Blocking<T> blocking) {
      return FunctionInvoker.blocking(deliveries, blocking.handler());
    }
    if (processing instanceof Processing.Async<T> async) {
      return FunctionInvoker.async(deliveries, async.handler());
    }
    KeyBehavior<T> logic = KeyBehavior.of(processing);
    EffectCodec codec = new EffectCodec(worker.getSystem());
    KeyCache cache =
        new KeyCache(
            new KeyIds(partition, subscription, generation.number()), logic, codec, effects);
    ActorRef<KeyJournals.Command> journals =
        worker.spawn(KeyJournals.create(effects, cache::sweep), "keys");
    worker.watch(journals);
    cache.use(journals);
    keys = Optional.of(cache);
    KeyProcessor.Identity identity =
        new KeyProcessor.Identity(producer(generation), epoch, generation.suppressed(), handled);
    return new KeyInvoker<>(
        deliveries,
        new KeyProcessor<>(cache, logic, codec, chainPublishers, identity, threads, clock));
  }

  /** Returns the keys of the latest invoker, if it has any. */
  Optional<KeyCache> keys() {
    return keys;
  }

  private String producer(Generation generation) {
    return partition.entityId() + "~" + subscription + "~" + generation.publication();
  }
}
