package org.perille.persistence.internal;

import org.perille.ConfigurationException;

/** The JDBC drivers, which an application may leave out if it doesn't use their database. */
final class Drivers {
  private Drivers() {}

  /**
   * Requires that a driver is on the class path.
   *
   * @param profile the storage that needs it
   * @param driver the name of its class
   * @param coordinates group and artifact that contain it
   * @throws ConfigurationException if it isn't there
   */
  static void require(String profile, String driver, String coordinates) {
    require(Drivers.class.getClassLoader(), profile, driver, coordinates);
  }

  static void require(ClassLoader loader, String profile, String driver, String coordinates) {
    if (loader.getResource(driver.replace('.', '/') + ".class") == null) {
      throw new ConfigurationException(
          "'perille.storage.profile' is '%s', and its driver is not on the class path: add the dependency %s"
              .formatted(profile, coordinates));
    }
  }
}
