package org.perille.testkit;

/** What an attempt fails of that a test has let fail. */
public final class InjectedFaultException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  InjectedFaultException(String message) {
    super(message);
  }
}
