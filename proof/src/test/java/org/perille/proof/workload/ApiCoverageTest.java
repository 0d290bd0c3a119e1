package org.perille.proof.workload;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.perille.CircuitBreaker;
import org.perille.Codec;
import org.perille.Compression;
import org.perille.DeadLetterFilter;
import org.perille.DeadLetters;
import org.perille.DeliveryInterceptor;
import org.perille.Effect;
import org.perille.EventSourcedKey;
import org.perille.EventSourcedSubscription;
import org.perille.EventSourcedSubscriptionHandle;
import org.perille.Limits;
import org.perille.Message;
import org.perille.Nack;
import org.perille.NodeOptions;
import org.perille.OnExhausted;
import org.perille.OnExpired;
import org.perille.Outbox;
import org.perille.OutsideCall;
import org.perille.Perille;
import org.perille.PerilleListener;
import org.perille.Publisher;
import org.perille.Reset;
import org.perille.RetryPolicy;
import org.perille.StartPosition;
import org.perille.Subscription;
import org.perille.SubscriptionHandle;
import org.perille.SubscriptionKey;
import org.perille.Topic;
import org.perille.TopicHandle;
import org.perille.TopicKey;
import org.perille.persistence.JdbcHandler;

/**
 * The suites use the whole API under faults: the simulator, the actor suite, or the fault suite.
 *
 * <p>Each exception has a reason, and their number may only decrease.
 */
class ApiCoverageTest {
  private static final List<Class<?>> API =
      List.of(
          CircuitBreaker.class,
          Codec.class,
          Compression.class,
          DeadLetterFilter.class,
          DeadLetters.class,
          Effect.class,
          EventSourcedSubscription.class,
          JdbcHandler.class,
          Limits.class,
          Message.class,
          Nack.class,
          NodeOptions.class,
          OnExhausted.class,
          OnExpired.class,
          Outbox.class,
          OutsideCall.class,
          Perille.class,
          Publisher.class,
          Reset.class,
          RetryPolicy.class,
          StartPosition.class,
          Subscription.class,
          SubscriptionHandle.class,
          SubscriptionKey.class,
          EventSourcedSubscriptionHandle.class,
          EventSourcedKey.class,
          Topic.class,
          TopicHandle.class,
          TopicKey.class);

  /** Methods that the runtime calls on objects of the program. No program needs them. */
  private static final Set<String> CALLED_BY_THE_RUNTIME =
      Set.of(
          "Codec.Decoder.decode",
          "Codec.Encoder.encode",
          "DeadLetterFilter.matches",
          "Effect.Publication.message",
          "Effect.Publication.topic",
          "JdbcHandler.claim",
          "JdbcHandler.cursorPlace",
          "JdbcHandler.prepare",
          "OutsideCall.BlockingCall.call",
          "OutsideCall.Call.call",
          "OutsideCall.Continuation.after",
          "Reset.position",
          "RetryPolicy.isPermanent",
          "Subscription.limits",
          "Topic.keyOf");

  /**
   * Operations that the simulator requests from the worker or its log directly, without the API.
   */
  private static final Set<String> ASKED_OF_THE_WORKER =
      Set.of(
          "JdbcHandler.ofBatches",
          "Message.delayedBy",
          "Reset.republishing",
          "Reset.toBeginning",
          "Subscription.Draft.atLeastOnceAsync",
          "Subscription.Draft.atMostOnceAsync",
          "SubscriptionHandle.awaitHandled",
          "SubscriptionHandle.pause",
          "SubscriptionHandle.reset",
          "SubscriptionHandle.resume");

  /** Values that apply by default. */
  private static final Set<String> DEFAULTS =
      Set.of("RetryPolicy.standard", "StartPosition.earliest");

  /**
   * Limits shared by nodes that join, leave and crash. A model in the tests of runtime covers them.
   */
  private static final Set<String> MODELLED =
      Set.of(
          "Limits.withConcurrencyInCluster",
          "Limits.withRateInCluster",
          "Limits.withRatePerNode",
          "Subscription.withLimits");

  /** Returns the operations of the API: factories, options, requests, and values of enums. */
  private static Set<String> offered() {
    Set<String> offered = new TreeSet<>();
    for (Class<?> type : API) {
      Stream.concat(Stream.of(type), Arrays.stream(type.getDeclaredClasses()))
          .filter(any -> Modifier.isPublic(any.getModifiers()))
          .forEach(any -> addOffered(any, offered));
    }
    return offered;
  }

  private static void addOffered(Class<?> type, Set<String> offered) {
    if (type.isEnum()) {
      Arrays.stream(type.getEnumConstants())
          .forEach(constant -> offered.add(name(type.getName()) + "." + constant));
      return;
    }
    for (Method method : type.getDeclaredMethods()) {
      boolean asks =
          Modifier.isStatic(method.getModifiers())
              || method.getParameterCount() > 0
              || API.contains(method.getReturnType());
      if (Modifier.isPublic(method.getModifiers())
          && !method.isSynthetic()
          && asks
          && !method.getName().equals("equals")) {
        offered.add(name(type.getName()) + "." + method.getName());
      }
    }
  }

  private static Set<String> constants(String type) {
    return API.stream()
        .filter(any -> any.isEnum() && name(any.getName()).equals(type))
        .flatMap(any -> Arrays.stream(any.getEnumConstants()))
        .map(constant -> type + "." + constant)
        .collect(Collectors.toSet());
  }

  private static Set<String> used() {
    Set<String> used = new TreeSet<>();
    for (JavaClass type : new ClassFileImporter().importPath(Path.of("target/classes"))) {
      // The fuzzer only creates options. No message is handled with them.
      if (type.getPackageName().equals("org.perille.proof.fuzz")) {
        continue;
      }
      for (JavaAccess<?> access : type.getAccessesFromSelf()) {
        String owner = name(access.getTargetOwner().getName());
        used.add(owner + "." + access.getTarget().getName());
        if (access.getTarget().getName().equals("values")) {
          // The code chooses any of the constants.
          used.addAll(constants(owner));
        }
      }
    }
    return used;
  }

  private static Set<String> difference(Set<String> all, Set<String> some) {
    Set<String> difference = new TreeSet<>(all);
    difference.removeAll(some);
    return difference;
  }

  private static String name(String className) {
    return className.substring(className.lastIndexOf('.') + 1).replace('$', '.');
  }

  @Test
  void hooks_of_the_workload_fail_in_every_method() {
    List<Class<?>> hooks = List.of(PerilleListener.class, DeliveryInterceptor.class);
    List<Class<?>> hostile = List.of(HostileHooks.class.getDeclaredClasses());
    for (Class<?> hook : hooks) {
      Set<String> overridden =
          hostile.stream()
              .filter(hook::isAssignableFrom)
              .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
              .map(Method::getName)
              .collect(Collectors.toSet());
      assertThat(overridden)
          .as(hook.getSimpleName())
          .containsAll(
              Arrays.stream(hook.getDeclaredMethods())
                  .filter(Method::isDefault)
                  .map(Method::getName)
                  .toList());
    }
  }

  @Test
  void everything_that_the_api_offers_is_exercised_under_faults() {
    Set<String> missing = difference(offered(), used());
    Set<String> exceptions =
        Stream.of(CALLED_BY_THE_RUNTIME, ASKED_OF_THE_WORKER, DEFAULTS, MODELLED)
            .flatMap(Set::stream)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(difference(missing, exceptions))
        .as("what the API offers and no workload uses: let one use it")
        .isEmpty();
    assertThat(difference(exceptions, missing))
        .as("exceptions that aren't needed any more: take them from the list")
        .isEmpty();
  }
}
