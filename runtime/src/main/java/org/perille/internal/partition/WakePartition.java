package org.perille.internal.partition;

import org.perille.internal.PerilleSerializable;

/**
 * Starts the owner of a partition that has ever been used. Without effect otherwise. May be lost.
 */
public enum WakePartition implements PerilleSerializable {
  INSTANCE
}
