package org.perille.persistence;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.perille.persistence.Databases.Database;

/**
 * Slow: some ten starts of a node for each step. The steps are the same on H2, which always runs;
 * the fault suite kills nodes on PostgreSQL.
 */
@Tag("slow")
class PostgresqlEffectCrashTest extends EffectCrashContract {
  @Override
  Database database(Path directory) {
    return Databases.postgresql();
  }
}
