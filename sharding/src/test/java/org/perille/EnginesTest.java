package org.perille;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** An error names what the class path lacks. */
class EnginesTest {
  private static final String SERVICE = "META-INF/services/org.perille.spi.Engine";

  /** The class path without some of its files. */
  private static ClassLoader without(String... files) {
    Set<String> hidden = Set.of(files);
    return new ClassLoader(EnginesTest.class.getClassLoader()) {
      @Override
      public URL getResource(String name) {
        return hidden.contains(name) ? null : super.getResource(name);
      }

      @Override
      public Enumeration<URL> getResources(String name) throws java.io.IOException {
        return hidden.contains(name) ? Collections.emptyEnumeration() : super.getResources(name);
      }
    };
  }

  @Test
  void the_engine_is_found_through_its_service_file() {
    assertThat(Engines.find(without())).isNotNull();
  }

  @Test
  void a_jar_that_was_shaded_without_service_files_is_recognised() {
    assertThatThrownBy(() -> Engines.find(without(SERVICE)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("perille-sharding is on the class path")
        .hasMessageContaining("ServicesResourceTransformer");
  }

  @Test
  void a_class_path_without_an_engine_is_refused_with_the_artifact() {
    ClassLoader bare =
        without(SERVICE, "org/perille/sharding/internal/bootstrap/ClusterEngine.class");
    assertThatThrownBy(() -> Engines.find(bare))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("add org.perille:perille-sharding");
  }
}
