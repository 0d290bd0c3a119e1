package org.perille.persistence;

import com.typesafe.config.ConfigFactory;
import java.util.Map;
import org.perille.Perille;
import org.perille.PerilleException;

/** The start of a node, called in another class loader. */
public final class OneStart {
  private OneStart() {}

  /** Starts and stops a node. Nothing listens at its address of PostgreSQL. */
  public static String run(String profile, String directory) {
    try (Perille perille =
        Perille.start(
            ConfigFactory.load(
                ConfigFactory.parseMap(
                        Map.of(
                            "perille.storage.profile",
                            profile,
                            "perille.storage.h2.directory",
                            directory,
                            "perille.storage.h2.sync",
                            "off",
                            "perille.storage.postgresql.url",
                            "jdbc:postgresql://localhost:1/none"))
                    .withFallback(ConfigFactory.defaultApplication())))) {
      return perille.health().live() ? "runs" : "isn't live";
    } catch (PerilleException e) {
      return e.toString();
    }
  }
}
