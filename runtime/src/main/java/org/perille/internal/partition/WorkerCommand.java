package org.perille.internal.partition;

/** A message to a worker: a request by way of its partition, or one of an actor beside it. */
public interface WorkerCommand {}
