package org.perille.internal.publish;

import java.util.concurrent.CompletableFuture;
import org.perille.Receipt;

/** A message on its way from the caller's thread to the actor that sends it. */
public record Submission(int partition, Pending<CompletableFuture<Receipt>> pending) {}
