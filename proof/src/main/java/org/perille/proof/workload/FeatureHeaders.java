package org.perille.proof.workload;

import java.util.HashMap;
import java.util.Map;
import org.perille.Message;

/** The headers of a message, which follow from its value. They must arrive unchanged. */
final class FeatureHeaders {
  private FeatureHeaders() {}

  static Map<String, String> of(Item item) {
    return Map.of("value", item.value(), "empty", "", "odd: \u00e4\n", "\u20ac\t\ud83d\ude00 \"\\");
  }

  static Message<Item> on(Message<Item> message) {
    return message.withHeaders(of(message.payload()));
  }

  /**
   * Records a difference from the published headers. Records nothing if there is none. The header
   * of an interceptor may be there.
   */
  static void judge(Witness witness, String where, Item item, Map<String, String> all) {
    Map<String, String> found = new HashMap<>(all);
    found.remove(HostileHooks.HEADER);
    if (!found.equals(of(item))) {
      witness.compared(
          "headers of '%s' %s".formatted(item.value(), where),
          of(item).toString(),
          found.toString());
    }
  }
}
