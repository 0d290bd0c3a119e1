package org.perille.spring.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.boot.json.JsonWriter;

/**
 * Editors complete the settings that exist: the metadata are those of reference.conf.
 *
 * <p>Run the test with {@code -Dmetadata.update=true} to write the file anew.
 */
class SettingsMetadataTest {
  private static final Path FILE =
      Path.of("src/main/resources/META-INF/spring-configuration-metadata.json");
  private static final Pattern DURATION = Pattern.compile("\\d+(ms|s|m|h|d)");
  private static final Pattern BYTES = Pattern.compile("\\d+ [KMG]iB");

  private record Property(String name, String type, String description, Object defaultValue) {
    String json() {
      Map<String, Object> members = new LinkedHashMap<>();
      members.put("name", name);
      members.put("type", type);
      members.put("description", description);
      members.put("defaultValue", defaultValue);
      return JsonWriter.<Map<String, Object>>standard().writeToString(members);
    }
  }

  @Test
  void the_metadata_for_completion_are_the_settings_that_exist() throws Exception {
    String expected =
        "{\n  \"properties\": [\n    "
            + String.join(",\n    ", properties().stream().map(Property::json).toList())
            + "\n  ],\n  \"hints\": [\n"
            + "    {\"name\": \"perille.spring.storage\", \"values\": [{\"value\": \"auto\"}, {\"value\": \"application\"}, {\"value\": \"own\"}]},\n"
            + "    {\"name\": \"perille.storage.profile\", \"values\": [{\"value\": \"h2\"}, {\"value\": \"postgresql\"}]}\n"
            + "  ]\n}\n";
    if (Boolean.getBoolean("metadata.update")) {
      Files.writeString(FILE, expected);
    }
    assertThat(Files.readString(FILE))
        .as("differs from reference.conf: write it with -Dmetadata.update=true")
        .isEqualTo(expected);
  }

  private static List<Property> properties() {
    List<Property> properties = new ArrayList<>();
    properties.add(
        new Property(
            KnownSettings.ENABLED,
            "java.lang.Boolean",
            "Whether there is a node of Perille in this application.",
            true));
    properties.add(
        new Property(
            KnownSettings.STORAGE,
            StorageMode.class.getName(),
            "The connections of Perille's storage: those of the application's DataSource, its own, or (auto) those of the application if its DataSource is one of PostgreSQL and perille.storage says nothing else.",
            "auto"));
    properties.add(
        new Property(
            KnownSettings.OUTBOX,
            "java.lang.Boolean",
            "Whether there is an outbox in the application's database, for publishing in transactions of Spring. It creates the tables perille_outbox*.",
            false));
    properties.add(
        new Property(
            KnownSettings.MODULITH,
            "java.lang.Boolean",
            "Whether events that Spring Modulith externalizes are published to the topics of these names, through the outbox.",
            true));
    String description = "";
    for (Map.Entry<String, ConfigValue> known : inOrderOfTheFiles()) {
      String own = comment(known.getValue().origin());
      description = own.isEmpty() ? description : own;
      properties.add(property(known.getKey(), known.getValue().unwrapped(), description));
    }
    return properties;
  }

  private static List<Map.Entry<String, ConfigValue>> inOrderOfTheFiles() {
    return KnownSettings.defaultsByPath().entrySet().stream()
        .filter(known -> KnownSettings.paths().contains(known.getKey()))
        .sorted(
            Comparator.comparing(
                    (Map.Entry<String, ConfigValue> known) -> known.getKey().split("\\.", 3)[1])
                .thenComparing(known -> known.getValue().origin().lineNumber()))
        .toList();
  }

  private static String comment(ConfigOrigin origin) {
    return String.join(" ", origin.comments().stream().map(String::trim).toList()).trim();
  }

  private static Property property(String path, Object value, String description) {
    String text = String.valueOf(value);
    if (text.equals("on") || text.equals("off")) {
      return new Property(path, "java.lang.Boolean", description, text.equals("on"));
    }
    String type = "java.lang.String";
    if (value instanceof Number) {
      type = "java.lang.Integer";
    } else if (DURATION.matcher(text).matches()) {
      type = "java.time.Duration";
    } else if (BYTES.matcher(text).matches()) {
      type = "org.springframework.util.unit.DataSize";
    }
    return new Property(path, type, description, value);
  }
}
