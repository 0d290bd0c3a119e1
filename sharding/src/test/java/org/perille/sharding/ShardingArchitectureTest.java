package org.perille.sharding;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ShardingArchitectureTest {
  private static final JavaClasses SHARDING =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("org.perille.sharding");

  @Test
  void no_package_needs_another_one_that_needs_it() {
    slices()
        .matching("org.perille.sharding.internal.(*)..")
        .should()
        .beFreeOfCycles()
        .check(SHARDING);
  }

  @Test
  void the_cluster_knows_no_database() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.perille.persistence..", "org.apache.pekko.persistence.jdbc..")
        .check(SHARDING);
  }
}
