package org.perille.spring.modulith;

import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.env.Environment;

/**
 * Turns Modulith's own auto-configuration off in applications that don't ask for it. It is on the
 * class path of all tests, and needs a registry.
 */
class ModulithFilter implements AutoConfigurationImportFilter, EnvironmentAware {
  static final String SETTING = "test.modulith";

  private boolean modulith;

  @Override
  public void setEnvironment(Environment environment) {
    modulith = environment.getProperty(SETTING, Boolean.class, false);
  }

  @Override
  public boolean[] match(String[] classes, AutoConfigurationMetadata metadata) {
    boolean[] matches = new boolean[classes.length];
    for (int i = 0; i < classes.length; i++) {
      matches[i] =
          modulith || classes[i] == null || !classes[i].startsWith("org.springframework.modulith.");
    }
    return matches;
  }
}
