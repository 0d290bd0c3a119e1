package org.perille.internal.hook;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.perille.Delivery;
import org.perille.DeliveryInterceptor;
import org.perille.DeliveryInterceptor.Scope;
import org.perille.Message;
import org.perille.Topic;
import org.perille.internal.failure.UserCode;
import org.perille.internal.log.Storable;

/**
 * The interceptors of a node, whose failures affect no message.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public final class Interceptors {
  /** No interceptors. */
  public static final Interceptors NONE = new Interceptors(List.of());

  /** A scope that was begun, and the interceptor that it belongs to. */
  private record Begun(DeliveryInterceptor interceptor, Scope scope) {}

  private final List<DeliveryInterceptor> interceptors;
  private final FailureLogger failures = new FailureLogger();

  private Interceptors(List<DeliveryInterceptor> interceptors) {
    this.interceptors = interceptors;
  }

  /** Returns the interceptors, in the order of their calls. */
  public static Interceptors of(List<DeliveryInterceptor> interceptors) {
    return interceptors.isEmpty() ? NONE : new Interceptors(List.copyOf(interceptors));
  }

  /** Returns whether there are none. */
  public boolean areNone() {
    return interceptors.isEmpty();
  }

  /** Returns a message with the headers that the interceptors add. */
  public <T> Message<T> published(Topic<T> topic, Message<T> message) {
    Message<T> result = message;
    for (DeliveryInterceptor interceptor : interceptors) {
      result = withHeaders(interceptor, topic, result);
    }
    return result;
  }

  private <T> Message<T> withHeaders(
      DeliveryInterceptor interceptor, Topic<T> topic, Message<T> message) {
    boolean interrupted = Thread.currentThread().isInterrupted();
    try {
      Map<String, String> headers = new LinkedHashMap<>();
      interceptor.headersOf(topic, message).forEach((name, text) -> add(headers, name, text));
      headers.putAll(message.headers());
      return message.withHeaders(headers);
    } catch (Throwable e) {
      failures.log(name(interceptor), e);
      return message;
    } finally {
      restoreInterrupt(interrupted);
    }
  }

  /** Adds a header that every storage can store. Another one would make the publish fail. */
  private static void add(Map<String, String> headers, String name, String text) {
    if (Storable.problemOf(name).isPresent() || Storable.problemOf(text).isPresent()) {
      throw new IllegalArgumentException("header '" + Storable.cleaned(name) + "' can't be stored");
    }
    headers.put(name, text);
  }

  /** Logs that a message is published without the interceptors' headers. */
  public void leftOut(String reason) {
    // Any of them may have added too much.
    String all = interceptors.stream().map(Interceptors::name).collect(Collectors.joining(" or "));
    failures.log(all, new IllegalArgumentException(reason));
  }

  private static String name(DeliveryInterceptor interceptor) {
    return interceptor.getClass().getName();
  }

  /** Begins the attempt at a message. The scope that it returns never throws, and ends once. */
  Scope enter(String subscription, Delivery<?> delivery) {
    if (interceptors.isEmpty()) {
      return Scope.NONE;
    }
    List<Begun> begun = new ArrayList<>(interceptors.size());
    for (DeliveryInterceptor interceptor : interceptors) {
      boolean interrupted = Thread.currentThread().isInterrupted();
      try {
        Scope scope = interceptor.enter(subscription, delivery);
        if (scope == null) {
          throw new IllegalStateException("enter returned null instead of a scope");
        }
        begun.add(new Begun(interceptor, scope));
      } catch (Throwable e) {
        failures.log(name(interceptor), e);
      } finally {
        restoreInterrupt(interrupted);
      }
    }
    AtomicBoolean ended = new AtomicBoolean();
    return failure -> {
      if (ended.compareAndSet(false, true)) {
        end(begun, failure);
      }
    };
  }

  private void end(List<Begun> begun, Optional<Throwable> failure) {
    for (int i = begun.size() - 1; i >= 0; i--) {
      boolean interrupted = Thread.currentThread().isInterrupted();
      try {
        begun.get(i).scope().end(failure);
      } catch (Throwable e) {
        failures.log(name(begun.get(i).interceptor()), e);
      } finally {
        restoreInterrupt(interrupted);
      }
    }
  }

  /** Restores the interrupt flag. The thread may be the application's, or run the next handler. */
  private static void restoreInterrupt(boolean interrupted) {
    if (interrupted) {
      Thread.currentThread().interrupt();
    } else {
      UserCode.clearInterrupt();
    }
  }
}
