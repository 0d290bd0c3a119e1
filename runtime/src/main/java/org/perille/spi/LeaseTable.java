package org.perille.spi;

import java.sql.SQLException;
import java.util.Objects;

/**
 * The leases of a database, each of which at most one node holds.
 *
 * <p>The holder increases the version. It shows others that the holder is alive without comparing
 * clocks.
 *
 * <p><b>Threading</b>: used by one thread of a node. All calls may block.
 */
public interface LeaseTable extends AutoCloseable {

  /**
   * A lease as it was read.
   *
   * @param owner the member that holds it, by {@link NodeRegistry.Description#member()}; empty if
   *     it is free
   * @param version rises with each change, and as long as the owner is alive
   */
  record Lease(String owner, long version) {
    public Lease {
      Objects.requireNonNull(owner, "owner");
    }
  }

  /** The result of an attempt to take a lease. */
  enum Outcome {
    /** This node holds the lease. */
    TAKEN,
    /** Another node has changed the lease since it was read. */
    CHANGED,
    /** This node has no entry as a member at the moment. */
    NO_MEMBER,
    /** Another node has downed this one, which must not take the lease any more. */
    DOWNED
  }

  /** Reads a lease. Creates it if there is none. */
  Lease read(String name) throws SQLException;

  /**
   * Takes a lease, if nobody has changed it and this node isn't downed.
   *
   * @param version the version that this node has read
   * @param address the address of this node
   * @param uid distinguishes nodes that had the same address one after the other
   */
  Outcome take(String name, long version, String address, long uid) throws SQLException;

  /**
   * Increases the version of a lease that this node holds.
   *
   * @return false if it doesn't hold it
   */
  boolean renew(String name, String owner) throws SQLException;

  /** Frees a lease if this node holds it. */
  void release(String name, String owner) throws SQLException;

  /** Closes the connection to the database. Leases remain, until others see that nobody renews. */
  @Override
  void close();
}
