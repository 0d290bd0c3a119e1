package org.perille.proof.workload;

import java.util.Arrays;

/** An option of the API that a message uses. The message's value names it. */
enum Feature {
  PLAIN,
  /** Its handlers nack the first two attempts, the second one with a delay. */
  NACKED,
  /** Its handlers give it up. */
  REJECTED,
  /** Its handlers fail with an exception that the retry policies classify as permanent. */
  FORBIDDEN,
  /** It must not be handled before a later time. */
  DELAYED,
  /** It has expired before it is published. */
  EXPIRED,
  /** It expires long after the run. */
  LASTING,
  /** It is published without a receipt. */
  FORGOTTEN,
  /** It is published in a transaction with another one. */
  TRANSACTED,
  /** It is published only if the last offset of its key is the one that its value names. */
  CONDITIONAL;

  private static final char SEPARATOR = '~';

  /** Returns a value that names this feature. */
  String name(String value) {
    return value + SEPARATOR + name();
  }

  /** Returns the feature that a value names. */
  static Feature told(String value) {
    return Arrays.stream(values())
        .filter(feature -> value.endsWith(SEPARATOR + feature.name()))
        .findFirst()
        .orElse(PLAIN);
  }
}
