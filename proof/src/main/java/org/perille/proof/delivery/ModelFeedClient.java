package org.perille.proof.delivery;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.perille.internal.feed.FeedAnswer;
import org.perille.internal.feed.ReadFrom;
import org.perille.internal.worker.FeedSession;

/** The part of a worker that keeps it attached to its partition. */
final class ModelFeedClient {
  /** The factor of shortened delays: a scenario is shorter than a second. */
  private static final int TIMES_FASTER = 40;

  private final Simulation simulation;
  private final ModelWorkerRun worker;
  private final long epoch;
  private final FeedSession session;
  private ModelConsumer consumer;
  private long number;
  private Optional<ModelFeed> watched = Optional.empty();
  private OptionalLong askAtMillis = OptionalLong.empty();
  private boolean stopped;

  ModelFeedClient(Simulation simulation, ModelWorkerRun worker, long epoch, ReadFrom from) {
    this.simulation = simulation;
    this.worker = worker;
    this.epoch = epoch;
    this.session = new FeedSession(epoch, from);
    this.consumer = new ModelConsumer(simulation);
  }

  @Override
  public String toString() {
    return worker.toString();
  }

  void begin() {
    carryOut(session.begin(), Optional.empty());
  }

  void stop() {
    stopped = true;
  }

  boolean isOver() {
    return stopped || worker.isOver();
  }

  /** Requests a batch for the worker. */
  void next() {
    carryOut(session.next(), Optional.empty());
  }

  /** Returns whether it is time to ask. */
  boolean hasToAsk() {
    return !isOver()
        && askAtMillis.isPresent()
        && askAtMillis.getAsLong() <= simulation.clock().passedMillis();
  }

  void ask() {
    askAtMillis = OptionalLong.empty();
    carryOut(session.ask(), Optional.empty());
  }

  boolean hasBatch() {
    return !isOver() && consumer.hasNext();
  }

  void receiveBatch() {
    consumer
        .next()
        .ifPresent(
            batch ->
                carryOut(
                    session.delivered(batch.decompressed(ModelTopic.DECOMPRESSOR)),
                    Optional.empty()));
  }

  boolean hasLostFeed() {
    return !isOver() && watched.filter(ModelFeed::isDead).isPresent();
  }

  void loseFeed() {
    simulation.mark(Mark.FEED_GONE);
    watched = Optional.empty();
    carryOut(session.gone(number), Optional.empty());
  }

  void receive(FeedAnswer answer, ModelFeed feed) {
    if (isOver()) {
      return;
    }
    if (answer.session() < number) {
      simulation.mark(Mark.FEED_ANSWER_OUTDATED);
    } else if (answer instanceof FeedAnswer.Refused) {
      simulation.mark(Mark.FEED_REFUSED);
    }
    carryOut(session.answered(answer), Optional.of(feed));
  }

  /** Carries out actions. Reports of problems are for operators, and have no effect here. */
  private void carryOut(List<FeedSession.Action> actions, Optional<ModelFeed> feed) {
    for (FeedSession.Action action : actions) {
      simulation.tell(worker, "feed client", new Description(action));
      if (action instanceof FeedSession.StartSession start) {
        number = start.session();
        consumer = new ModelConsumer(simulation);
        watched = Optional.empty();
      } else if (action instanceof FeedSession.AskPartition ask) {
        simulation.network().ask(new FeedRequest(this, consumer, epoch, ask.session(), ask.from()));
      } else if (action instanceof FeedSession.AskAfter ask) {
        askAtMillis =
            OptionalLong.of(
                simulation.clock().passedMillis() + ask.delay().toMillis() / TIMES_FASTER);
      } else if (action instanceof FeedSession.AskNoMore) {
        askAtMillis = OptionalLong.empty();
      } else if (action instanceof FeedSession.WatchFeed) {
        watched = feed;
      } else if (action instanceof FeedSession.Confirm) {
        consumer.confirm();
      } else if (action instanceof FeedSession.Notify notify) {
        worker.inTurn(notify.event());
      }
    }
  }
}
