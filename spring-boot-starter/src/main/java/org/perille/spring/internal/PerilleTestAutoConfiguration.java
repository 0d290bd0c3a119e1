package org.perille.spring.internal;

import org.perille.Outbox;
import org.perille.Perille;
import org.perille.spring.PerilleAutoConfiguration;
import org.perille.spring.PerilleSubscriptions;
import org.perille.testkit.NodeUnderTest;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** The auto-configuration of {@link NodeUnderTest}, in tests with {@code perille-testkit}. */
@AutoConfiguration(after = PerilleAutoConfiguration.class)
@ConditionalOnClass(NodeUnderTest.class)
@ConditionalOnBean(Perille.class)
public final class PerilleTestAutoConfiguration {
  PerilleTestAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  NodeUnderTest perilleNodeUnderTest(
      Perille perille, PerilleSubscriptions subscriptions, ObjectProvider<Outbox> outboxes) {
    return NodeUnderTest.of(perille, subscriptions::all, () -> outboxes.stream().toList());
  }
}
