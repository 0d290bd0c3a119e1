package org.perille;

/**
 * The failure of a setting, a name or a definition that is wrong. Nothing was started or stored.
 */
public final class ConfigurationException extends PerilleException {
  private static final long serialVersionUID = 1L;

  public ConfigurationException(String message) {
    super(message);
  }

  public ConfigurationException(String message, Throwable cause) {
    super(message, cause);
  }
}
