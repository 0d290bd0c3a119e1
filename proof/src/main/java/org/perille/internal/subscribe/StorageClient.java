package org.perille.internal.subscribe;

import org.perille.internal.subscribe.Temper.KilledError;
import org.perille.proof.database.DatabaseClient;
import org.perille.proof.database.DatabaseFault;
import org.perille.proof.database.Transaction;

/** A worker's process, as the database of its effects meets it. */
final class StorageClient implements DatabaseClient {
  private final Simulation story;
  private final ModelLife life;
  private final JdbcEffects effects;

  StorageClient(Simulation story, ModelLife life, JdbcEffects effects) {
    this.story = story;
    this.life = life;
    this.effects = effects;
  }

  @Override
  public void requireAlive() {
    if (life.isDead()) {
      throw new KilledError();
    }
  }

  @Override
  public boolean fails(DatabaseFault fault) {
    if (!story.databaseFails(fault)) {
      return false;
    }
    story.databaseFault(fault, life);
    return true;
  }

  @Override
  public void meanwhile(String sql) {
    // The claim's lock is held from moving the cursor to the end of the commit.
    story.pause(life, sql.isEmpty() || sql.contains("version = version + 1"));
  }

  @Override
  public void committed(Transaction transaction) {
    effects.committed(life, transaction);
  }

  @Override
  public void violated(String what) {
    story.violated(new AssertionError(what));
  }
}
