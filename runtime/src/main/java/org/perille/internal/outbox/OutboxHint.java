package org.perille.internal.outbox;

import org.perille.internal.PerilleSerializable;

/** Tells the node that relays an outbox that a transaction was committed. May be lost. */
public enum OutboxHint implements PerilleSerializable {
  INSTANCE
}
