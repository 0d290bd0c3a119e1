package org.perille.internal.worker;

import org.perille.internal.Pure;

/**
 * A phase of a worker. It decides which actions follow from an event, and which phase comes next.
 *
 * <pre>
 * Recovering ──► Active ──► Draining ──► Flushing ──► Ended
 *     │                                     │  ▲        ▲
 *     │                                     ▼  │        │
 *     │                                   Resetting ────┤
 *     └─────────────────────────────────────────────────┘
 * </pre>
 *
 * <p>A state adds the actions that follow to the worker's {@link WorkerContext}. It knows no
 * actors, clocks, threads and logs.
 */
@Pure
public sealed interface WorkerState permits Recovering, Active, Stopping, Ended {

  /** Processes an event; returns the next state. */
  WorkerState on(WorkerEvent event);
}
