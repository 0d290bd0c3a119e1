package org.perille.spring.internal;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.concurrent.CompletionStage;
import org.perille.ConfigurationException;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.Guarantee;
import org.perille.PublishingHandler;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.spring.SpringTransactions;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.core.ResolvableType;
import org.springframework.util.ReflectionUtils;

/** A method of a bean that handles messages. */
final class HandlerMethod {
  private final Object bean;
  private final Method declared;
  private final Method invocable;
  private final boolean takesDelivery;

  private HandlerMethod(Object bean, Method declared, Method invocable, boolean takesDelivery) {
    this.bean = bean;
    this.declared = declared;
    this.invocable = invocable;
    this.takesDelivery = takesDelivery;
  }

  /**
   * Returns the handler.
   *
   * @param declared the method with the annotation
   * @param invocable the same method, of the bean or its proxy
   * @throws ConfigurationException if the parameter doesn't fit the messages of the topic
   */
  static HandlerMethod of(Object bean, Method declared, Method invocable, Topic<?> topic) {
    if (declared.getParameterCount() != 1) {
      throw wrong(
          declared,
          "has %d parameters: use one, the message (%s) or its Delivery"
              .formatted(declared.getParameterCount(), topic.messageClass().getSimpleName()));
    }
    ResolvableType parameter =
        ResolvableType.forMethodParameter(declared, 0, declared.getDeclaringClass());
    boolean takesDelivery = parameter.resolve(Object.class) == Delivery.class;
    Class<?> message = (takesDelivery ? parameter.getGeneric(0) : parameter).resolve(Object.class);
    if (!message.isAssignableFrom(topic.messageClass())) {
      throw wrong(
          declared,
          "takes %s, and the messages of topic '%s' are %s: change one of them"
              .formatted(message.getName(), topic.name(), topic.messageClass().getName()));
    }
    ReflectionUtils.makeAccessible(invocable);
    return new HandlerMethod(bean, declared, invocable, takesDelivery);
  }

  /** Returns the name of a method, human-readable. */
  static String nameOf(Method method) {
    return method.getDeclaringClass().getSimpleName() + "." + method.getName();
  }

  private static ConfigurationException wrong(Method method, String text) {
    return new ConfigurationException(
        "the method %s with @PerilleSubscription %s".formatted(nameOf(method), text));
  }

  /**
   * Completes a subscription.
   *
   * @throws ConfigurationException if the result of the method doesn't fit the guarantee
   */
  <T> Subscription<T> subscribe(
      Subscription.Draft<T> draft, Guarantee guarantee, BeanFactory beans) {
    Class<?> result = declared.getReturnType();
    if (result == void.class) {
      return switch (guarantee) {
        case AT_MOST_ONCE -> draft.atMostOnce(this::call);
        case AT_LEAST_ONCE -> draft.atLeastOnce(this::call);
        case EPHEMERAL -> draft.ephemeral(this::call);
        case EFFECTIVELY_ONCE -> draft.effectivelyOnce(transactions(beans).<T>handler(this::call));
      };
    }
    if (CompletionStage.class.isAssignableFrom(result)) {
      if (guarantee == Guarantee.AT_MOST_ONCE) {
        return draft.atMostOnceAsync(delivery -> (CompletionStage<?>) call(delivery));
      }
      if (guarantee == Guarantee.AT_LEAST_ONCE) {
        return draft.atLeastOnceAsync(delivery -> (CompletionStage<?>) call(delivery));
      }
    }
    if (result == Effect.class && guarantee == Guarantee.EFFECTIVELY_ONCE) {
      PublishingHandler<T> publishing = delivery -> (Effect<?>) call(delivery);
      return draft.effectivelyOnce(publishing);
    }
    throw wrong(
        declared,
        "returns %s, which doesn't fit %s: void fits all, a CompletionStage AT_MOST_ONCE and AT_LEAST_ONCE, and an Effect EFFECTIVELY_ONCE"
            .formatted(result.getSimpleName(), guarantee));
  }

  private SpringTransactions transactions(BeanFactory beans) {
    SpringTransactions transactions = beans.getBeanProvider(SpringTransactions.class).getIfUnique();
    if (transactions == null) {
      throw wrong(
          declared,
          "is EFFECTIVELY_ONCE, and there is no single bean of type SpringTransactions: add a DataSource with its transaction manager, or return an Effect");
    }
    return transactions;
  }

  private Object call(Delivery<?> delivery) throws Exception {
    try {
      return invocable.invoke(bean, takesDelivery ? delivery : delivery.payload());
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }
}
