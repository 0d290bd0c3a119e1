package org.perille.testkit.idempotence;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.perille.Definition;
import org.perille.EventSourcedSubscription;
import org.perille.Message;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.spi.Processing;
import org.perille.testkit.CrashPoint;
import org.perille.testkit.PerilleTestKit;

/** Handles the messages on a real node, once undisturbed and once with crashes. */
final class EndToEnd<T> {
  /** The limit of advancing the clock: longer than all attempts of any reasonable policy. */
  private static final Duration LONG = Duration.ofDays(1);

  private final Handling.Subscriber<T> subscriber;
  private final Consumer<World> preparation;
  private final Optional<Function<World, ? extends Iterable<?>>> effect;

  EndToEnd(
      Handling.Subscriber<T> subscriber,
      Consumer<World> preparation,
      Optional<Function<World, ? extends Iterable<?>>> effect) {
    this.subscriber = subscriber;
    this.preparation = preparation;
    this.effect = effect;
  }

  /**
   * Returns the differences between the effects with and without crashes. The order among keys
   * doesn't matter.
   */
  List<String> differences(Messages<T> messages, Collection<Topic<?>> topics) {
    List<String> right = run(messages, topics, false);
    return Differences.of(sorted(right), sorted(run(messages, topics, true))).words();
  }

  private static List<String> sorted(List<String> pieces) {
    return pieces.stream().sorted().toList();
  }

  private List<String> run(Messages<T> messages, Collection<Topic<?>> topics, boolean disturbed) {
    World world = new World(new HandlerRun(new Steps(Disturbance.NONE)));
    Map<String, String> relayed = new ConcurrentHashMap<>();
    try (PerilleTestKit kit = PerilleTestKit.start(topics.toArray(Topic<?>[]::new))) {
      preparation.accept(world);
      Subscription<T> subscription = subscriber.subscribe(world);
      kit.register(definitions(world, subscription, relayed));
      if (disturbed) {
        disturb(kit, subscription, messages);
      }
      for (Message<T> message : messages.withIds()) {
        kit.letTimePassUntilHandled(subscription, kit.publish(subscription.topic(), message), LONG);
      }
      if (world.usedOutbox().isPresent()) {
        kit.awaitAllHandled();
      }
      List<String> effect = effect(world, kit, subscription, messages);
      relayed.values().forEach(message -> effect.add("published to " + message));
      return effect;
    } finally {
      Trial.close(world);
    }
  }

  /**
   * Returns the subscription, the outbox that its handler uses, and subscriptions of what the
   * outbox relays.
   *
   * @param relayed receives the messages by the places where they are stored
   */
  private static Definition[] definitions(
      World world, Subscription<?> subscription, Map<String, String> relayed) {
    List<Definition> all = new ArrayList<>(List.of(subscription));
    world.usedOutbox().ifPresent(all::add);
    world.outboxTopics().forEach(topic -> all.add(reader(topic, relayed)));
    return all.toArray(Definition[]::new);
  }

  private static <M> Subscription<M> reader(Topic<M> topic, Map<String, String> relayed) {
    return Subscription.of("idempotence-check", topic)
        .atLeastOnce(
            delivery -> {
              relayed.put(
                  topic.name() + "/" + delivery.partition() + "/" + delivery.offset(),
                  topic.name() + ": " + delivery.payload());
            });
  }

  private void disturb(PerilleTestKit kit, Subscription<T> subscription, Messages<T> messages) {
    T first = messages.value(0);
    T last = messages.value(messages.size() - 1);
    kit.faults(subscription).on(first::equals).crash(CrashPoint.BEFORE_COMMIT);
    kit.faults(subscription).on(first::equals).loseAnswer();
    kit.faults(subscription)
        .on(last::equals)
        .crash(
            Processing.of(subscription) instanceof Processing.Transactional
                ? CrashPoint.AFTER_COMMIT
                : CrashPoint.BEFORE_COMMIT);
  }

  private List<String> effect(
      World world, PerilleTestKit kit, Subscription<T> subscription, Messages<T> messages) {
    List<String> pieces = new ArrayList<>();
    effect.ifPresent(read -> read.apply(world).forEach(piece -> pieces.add(String.valueOf(piece))));
    if (subscription instanceof EventSourcedSubscription<T, ?> eventSourced) {
      for (String key : keys(subscription, messages)) {
        pieces.add("state of key " + key + ": " + kit.state(eventSourced, key));
      }
    }
    return pieces;
  }

  private SortedSet<String> keys(Subscription<T> subscription, Messages<T> messages) {
    SortedSet<String> keys = new TreeSet<>();
    messages.all().forEach(message -> keys.add(subscription.topic().keyOf(message.payload())));
    return keys;
  }
}
