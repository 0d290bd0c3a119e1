package org.perille.spring.internal;

import org.perille.Publisher;
import org.perille.spring.SpringOutbox;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.ResolvableType;

/**
 * Explains a publisher that can't be injected, because no bean is its topic, and an outbox that is
 * not turned on.
 */
final class MissingBeanAnalyzer extends AbstractFailureAnalyzer<NoSuchBeanDefinitionException>
    implements Ordered {
  @Override
  protected FailureAnalysis analyze(Throwable root, NoSuchBeanDefinitionException cause) {
    ResolvableType type = cause.getResolvableType();
    if (type == null || cause.getNumberOfBeansFound() > 1) {
      return null;
    }
    if (type.resolve() == Publisher.class) {
      return publisher(type.getGeneric(0).resolve(Object.class).getSimpleName(), cause);
    }
    return type.resolve() == SpringOutbox.class ? outbox(cause) : null;
  }

  private static FailureAnalysis publisher(String message, NoSuchBeanDefinitionException cause) {
    return new FailureAnalysis(
        "No bean is a topic of %s, so there is no publisher for it.".formatted(message),
        "Declare the topic as a bean whose method returns Topic<%s>, with this type argument: @Bean Topic<%s> orders() { return Topic.of(\"orders\", %s.class).keyedBy(...); }"
            .formatted(message, message, message),
        cause);
  }

  private static FailureAnalysis outbox(NoSuchBeanDefinitionException cause) {
    return new FailureAnalysis(
        "There is no SpringOutbox, because '%s' isn't true, or the application has no transaction manager for JDBC or JPA."
            .formatted(KnownSettings.OUTBOX),
        "Set '%s' to true, which creates the tables perille_outbox* in the application's database. The application needs a DataSource and a starter for JDBC or JPA."
            .formatted(KnownSettings.OUTBOX),
        cause);
  }

  @Override
  public int getOrder() {
    return Ordered.HIGHEST_PRECEDENCE;
  }
}
