package org.perille.persistence;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class PersistenceArchitectureTest {
  @Test
  void the_storage_knows_no_cluster() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.perille.sharding..", "org.apache.pekko.cluster..")
        .check(
            new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("org.perille.persistence"));
  }
}
