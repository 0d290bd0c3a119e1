package org.perille.persistence.evolution;

/** The same, and version 2 is called Refunded. */
class RefundMigration extends ChargedMigration {
  @Override
  public String transformClassName(int fromVersion, String className) {
    return AccountEvent.Refunded.class.getName();
  }
}
