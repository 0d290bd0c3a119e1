package org.perille;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  private static final JavaClasses RUNTIME =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("org.perille");

  @Test
  void the_public_api_does_not_show_what_is_internal() {
    noClasses()
        .that()
        .resideInAnyPackage("org.perille", "org.perille.spi")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.perille.internal..")
        .check(RUNTIME);
  }

  @Test
  void the_runtime_knows_no_cluster_and_no_database() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "org.apache.pekko.cluster..",
            "org.apache.pekko.persistence.jdbc..",
            "org.perille.sharding..",
            "org.perille.persistence..")
        .check(RUNTIME);
  }

  @Test
  void the_decisions_know_no_actors_no_database_and_no_clock() {
    classes()
        .that()
        .haveNameMatching(
            ".*\\.(PartitionLog|DedupWindow|TailCache|FeedBatchBuilder|JournalSeek|FeedStart|LogMark|Cursor|KeyQueues|SequenceIndex|SendBuffer|Admission|HandlerPool|Invocation|WorkerState|Recovering|Active|Stopping|Draining|Flushing|Resetting|Ended|StopReasons|WorkerCore|WorkerContext|PartitionWork|Dispatcher|AttemptOutcomes|RetryScheduler|RetryBatch|RetryCache|Deferral|InFlight|PredecessorRecovery|Completion|CompletionWaiters|DeadLetterOperations|CursorKeeper|AfterDurable|CursorPolicy|EffectPolicy|FailureState|DeferredMessage|OrderingGroup|FailurePolicy|FailureJournal|TokenBucket|Breaker|Throttle|WaitQueue|Lease|LimitAllocation|Rotation|LimitAllocations)(\\$.*)?")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java.lang..",
            "java.util..",
            "java.time..",
            // Hashing of bytes isn't I/O.
            "java.nio",
            "java.nio.charset",
            "java.security",
            "org.perille",
            "org.perille.internal..")
        .check(RUNTIME);
    noClasses()
        .that()
        .haveNameMatching(
            ".*\\.(PartitionLog|DedupWindow|TailCache|FeedBatchBuilder|JournalSeek|FeedStart|LogMark|Cursor|KeyQueues|SequenceIndex|SendBuffer|WorkerState|Recovering|Active|Stopping|Draining|Flushing|Resetting|Ended|StopReasons|WorkerCore|WorkerContext|PartitionWork|Dispatcher|AttemptOutcomes|RetryScheduler|RetryBatch|RetryCache|Deferral|InFlight|PredecessorRecovery|Completion|CompletionWaiters|DeadLetterOperations|CursorKeeper|AfterDurable|CursorPolicy|EffectPolicy|FailureState|DeferredMessage|OrderingGroup|FailurePolicy|FailureJournal|TokenBucket|Breaker|Throttle|WaitQueue|Lease|LimitAllocation|Rotation|LimitAllocations)(\\$.*)?")
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.time.Clock")
        .check(RUNTIME);
  }
}
