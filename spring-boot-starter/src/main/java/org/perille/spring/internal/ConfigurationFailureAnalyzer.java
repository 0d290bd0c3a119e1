package org.perille.spring.internal;

import org.perille.ConfigurationException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Explains a start that failed for a setting or a definition. */
final class ConfigurationFailureAnalyzer extends AbstractFailureAnalyzer<ConfigurationException> {
  @Override
  protected FailureAnalysis analyze(Throwable root, ConfigurationException cause) {
    return new FailureAnalysis(
        "Perille can't start. " + cause.getMessage() + ".",
        "Correct that. Settings of Perille are below 'perille' in application.yml or another source of Spring, and in application.conf. Topics and subscriptions are beans.",
        cause);
  }
}
