package org.perille.sharding.internal.admin;

import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.perille.EventSourcedKey;
import org.perille.EventSourcedSubscription;
import org.perille.EventSourcedSubscriptionHandle;
import org.perille.KeyEffect;
import org.perille.KeyState;

/**
 * The operations on one event-sourced subscription.
 *
 * @param <T> the messages
 * @param <S> the state of a key
 */
final class EventSourcedOperations<T, S>
    extends SubscriptionOperations<T, EventSourcedSubscription<T, S>>
    implements EventSourcedSubscriptionHandle<T, S> {

  EventSourcedOperations(
      Supplier<NodeOperations> node, EventSourcedSubscription<T, S> subscription) {
    super(node, subscription);
  }

  @Override
  public EventSourcedKey<S> key(String key) {
    return new EventSourcedKey<>() {
      @Override
      public CompletionStage<KeyState<S>> state() {
        return ask((running, stored) -> running.queries().state(stored, key));
      }

      @Override
      public Source<KeyEffect, NotUsed> effects() {
        return NodeOperations.stream(
            () -> call((running, stored) -> running.queries().effects(stored, key)));
      }
    };
  }
}
