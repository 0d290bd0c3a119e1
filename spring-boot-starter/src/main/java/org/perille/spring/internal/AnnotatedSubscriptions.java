package org.perille.spring.internal;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.perille.ConfigurationException;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.spring.PerilleSubscription;
import org.perille.spring.SubscriptionCustomizer;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.core.env.Environment;

/** Finds the methods of beans that are handlers, and makes subscriptions of them. */
public final class AnnotatedSubscriptions {
  private final ConfigurableListableBeanFactory beans;
  private final Environment environment;

  /** Creates an instance that looks at all beans. */
  public AnnotatedSubscriptions(ConfigurableListableBeanFactory beans, Environment environment) {
    this.beans = beans;
    this.environment = environment;
  }

  /**
   * Returns the subscriptions, in the order of the beans.
   *
   * @throws ConfigurationException if a method or its annotation is wrong
   */
  public List<Subscription<?>> find() {
    List<Subscription<?>> found = new ArrayList<>();
    for (String name : beans.getBeanDefinitionNames()) {
      Class<?> type = AutoProxyUtils.determineTargetClass(beans, name);
      if (type != null && AnnotationUtils.isCandidateClass(type, PerilleSubscription.class)) {
        methods(type)
            .forEach(
                (method, declared) -> found.add(customized(subscription(name, method, declared))));
      }
    }
    return found;
  }

  private static Map<Method, PerilleSubscription> methods(Class<?> type) {
    return MethodIntrospector.selectMethods(
        type,
        (MethodIntrospector.MetadataLookup<PerilleSubscription>)
            method ->
                AnnotatedElementUtils.findMergedAnnotation(method, PerilleSubscription.class));
  }

  private Subscription<?> subscription(String bean, Method method, PerilleSubscription declared) {
    String name = environment.resolveRequiredPlaceholders(declared.name());
    Topic<?> topic = topic(environment.resolveRequiredPlaceholders(declared.topic()), method);
    Object target = beans.getBean(bean);
    HandlerMethod handler =
        HandlerMethod.of(
            target, method, AopUtils.selectInvocableMethod(method, target.getClass()), topic);
    return handler.subscribe(Subscription.of(name, topic), declared.guarantee(), beans);
  }

  private Topic<?> topic(String name, Method method) {
    List<String> names = new ArrayList<>();
    for (Topic<?> topic : beans.getBeansOfType(Topic.class).values()) {
      if (topic.name().equals(name)) {
        return topic;
      }
      names.add(topic.name());
    }
    throw new ConfigurationException(
        "@PerilleSubscription on %s names topic '%s', and no bean is a topic of that name: there are %s"
            .formatted(HandlerMethod.nameOf(method), name, names.stream().sorted().toList()));
  }

  private Subscription<?> customized(Subscription<?> subscription) {
    Subscription<?> result = subscription;
    for (SubscriptionCustomizer customizer :
        beans.getBeanProvider(SubscriptionCustomizer.class).orderedStream().toList()) {
      result = customizer.customize(result);
    }
    return result;
  }
}
