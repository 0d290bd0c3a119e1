package org.perille.spring.internal;

import org.perille.Publisher;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.ResolvableType;

/** Explains a publisher that can't be injected, because no bean is its topic. */
final class MissingPublisherAnalyzer extends AbstractFailureAnalyzer<NoSuchBeanDefinitionException>
    implements Ordered {
  @Override
  protected FailureAnalysis analyze(Throwable root, NoSuchBeanDefinitionException cause) {
    ResolvableType type = cause.getResolvableType();
    if (type == null || type.resolve() != Publisher.class || cause.getNumberOfBeansFound() > 1) {
      return null;
    }
    String message = type.getGeneric(0).resolve(Object.class).getSimpleName();
    return new FailureAnalysis(
        "No bean is a topic of %s, so there is no publisher for it.".formatted(message),
        "Declare the topic as a bean whose method returns Topic<%s>, with this type argument: @Bean Topic<%s> orders() { return Topic.of(\"orders\", %s.class).keyedBy(...); }"
            .formatted(message, message, message),
        cause);
  }

  @Override
  public int getOrder() {
    return Ordered.HIGHEST_PRECEDENCE;
  }
}
