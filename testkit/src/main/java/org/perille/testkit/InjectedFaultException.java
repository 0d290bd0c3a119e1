package org.perille.testkit;

/** The failure of an attempt that a test makes fail. */
public final class InjectedFaultException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  InjectedFaultException(String message) {
    super(message);
  }
}
