package org.perille.proof.cluster;

import com.typesafe.config.ConfigFactory;
import com.zaxxer.hikari.HikariDataSource;
import org.perille.Perille;
import org.perille.proof.workload.Audit;
import org.perille.proof.workload.BookingAudit;
import org.perille.proof.workload.Bookings;
import org.perille.proof.workload.Witness;
import org.perille.proof.workload.Workload;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The process of the audit: a fresh client, after the last fault. */
final class AuditMain {
  private static final Logger LOG = LoggerFactory.getLogger(AuditMain.class);

  private AuditMain() {}

  /** Runs the audit with the arguments of an {@link NodeMain.Assignment}. */
  public static void main(String[] arguments) {
    Orders.listen();
    NodeMain.Assignment assignment = NodeMain.Assignment.of(arguments);
    try (Witness witness = Witness.open(assignment.directory(), assignment.process());
        HikariDataSource database = NodeMain.database(assignment)) {
      Workload workload = new Workload(database, witness, NodeMain.TEMPO);
      Bookings bookings = new Bookings(database, witness, NodeMain.TEMPO);
      try (Perille perille =
          Perille.start(ConfigFactory.load("cluster"), bookings.addedTo(workload.definitions()))) {
        workload.subscriptions().forEach(witness::declared);
        bookings.subscriptions().forEach(witness::declared);
        BookingAudit bookingAudit = new BookingAudit(perille, bookings, witness, NodeMain.TEMPO);
        bookingAudit.startToTend();
        bookingAudit.close(database);
        LateBegin.of(assignment.directory()).register(perille, workload, witness);
        Audit audit = new Audit(perille, workload, witness, NodeMain.TEMPO);
        // The checker reports what isn't handled in time.
        audit.drain();
        bookingAudit.judge(database);
        audit.read(database);
      }
      System.exit(0);
    } catch (Exception e) {
      LOG.error("The audit has failed", e);
      Runtime.getRuntime().halt(1);
    }
  }
}
