package org.perille.sharding.internal.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.core.Version;
import com.fasterxml.jackson.core.json.PackageVersion;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.perille.sharding.internal.bootstrap.JacksonVersions.Part;

class JacksonVersionsTest {
  private static final Part CORE = part("jackson-core", 21);

  private static Part part(String name, int minor) {
    return new Part(name, new Version(2, minor, 3, null, null, null), "from x.jar");
  }

  @Test
  void a_version_that_is_too_old_is_named_with_its_jar() {
    Part old = part("jackson-databind", 17);
    assertThat(JacksonVersions.problemOf(old, CORE).orElseThrow())
        .contains("jackson-databind", "2.17.3", "from x.jar", "2.18");
  }

  @Test
  void parts_of_different_versions_are_named() {
    assertThat(JacksonVersions.problemOf(part("jackson-databind", 19), CORE).orElseThrow())
        .contains("2.19.3", "jackson-core has 2.21.3");
    assertThat(JacksonVersions.problemOf(part("jackson-databind", 21), CORE)).isEmpty();
  }

  @Test
  void what_this_is_built_with_is_good_and_what_the_bom_manages() throws Exception {
    assertThatCode(JacksonVersions::check).doesNotThrowAnyException();
    assertThat(Files.readString(Path.of("../bom/pom.xml")))
        .contains("<jackson.version>" + PackageVersion.VERSION + "</jackson.version>");
  }

  @Test
  void a_jar_that_was_shaded_without_its_services_is_told_from_one_without_a_storage() {
    assertThat(StorageProfiles.explain(true))
        .contains(
            "META-INF/services/org.perille.spi.StorageProfile", "ServicesResourceTransformer");
    assertThat(StorageProfiles.explain(false)).contains("add org.perille:perille-persistence");
  }
}
