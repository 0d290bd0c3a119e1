package org.perille.persistence.evolution;

/** Does the same, and applies the name of version 2, Refunded. */
class RefundMigration extends ChargedMigration {
  @Override
  public String transformClassName(int fromVersion, String className) {
    return AccountEvent.Refunded.class.getName();
  }
}
