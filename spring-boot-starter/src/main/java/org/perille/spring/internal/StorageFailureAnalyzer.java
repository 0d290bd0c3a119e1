package org.perille.spring.internal;

import org.perille.StorageException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Explains a start that failed for the database. */
final class StorageFailureAnalyzer extends AbstractFailureAnalyzer<StorageException> {
  @Override
  protected FailureAnalysis analyze(Throwable root, StorageException cause) {
    return new FailureAnalysis(
        "Perille can't use its database. " + cause.getMessage() + ".",
        "Correct that. 'perille.spring.storage' says whose connections the storage uses: those of the application's DataSource ('spring.datasource'), or its own ('perille.storage').",
        cause);
  }
}
