package org.perille.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.perille.Delivery;
import org.perille.spi.CursorState;
import org.perille.spi.TransactionalHandler;

class WatchedTransactionsTest {
  private static final Delivery<Order> ONE = Delivery.builder(Order.of(1)).build();

  private final List<String> calls = new ArrayList<>();

  /** A store that calls all parts of the worker in the order in which a real one does. */
  private static final class Store implements TransactionalHandler<Order> {
    @Override
    public void prepare(Config config) {}

    @Override
    public Claim<Order> claim(String topic, String subscription, int partition) {
      return new Claim<>() {
        @Override
        public long epoch() {
          return 7;
        }

        @Override
        public Optional<CursorState> stored() {
          return Optional.empty();
        }

        @Override
        public CursorState change(Function<Optional<CursorState>, CursorState> change) {
          return change.apply(Optional.empty());
        }

        @Override
        public Duration process(List<Delivery<Order>> deliveries, Advance advance) {
          advance.begin();
          advance.beforeCall();
          CursorState unused = advance.apply(null, List.of(0L));
          return Duration.ofMillis(3);
        }
      };
    }
  }

  private final class Worker implements TransactionalHandler.Advance {
    @Override
    public void begin() {
      calls.add("begin");
    }

    @Override
    public void beforeCall() {
      calls.add("before the call");
    }

    @Override
    public CursorState apply(CursorState current, List<Long> finishedOffsets) {
      calls.add("advance by " + finishedOffsets);
      return current;
    }
  }

  @Test
  void a_watched_transaction_has_all_parts_of_one_that_is_not_watched() throws Exception {
    HandlerProbe<Order> probe =
        new HandlerProbe<>(HandlerProbe.CrashedException::new, new CountDownLatch(1));
    TransactionalHandler.Claim<Order> claim =
        new WatchedTransactions<>(new Store(), probe).claim("orders", "payment", 0);
    assertThat(claim.epoch()).isEqualTo(7);
    assertThat(claim.process(List.of(ONE), new Worker())).isEqualTo(Duration.ofMillis(3));
    assertThat(calls).containsExactly("begin", "before the call", "advance by [0]");
    assertThat(probe.log().attempts()).hasSize(1);
  }
}
