package org.perille.testkit;

import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.perille.Definition;

/**
 * A {@link PerilleTestKit} for JUnit 5: started before the tests, closed after them, and given to
 * those that have a parameter of its class.
 *
 * <pre>{@code
 * @RegisterExtension
 * final PerilleExtension perille = PerilleExtension.of(payment);
 *
 * @Test
 * void an_order_is_paid(PerilleTestKit kit) {
 *   kit.publish(orders, new Order("o-1", 5));
 *   kit.awaitAllHandled();
 * }
 * }</pre>
 *
 * <p>In a field of the object each test has a kit of its own, which knows nothing of the tests
 * before it; that costs some tenths of a second. In a static field all tests of the class share
 * one, with what the tests before have left in it.
 *
 * <p>When a test fails, how its subscriptions were doing is added to the failure.
 */
public final class PerilleExtension
    implements BeforeAllCallback,
        AfterAllCallback,
        BeforeEachCallback,
        AfterEachCallback,
        AfterTestExecutionCallback,
        ParameterResolver {

  /** Says how the subscriptions were doing when a test failed. */
  private static final class SubscriptionsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SubscriptionsException(String description) {
      super(System.lineSeparator() + description, null, false, false);
    }
  }

  private final Consumer<PerilleTestKit> preparation;
  private Optional<PerilleTestKit> kit = Optional.empty();
  private boolean shared;

  private PerilleExtension(Consumer<PerilleTestKit> preparation) {
    this.preparation = preparation;
  }

  /** A kit with these topics and subscriptions. */
  public static PerilleExtension of(Definition... definitions) {
    return preparedBy(kit -> kit.register(definitions));
  }

  /** A kit that is made ready by this: tables created, subscriptions registered that need them. */
  public static PerilleExtension preparedBy(Consumer<PerilleTestKit> preparation) {
    return new PerilleExtension(Objects.requireNonNull(preparation, "preparation"));
  }

  /**
   * The kit.
   *
   * @throws IllegalStateException if no test is running
   */
  public PerilleTestKit kit() {
    return kit.orElseThrow(
        () ->
            new IllegalStateException(
                "there is no kit outside of tests: is the extension in a field with @RegisterExtension?"));
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    shared = true;
    start();
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    if (!shared) {
      start();
    }
  }

  private void start() {
    PerilleTestKit started = PerilleTestKit.start();
    kit = Optional.of(started);
    preparation.accept(started);
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    context
        .getExecutionException()
        .ifPresent(failure -> kit.ifPresent(running -> explain(failure, running)));
  }

  private static void explain(Throwable failure, PerilleTestKit running) {
    try {
      failure.addSuppressed(new SubscriptionsException(running.describe()));
    } catch (RuntimeException | AssertionError e) {
      failure.addSuppressed(e);
    }
  }

  @Override
  public void afterEach(ExtensionContext context) {
    if (!shared) {
      close();
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    shared = false;
    close();
  }

  private void close() {
    kit.ifPresent(PerilleTestKit::close);
    kit = Optional.empty();
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == PerilleTestKit.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return kit();
  }
}
