package org.perille.testkit.idempotence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.MessageId;
import org.perille.PerilleMessage;
import org.perille.Subscription;
import org.perille.Topic;

class EventSourcedIdempotenceTest {
  record Balance(long amount) implements PerilleMessage {}

  record Booked(String id, long amount) implements PerilleMessage {}

  record Booking(String id, long balance) implements PerilleMessage {}

  private static final Topic<Booking> BOOKINGS =
      Topic.of("bookings", Booking.class).keyedBy(Booking::id);

  /** Something that the handler must not call. */
  interface Mails {
    void send(String text);
  }

  static final class FakeMails implements Mails {
    private final List<String> sent = new ArrayList<>();

    @Override
    public void send(String text) {
      sent.add(text);
    }
  }

  /** Books a payment, publishes the booking, and replies. */
  private static class Ledger implements EventSourcedHandler<Payment, Balance, Booked> {
    @Override
    public Class<Balance> stateType() {
      return Balance.class;
    }

    @Override
    public Class<Booked> eventType() {
      return Booked.class;
    }

    @Override
    public Balance emptyState() {
      return new Balance(0);
    }

    @Override
    public Effect<Booked> handle(Balance balance, Delivery<Payment> delivery) {
      Payment payment = delivery.payload();
      return Effect.of(new Booked(payment.id(), payment.amount()))
          .publish(BOOKINGS, new Booking(payment.id(), balance.amount() + payment.amount()))
          .reply("booked " + payment.id());
    }

    @Override
    public Balance apply(Balance balance, Booked event) {
      return new Balance(balance.amount() + event.amount());
    }
  }

  @Test
  void a_handler_that_only_decides_is_effectively_once() {
    IdempotenceReport report = check(world -> new Ledger()).assertEffectivelyOnce();
    // Decided, stored, answered, published, finished: five crashes, and a write that fails.
    assertThat(report.crashPoints()).isEqualTo(3 * 6);
  }

  @Test
  void what_passes_also_does_on_a_real_node_that_crashes() {
    check(world -> new Ledger()).endToEnd().assertEffectivelyOnce();
  }

  /** The node may crash before the receipt arrives; a message with an id is published again. */
  @Test
  void a_real_node_may_crash_while_a_message_without_an_id_is_published() {
    Queue<String> ids = new ConcurrentLinkedQueue<>();
    check(
            world ->
                new Ledger() {
                  @Override
                  public Effect<Booked> handle(Balance balance, Delivery<Payment> delivery) {
                    delivery.messageId().map(MessageId::value).ifPresent(ids::add);
                    return super.handle(balance, delivery);
                  }
                })
        .endToEnd()
        .assertEffectivelyOnce();
    assertThat(Set.copyOf(ids)).hasSameSizeAs(Payment.THREE);
  }

  @Test
  void a_handler_that_only_publishes_is_effectively_once() {
    IdempotenceCheck.of(
            world ->
                Subscription.of("forward", Payment.TOPIC)
                    .effectivelyOnce(
                        delivery ->
                            Effect.none()
                                .publish(BOOKINGS, new Booking(delivery.payload().id(), 0))))
        .messages(Payment.THREE)
        .assertEffectivelyOnce();
  }

  @Test
  void a_side_effect_inside_handle_is_found() {
    assertThatThrownBy(
            () ->
                check(
                        world -> {
                          Mails mails = world.outside(Mails.class, FakeMails::new);
                          return new Ledger() {
                            @Override
                            public Effect<Booked> handle(
                                Balance balance, Delivery<Payment> delivery) {
                              mails.send("booked " + delivery.payload().id());
                              return super.handle(balance, delivery);
                            }
                          };
                        })
                    .assertEffectivelyOnce())
        .isInstanceOf(AssertionError.class)
        .hasMessageContainingAll(
            "crash after call 1 of message 1",
            "call Mails.send(booked p-1) is there twice",
            "because handle only decides, and is called again when its answer could not be stored; it calls Mails.send");
  }

  @Test
  void a_handler_that_decides_otherwise_when_it_is_asked_again_is_found() {
    assertThatThrownBy(
            () ->
                check(
                        world ->
                            new Ledger() {
                              private boolean asked;

                              @Override
                              public Effect<Booked> handle(
                                  Balance balance, Delivery<Payment> delivery) {
                                Payment payment = delivery.payload();
                                boolean first = !asked;
                                asked = true;
                                return first || !payment.id().equals("p-1")
                                    ? super.handle(balance, delivery)
                                    : Effect.none();
                              }
                            })
                    .assertEffectivelyOnce())
        .isInstanceOf(AssertionError.class)
        .hasMessageContainingAll(
            "the write fails after the handler, before its answer is stored of message 1",
            "asked again about Payment[id=p-1, customer=anna, amount=5] in the same state, it answered events [], publications [], reply none instead of events [Booked[id=p-1, amount=5]]",
            "handle depends on something else than the state and the delivery");
  }

  @Test
  void a_random_id_in_an_event_is_found() {
    assertThatThrownBy(
            () ->
                check(
                        world ->
                            new Ledger() {
                              @Override
                              public Effect<Booked> handle(
                                  Balance balance, Delivery<Payment> delivery) {
                                return super.handle(balance, delivery)
                                    .publish(
                                        BOOKINGS, new Booking(UUID.randomUUID().toString(), 0));
                              }
                            })
                    .assertEffectivelyOnce())
        .isInstanceOf(AssertionError.class)
        .hasMessageContainingAll(
            "without any crash, in a second run",
            "because the effect depends on something else than the messages, such as a random id");
  }

  /** A mutable state. */
  static final class Purse {
    private long amount;

    @Override
    public String toString() {
      return "Purse of " + amount;
    }
  }

  @Test
  void a_state_that_is_changed_in_place_is_found() {
    class Spoiling implements EventSourcedHandler<Payment, Purse, Booked> {
      private final Purse empty = new Purse();

      @Override
      public Class<Purse> stateType() {
        return Purse.class;
      }

      @Override
      public Class<Booked> eventType() {
        return Booked.class;
      }

      @Override
      public Purse emptyState() {
        return empty;
      }

      @Override
      public Effect<Booked> handle(Purse purse, Delivery<Payment> delivery) {
        return Effect.of(new Booked(delivery.payload().id(), delivery.payload().amount()));
      }

      @Override
      public Purse apply(Purse purse, Booked event) {
        purse.amount += event.amount();
        return purse;
      }
    }
    assertThatThrownBy(
            () ->
                IdempotenceCheck.of(
                        world ->
                            Subscription.of("ledger", Payment.TOPIC)
                                .effectivelyOnce(new Spoiling()))
                    .messages(Payment.THREE)
                    .assertEffectivelyOnce())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("do handle or apply change a state in place");
  }

  private static IdempotenceCheck<Payment> check(
      java.util.function.Function<World, Ledger> ledger) {
    return IdempotenceCheck.of(
            world -> Subscription.of("ledger", Payment.TOPIC).effectivelyOnce(ledger.apply(world)))
        .messages(Payment.THREE);
  }
}
