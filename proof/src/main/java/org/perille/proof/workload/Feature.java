package org.perille.proof.workload;

import java.util.Arrays;

/** An option of the API that a message makes use of; its value tells. */
enum Feature {
  PLAIN,
  /** Its handlers refuse the first two attempts, the second one with a delay. */
  NACKED,
  /** Its handlers give it up. */
  REJECTED,
  /** Its handlers fail with what the retry policies call permanent. */
  FORBIDDEN,
  /** Its time comes later. */
  DELAYED,
  /** It has expired before it is published. */
  EXPIRED,
  /** It expires when the run is long over. */
  LASTING,
  /** It is published without a receipt. */
  FORGOTTEN;

  private static final char SEPARATOR = '~';

  /** Returns a value that tells. */
  String name(String value) {
    return value + SEPARATOR + name();
  }

  /** Returns what a value tells. */
  static Feature told(String value) {
    return Arrays.stream(values())
        .filter(feature -> value.endsWith(SEPARATOR + feature.name()))
        .findFirst()
        .orElse(PLAIN);
  }
}
