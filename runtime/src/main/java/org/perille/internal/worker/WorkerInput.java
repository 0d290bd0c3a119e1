package org.perille.internal.worker;

/** An input of a worker: an event, or a signal that becomes an event in the turn of the worker. */
public sealed interface WorkerInput permits WorkerEvent, PoolSignal {}
