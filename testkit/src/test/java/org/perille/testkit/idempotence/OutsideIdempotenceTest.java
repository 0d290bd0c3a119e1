package org.perille.testkit.idempotence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.perille.Effect;
import org.perille.Handler;
import org.perille.OutsideCall;
import org.perille.PerilleMessage;
import org.perille.Subscription;
import org.perille.Topic;

class OutsideIdempotenceTest {
  record Charged(String id, String charge) implements PerilleMessage {}

  private static final Topic<Charged> CHARGED =
      Topic.of("charged", Charged.class).keyedBy(Charged::id);

  /** The provider, as the handlers see it. */
  interface Provider {
    String charge(String idempotencyKey, int amount);
  }

  /** A provider that charges once for each key, and repeats its first answer. */
  static final class FakeProvider implements Provider {
    private final Map<String, String> charges = new LinkedHashMap<>();

    @Override
    public String charge(String idempotencyKey, int amount) {
      return charges.computeIfAbsent(
          idempotencyKey, key -> "charge " + (charges.size() + 1) + " of " + amount);
    }

    List<String> charges() {
      return List.copyOf(charges.values());
    }
  }

  /** A provider that charges at each call. */
  static final class ForgetfulProvider implements Provider {
    private final List<String> charges = new ArrayList<>();

    @Override
    public String charge(String idempotencyKey, int amount) {
      charges.add("charge of " + amount);
      return charges.get(charges.size() - 1);
    }
  }

  @Test
  void a_handler_that_passes_the_delivery_id_on_is_effectively_once() {
    IdempotenceReport report =
        check(
                provider ->
                    delivery -> provider.charge(delivery.deliveryId(), delivery.payload().amount()))
            .assertEffectivelyOnce();
    // Before, after one call, after the handler, after the acknowledgement; a lost answer, and a
    // lost request.
    assertThat(report.crashPoints()).isEqualTo(3 * 6);
  }

  @Test
  void an_async_handler_is_checked_as_well() {
    IdempotenceCheck.of(
            world -> {
              Provider provider = world.outside(Provider.class, FakeProvider::new);
              return Subscription.of("charge", Payment.TOPIC)
                  .atLeastOnceAsync(
                      delivery ->
                          CompletableFuture.supplyAsync(
                              () ->
                                  provider.charge(
                                      delivery.deliveryId(), delivery.payload().amount())));
            })
        .effect(world -> world.fake(FakeProvider.class).charges())
        .messages(Payment.THREE)
        .assertEffectivelyOnce();
  }

  @Test
  void a_call_whose_result_is_kept_is_effectively_once_with_what_follows_from_it() {
    IdempotenceReport report = outsideCall(FakeProvider::new).assertEffectivelyOnce();
    assertThat(report.crashPoints()).isGreaterThan(15);
  }

  private static IdempotenceCheck<Payment> outsideCall(java.util.function.Supplier<Provider> fake) {
    return IdempotenceCheck.of(
            world -> {
              Provider provider = world.outside(Provider.class, fake);
              return Subscription.of("charge", Payment.TOPIC)
                  .atLeastOnce(
                      OutsideCall.of(
                          d -> provider.charge(d.deliveryId(), d.payload().amount()),
                          (d, charge) ->
                              Effect.none()
                                  .publish(CHARGED, new Charged(d.payload().id(), charge))));
            })
        .effect(
            world ->
                world.fake(Provider.class) instanceof FakeProvider provider
                    ? provider.charges()
                    : world.fake(ForgetfulProvider.class).charges)
        .messages(Payment.THREE);
  }

  @Test
  void what_passes_also_does_on_a_real_node_that_crashes() {
    outsideCall(FakeProvider::new).endToEnd().assertEffectivelyOnce();
  }

  @Test
  void a_provider_that_forgets_its_keys_is_found() {
    assertThatThrownBy(() -> outsideCall(ForgetfulProvider::new).assertEffectivelyOnce())
        .isInstanceOf(AssertionError.class)
        .hasMessageContainingAll(
            "charge of 5 is there twice",
            "because Provider.charge was called again with the same delivery id, and did it again: the other side must recognise the id");
  }

