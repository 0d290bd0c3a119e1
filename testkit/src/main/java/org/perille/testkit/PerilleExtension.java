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
 * A {@link PerilleTestKit} for JUnit 5.
 *
 * <p>It is started before the tests, closed after them, and passed to tests with a parameter of its
 * class.
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
 * <p>In an instance field each test has a kit of its own, without state of the tests before it.
 * That takes some tenths of a second. In a static field all tests of the class share one, with the
 * state of the tests before.
 *
 * <p>When a test fails, the state of its subscriptions is added to the failure.
 */
public final class PerilleExtension
    implements BeforeAllCallback,
        AfterAllCallback,
        BeforeEachCallback,
        AfterEachCallback,
        AfterTestExecutionCallback,
        ParameterResolver {

  /** The state of the subscriptions at the failure of a test. */
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

  /** Returns an extension whose kit has these topics and subscriptions. */
  public static PerilleExtension of(Definition... definitions) {
    return preparedBy(kit -> kit.register(definitions));
  }

  /**
   * Returns an extension whose kit is prepared by an action.
   *
   * <p>The action creates tables, for example, and registers subscriptions that need them.
   */
  public static PerilleExtension preparedBy(Consumer<PerilleTestKit> preparation) {
    return new PerilleExtension(Objects.requireNonNull(preparation, "preparation"));
  }

  /**
   * Returns the kit.
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
