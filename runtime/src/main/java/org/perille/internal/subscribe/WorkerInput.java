package org.perille.internal.subscribe;

/** Something that reaches a worker: an event, or a signal that is made one when its turn comes. */
sealed interface WorkerInput permits WorkerEvent, PoolSignal {}
