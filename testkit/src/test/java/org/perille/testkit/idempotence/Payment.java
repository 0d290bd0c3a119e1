package org.perille.testkit.idempotence;

import org.perille.PerilleMessage;
import org.perille.Topic;

record Payment(String id, String customer, int amount) implements PerilleMessage {
  static final Topic<Payment> TOPIC =
      Topic.of("payments", Payment.class).keyedBy(Payment::customer);

  static final Payment[] THREE = {
    new Payment("p-1", "anna", 5), new Payment("p-2", "bert", 7), new Payment("p-3", "anna", 11)
  };
}
