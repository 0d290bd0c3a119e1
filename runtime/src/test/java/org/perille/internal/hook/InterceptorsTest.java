package org.perille.internal.hook;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.perille.Delivery;
import org.perille.DeliveryInterceptor;
import org.perille.Message;
import org.perille.PerilleMessage;
import org.perille.Topic;

class InterceptorsTest {
  record Order(String key) implements PerilleMessage {}

  private static final Topic<Order> ORDERS = Topic.of("orders", Order.class).keyedBy(Order::key);
  private static final Message<Order> MESSAGE =
      Message.of(new Order("k")).withHeaders(Map.of("own", "1"));

  private final List<String> calls = new ArrayList<>();

  private DeliveryInterceptor adding(Map<String, String> headers) {
    return new DeliveryInterceptor() {
      @Override
      public Map<String, String> headersOf(Topic<?> topic, Message<?> message) {
        return headers;
      }
    };
  }

  private static final DeliveryInterceptor FAILING =
      new DeliveryInterceptor() {
        @Override
        public Map<String, String> headersOf(Topic<?> topic, Message<?> message) {
          throw new StackOverflowError("planned");
        }

        @Override
        public Scope enter(String subscription, Delivery<?> delivery) {
          Thread.currentThread().interrupt();
          throw new LinkageError("planned");
        }
      };

  private DeliveryInterceptor recording(String name) {
    return new DeliveryInterceptor() {
      @Override
      public Scope enter(String subscription, Delivery<?> delivery) {
        calls.add(name + " enters " + subscription);
        return failure -> {
          calls.add(name + " ends " + failure.map(Throwable::getMessage).orElse("well"));
          throw new AssertionError("planned");
        };
      }
    };
  }

  @Test
  void headers_are_added_and_those_of_the_message_remain() {
    Interceptors both =
        Interceptors.of(
            List.of(adding(Map.of("trace", "a", "own", "2")), adding(Map.of("trace", "b"))));
    assertThat(both.published(ORDERS, MESSAGE).headers())
        .isEqualTo(Map.of("own", "1", "trace", "a"));
  }

  @Test
  void an_interceptor_that_fails_or_returns_nonsense_leaves_the_message_as_it_is() {
    Interceptors failing =
        Interceptors.of(
            List.of(
                FAILING, adding(null), adding(Map.of("nul", "\0")), adding(Map.of("trace", "a"))));
    assertThat(failing.published(ORDERS, MESSAGE).headers())
        .isEqualTo(Map.of("own", "1", "trace", "a"));
  }

  @Test
  void scopes_end_in_the_opposite_order_whatever_each_of_them_throws() {
    Interceptors all = Interceptors.of(List.of(recording("a"), FAILING, recording("b")));
    Delivery<Order> delivery = Delivery.builder(new Order("k")).build();
    all.enter("mail", delivery).end(Optional.of(new IllegalStateException("badly")));
    assertThat(calls)
        .containsExactly("a enters mail", "b enters mail", "b ends badly", "a ends badly");
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }
}
