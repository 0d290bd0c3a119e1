package org.perille.proof.delivery;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The messages of one run of a worker.
 *
 * @param received the messages that it received from its feed
 * @param entered the messages that it called a handler for
 * @param last the message of each ordering group that it started last
 */
record RunFacts(Set<Long> received, Set<Long> entered, Map<String, Long> last) {
  RunFacts() {
    this(new TreeSet<>(), new HashSet<>(), new HashMap<>());
  }
}
