package org.perille.sharding.internal.bootstrap;

import com.fasterxml.jackson.core.Version;
import java.security.CodeSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.perille.ConfigurationException;

/**
 * Checks the version of Jackson 2 on the class path. Jackson 3 has other packages and may be beside
 * it.
 *
 * <p>With an older version, or modules of different versions, Pekko's serialization fails with a
 * {@code NoSuchMethodError}.
 */
final class JacksonVersions {
  private static final int MAJOR = 2;

  /** The minor version since which the number of tokens can be limited, which Pekko does. */
  private static final int LEAST_MINOR = 18;

  private static final String REMEDY =
      "import org.perille:perille-bom, or com.fasterxml.jackson:jackson-bom in version 2.18 or later, in dependencyManagement before other BOMs (with Spring Boot 4 set the property jackson-2-bom.version, with Spring Boot 3 jackson-bom.version)";

  private JacksonVersions() {}

  /** A module of Jackson on the class path. */
  record Part(String name, Version version, String jar) {}

  /** Rejects versions that Pekko's serialization doesn't work with. */
  static void check() {
    Map<String, Part> parts = new LinkedHashMap<>();
    find(
        parts,
        "jackson-core",
        () -> com.fasterxml.jackson.core.json.PackageVersion.VERSION,
        () -> com.fasterxml.jackson.core.json.PackageVersion.class);
    find(
        parts,
        "jackson-databind",
        () -> com.fasterxml.jackson.databind.cfg.PackageVersion.VERSION,
        () -> com.fasterxml.jackson.databind.cfg.PackageVersion.class);
    find(
        parts,
        "jackson-dataformat-cbor",
        () -> com.fasterxml.jackson.dataformat.cbor.PackageVersion.VERSION,
        () -> com.fasterxml.jackson.dataformat.cbor.PackageVersion.class);
    parts
        .values()
        .forEach(
            part -> problemOf(part, parts.get("jackson-core")).ifPresent(JacksonVersions::refuse));
  }

  private static void find(
      Map<String, Part> parts, String name, Supplier<Version> version, Supplier<Class<?>> owner) {
    try {
      parts.put(name, new Part(name, version.get(), jarOf(owner.get())));
    } catch (LinkageError e) {
      throw new ConfigurationException("%s can't be loaded (%s): %s".formatted(name, e, REMEDY), e);
    }
  }

  /** Returns the problem of a module, if it has one. */
  static Optional<String> problemOf(Part part, Part core) {
    Version version = part.version;
    if (version.getMajorVersion() != MAJOR || version.getMinorVersion() < LEAST_MINOR) {
      return Optional.of(
          "%s on the class path has version %s (%s), and at least %d.%d is needed"
              .formatted(part.name, version, part.jar, MAJOR, LEAST_MINOR));
    }
    return version.getMinorVersion() == core.version.getMinorVersion()
        ? Optional.empty()
        : Optional.of(
            "%s on the class path has version %s (%s), and jackson-core has %s (%s): all parts of Jackson must have the same minor version"
                .formatted(part.name, version, part.jar, core.version, core.jar));
  }

  private static void refuse(String problem) {
    throw new ConfigurationException(problem + "; " + REMEDY);
  }

  private static String jarOf(Class<?> type) {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    return source == null || source.getLocation() == null
        ? "from an unknown place"
        : "from " + source.getLocation();
  }
}
