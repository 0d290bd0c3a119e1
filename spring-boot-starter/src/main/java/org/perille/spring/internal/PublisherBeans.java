package org.perille.spring.internal;

import org.perille.Perille;
import org.perille.Publisher;
import org.perille.Topic;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.RuntimeBeanReference;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.core.ResolvableType;

/** Defines a publisher for each topic, with the type of the topic's messages. */
public final class PublisherBeans implements BeanDefinitionRegistryPostProcessor {
  private static final String SUFFIX = "Publisher";

  /** Returns the publisher of a topic: the factory method of the beans. */
  public static <T> Publisher<T> publisher(Perille perille, Topic<T> topic) {
    return perille.publisher(topic);
  }

  @Override
  public void postProcessBeanDefinitionRegistry(BeanDefinitionRegistry registry) {
    if (!(registry instanceof ConfigurableListableBeanFactory beans)) {
      return;
    }
    for (String topic : beans.getBeanNamesForType(Topic.class, true, false)) {
      if (!registry.containsBeanDefinition(topic + SUFFIX)
          && registry.containsBeanDefinition(topic)) {
        registry.registerBeanDefinition(topic + SUFFIX, definition(topic, beans));
      }
    }
  }

  private static RootBeanDefinition definition(
      String topic, ConfigurableListableBeanFactory beans) {
    ResolvableType messages =
        beans.getMergedBeanDefinition(topic).getResolvableType().as(Topic.class).getGeneric(0);
    RootBeanDefinition definition = new RootBeanDefinition(PublisherBeans.class);
    definition.setFactoryMethodName("publisher");
    definition
        .getConstructorArgumentValues()
        .addIndexedArgumentValue(0, new RuntimeBeanReference(Perille.class));
    definition
        .getConstructorArgumentValues()
        .addIndexedArgumentValue(1, new RuntimeBeanReference(topic));
    definition.setTargetType(
        messages.resolve() == null
            ? ResolvableType.forClass(Publisher.class)
            : ResolvableType.forClassWithGenerics(Publisher.class, messages));
    return definition;
  }
}
