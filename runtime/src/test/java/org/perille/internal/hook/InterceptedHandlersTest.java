package org.perille.internal.hook;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import java.io.Serial;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perille.Delivery;
import org.perille.DeliveryInterceptor;
import org.perille.NodeOptions;
import org.perille.PerilleListener;
import org.perille.PerilleMessage;
import org.perille.internal.failure.UserCode;
import org.perille.spi.CursorState;
import org.perille.spi.Processing;
import org.perille.spi.TransactionalHandler;

class InterceptedHandlersTest {
  record Order(String key) implements PerilleMessage {}

  private static final class Unreadable extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    @Override
    public String getMessage() {
      throw new NoClassDefFoundError("planned");
    }
  }

  private static final Delivery<Order> ONE = Delivery.builder(new Order("one")).build();
  private static final Delivery<Order> TWO = Delivery.builder(new Order("two")).build();

  private final List<String> calls = new ArrayList<>();
  private final BlockingQueue<PerilleListener.Handled> handled = new LinkedBlockingQueue<>();

  private final Hooks hooks =
      Hooks.of(
          NodeOptions.none()
              .withInterceptor(
                  new DeliveryInterceptor() {
                    @Override
                    public Scope enter(String subscription, Delivery<?> delivery) {
                      String key = ((Order) delivery.payload()).key();
                      calls.add("enter " + key);
                      return failure ->
                          calls.add(
                              "end %s: %s"
                                  .formatted(key, failure.map(UserCode::messageOf).orElse("well")));
                    }
                  })
              .withListener(
                  new PerilleListener() {
                    @Override
                    public void handled(Handled event) {
                      handled.add(event);
                    }
                  }));

  @AfterEach
  void close() {
    hooks.listeners().close();
  }

  private <P extends Processing<Order>> P around(P processing) {
    @SuppressWarnings("unchecked") // wrapping keeps the kind
    P wrapped = (P) InterceptedHandlers.around("mail", processing, hooks);
    return wrapped;
  }

  @Test
  void without_hooks_the_handler_itself_is_called() {
    Processing<Order> own = new Processing.Blocking<>(delivery -> {});
    assertThat(InterceptedHandlers.around("mail", own, Hooks.of(NodeOptions.none()))).isSameAs(own);
    assertThat(Hooks.of(NodeOptions.none())).isSameAs(Hooks.NONE);
  }

  @Test
  void a_scope_ends_when_the_stage_of_its_handler_does_and_with_its_failure() {
    CompletableFuture<Object> stage = new CompletableFuture<>();
    Processing.Async<Order> async = around(new Processing.Async<>(delivery -> stage));
    CompletableFuture<?> result = handle(async);
    assertThat(calls).containsExactly("enter one");
    assertThat(result).isNotDone();
    stage.completeExceptionally(new IllegalStateException("planned"));
    assertThat(result).isCompletedExceptionally();
    assertThat(calls).containsExactly("enter one", "end one: planned");
  }

  @Test
  void a_stage_whose_failure_can_not_be_read_fails_like_any_other() {
    Processing.Async<Order> async =
        around(
            new Processing.Async<>(delivery -> CompletableFuture.failedFuture(new Unreadable())));
    assertThat(handle(async).isCompletedExceptionally()).isTrue();
    assertThat(calls)
        .containsExactly(
            "enter one",
            "end one: (no message: getMessage() threw java.lang.NoClassDefFoundError)");
  }

  private static CompletableFuture<?> handle(Processing.Async<Order> async) {
    try {
      return async.handler().handle(ONE).toCompletableFuture();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** A claim whose transaction calls no handler, and fails if it is to. */
  private record FakeHandler(Optional<Exception> beforeBegin, Optional<Exception> failure)
      implements TransactionalHandler<Order>, TransactionalHandler.Claim<Order> {
    @Override
    public void prepare(Config config) {}

    @Override
    public Claim<Order> claim(String topic, String subscription, int partition) {
      return this;
    }

    @Override
    public long epoch() {
      return 1;
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
    public Duration process(List<Delivery<Order>> deliveries, Advance advance)
        throws EffectFailedException, NotStartedException {
      if (beforeBegin.isPresent()) {
        throw new NotStartedException("no connection", beforeBegin.get());
      }
      advance.begin();
      if (failure.isPresent()) {
        throw new EffectFailedException(1, failure.get());
      }
      return Duration.ofMillis(7);
    }
  }

  private void process(Optional<Exception> beforeBegin, Optional<Exception> failure)
      throws Exception {
    Processing.Transactional<Order> wrapped =
        around(new Processing.Transactional<>(new FakeHandler(beforeBegin, failure)));
    Duration unused =
        wrapped
            .handler()
            .claim("orders", "mail", 3)
            .process(List.of(ONE, TWO), (current, finished) -> current);
  }

  @Test
  void messages_of_one_transaction_have_a_scope_each_and_one_event() throws Exception {
    process(Optional.empty(), Optional.empty());
    assertThat(calls).containsExactly("enter one", "enter two", "end two: well", "end one: well");
    PerilleListener.Handled event = handled.poll(180, SECONDS);
    assertThat(event.messages()).isEqualTo(2);
    assertThat(event.time()).isEqualTo(Duration.ofMillis(7));
    assertThat(event.place().subscription()).isEqualTo("mail");
  }

  @Test
  void a_failed_transaction_ends_the_scopes_with_the_failure_of_its_handler() {
    assertThatThrownBy(
            () -> process(Optional.empty(), Optional.of(new IllegalStateException("planned"))))
        .isInstanceOf(TransactionalHandler.EffectFailedException.class);
    assertThat(calls)
        .containsExactly("enter one", "enter two", "end two: planned", "end one: planned");
  }

  @Test
  void a_transaction_without_a_connection_is_no_attempt() {
    assertThatThrownBy(
            () -> process(Optional.of(new IllegalStateException("planned")), Optional.empty()))
        .isInstanceOf(TransactionalHandler.NotStartedException.class);
    assertThat(calls).isEmpty();
  }
}
