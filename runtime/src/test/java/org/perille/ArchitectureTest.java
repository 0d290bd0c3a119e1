package org.perille;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;
import org.perille.internal.Pure;

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
  void no_package_needs_another_one_that_needs_it() {
    slices().matching("org.perille.internal.(*)..").should().beFreeOfCycles().check(RUNTIME);
  }

  @Test
  void the_decisions_know_no_actors_no_database_and_no_clock() {
    classes()
        .that(arePure())
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
            "org.perille.spi",
            "org.perille.internal..")
        .check(RUNTIME);
    noClasses()
        .that(arePure())
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.time.Clock")
        .check(RUNTIME);
  }

  /** Selects the classes that are marked as pure, and what is nested in them. */
  private static DescribedPredicate<JavaClass> arePure() {
    return DescribedPredicate.describe("are pure", ArchitectureTest::isPure);
  }

  private static boolean isPure(JavaClass type) {
    return type.isAnnotatedWith(Pure.class)
        || type.getEnclosingClass().map(ArchitectureTest::isPure).orElse(false);
  }
}