  @Test
  void a_provider_that_only_knows_its_latest_key_is_found() {
    class Shortsighted implements Provider {
      private final List<String> charges = new ArrayList<>();
      private String latest = "";

      @Override
      public String charge(String idempotencyKey, int amount) {
        if (!idempotencyKey.equals(latest)) {
          charges.add("charge of " + amount);
          latest = idempotencyKey;
        }
        return latest;
      }
    }
    assertThatThrownBy(
            () ->
                IdempotenceCheck.of(
                        world -> {
                          Provider provider = world.outside(Provider.class, Shortsighted::new);
                          return Subscription.of("charge", Payment.TOPIC)
                              .atLeastOnce(
                                  d -> provider.charge(d.deliveryId(), d.payload().amount()));
                        })
                    .effect(world -> world.fake(Shortsighted.class).charges)
                    .messages(Payment.THREE)
                    .assertEffectivelyOnce())
        .isInstanceOf(AssertionError.class)
        .hasMessageContainingAll(
            "crash after the acknowledgements, before any cursor is durable of message 2",
            "charge of 5 is there twice");
  }

  @Test
  void a_random_id_instead_of_the_delivery_id_is_found() {
    assertFound(
        provider ->
            delivery -> provider.charge(UUID.randomUUID().toString(), delivery.payload().amount()),
        "crash after call 1 of message 1, Payment[id=p-1, customer=anna, amount=5], Provider.charge(",
        "charge 2 of 5 is there, and should not be",
        "because Provider.charge was called with '",
        "the other side can't tell that it is a repetition. Give it Delivery.deliveryId(), which stays the same");
  }

  @Test
  void the_time_or_a_count_instead_of_the_delivery_id_is_found() {
    int[] count = {0};
    assertFound(
        provider -> delivery -> provider.charge("call " + count[0]++, delivery.payload().amount()),
        "because Provider.charge was called with 'call");
  }

  @Test
  void the_number_of_the_attempt_in_the_id_is_found() {
    assertFound(
        provider ->
            delivery ->
                provider.charge(
                    delivery.payload().id() + "#" + delivery.attempt(),
                    delivery.payload().amount()),
        "the answer is lost of call 1",
        "because Provider.charge was called with 'p-1#1' as argument 1, and with 'p-1#2' when the message came again");
  }

  @Test
  void a_handler_that_notes_what_it_will_do_before_it_does_it_is_found() {
    assertFound(
        provider -> {
          Set<String> noted = new HashSet<>();
          return delivery -> {
            if (noted.add(delivery.deliveryId())) {
              provider.charge(delivery.deliveryId(), delivery.payload().amount());
            }
          };
        },
        "failure of call 1 of message 1",
        "charge 1 of 5 is missing",
        "because the handler considered the repeated message done: it recorded that before the effect");
  }

  @Test
  void a_handler_that_looks_before_it_leaps_is_found() {
    Set<String> charged = ConcurrentHashMap.newKeySet();
    assertThatThrownBy(
            () ->
                IdempotenceCheck.of(
                        world -> {
                          Provider provider = world.outside(Provider.class, ForgetfulProvider::new);
                          return Subscription.of("charge", Payment.TOPIC)
                              .atLeastOnce(
                                  delivery -> {
                                    if (!charged.contains(delivery.deliveryId())) {
                                      provider.charge("", delivery.payload().amount());
                                      charged.add(delivery.deliveryId());
                                    }
                                  });
                        })
                    .prepare(world -> charged.clear())
                    .effect(world -> world.fake(ForgetfulProvider.class).charges)
                    .messages(Payment.THREE)
                    .assertEffectivelyOnce())
        .isInstanceOf(AssertionError.class)
        .hasMessageContainingAll(
            "charge of 5 is there twice",
            "because Provider.charge was called again, and nothing it was given is the delivery id 'charge/payments/0/0'");
  }

  @Test
  void a_handler_that_cannot_run_is_said_to_fail_and_why() {
    assertThatThrownBy(
            () ->
                check(
                        provider ->
                            delivery -> {
                              throw new IllegalStateException("no provider");
                            })
                    .assertEffectivelyOnce())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("NOT checked: the handler fails without any fault injected")
        .hasMessageNotContaining("NOT effectively-once")
        .hasRootCauseMessage("no provider");
  }

  private static void assertFound(Function<Provider, Handler<Payment>> handler, String... words) {
    assertThatThrownBy(() -> check(handler).assertEffectivelyOnce())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("NOT effectively-once")
        .hasMessageContainingAll(words);
  }

  private static IdempotenceCheck<Payment> check(Function<Provider, Handler<Payment>> handler) {
    return IdempotenceCheck.of(
            world ->
                Subscription.of("charge", Payment.TOPIC)
                    .atLeastOnce(handler.apply(world.outside(Provider.class, FakeProvider::new))))
        .effect(world -> world.fake(FakeProvider.class).charges())
        .messages(Payment.THREE);
  }
}
