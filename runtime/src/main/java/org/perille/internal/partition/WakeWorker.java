package org.perille.internal.partition;

import org.perille.internal.PerilleSerializable;

/** Starts a worker, if it isn't running. Without effect otherwise. May be lost. */
public enum WakeWorker implements WorkerCommand, PerilleSerializable {
  INSTANCE
}
