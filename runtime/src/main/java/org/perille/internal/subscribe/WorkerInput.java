package org.perille.internal.subscribe;

/** An input of a worker: an event, or a signal that becomes an event in the worker's turn. */
sealed interface WorkerInput permits WorkerEvent, PoolSignal {}
