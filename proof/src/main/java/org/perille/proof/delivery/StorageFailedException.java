package org.perille.proof.delivery;

/** Signals that a storage doesn't answer. */
final class StorageFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StorageFailedException(String what) {
    super(what, null, false, false);
  }
}
