package org.perille.persistence;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.perille.persistence.Databases.Database;

/**
 * Slow: some ten starts of a node for each step.
 *
 * <p>The same steps always run on H2. The fault suite kills nodes on PostgreSQL.
 */
@Tag("slow")
class PostgresqlEffectCrashTest extends EffectCrashContract {
  @Override
  Database database(Path directory) {
    return Databases.postgresql();
  }
}
