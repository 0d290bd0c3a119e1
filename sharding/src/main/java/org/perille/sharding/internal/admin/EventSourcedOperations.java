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
public final class EventSourcedOperations<T, S>
    extends SubscriptionOperations<T, EventSourcedSubscription<T, S>>
    implements EventSourcedSubscriptionHandle<T, S> {

  public EventSourcedOperations(
      SubscriptionAdmin operations,
      KeyQueries keyQueries,
      Supplier<EventSourcedSubscription<T, S>> subscription) {
    super(operations, keyQueries, subscription);
  }

  @Override
  public EventSourcedKey<S> key(String key) {
    return new EventSourcedKey<>() {
      @Override
      public CompletionStage<KeyState<S>> state() {
        return keyQueries.state(subscription.get(), key);
      }

      @Override
      public Source<KeyEffect, NotUsed> effects() {
        return keyQueries.effects(subscription.get(), key);
      }
    };
  }
}
