package org.perille.proof.workload;

/**
 * The padding of messages. It follows from its length, so that every reader can check it.
 *
 * <p>A character stands for a byte. A padding of 256 or more has bytes of every value.
 */
final class Padding {
  private static final int BYTES = 256;

  private Padding() {}

  /** Returns the padding of this length. */
  static String ofLength(int length) {
    StringBuilder padding = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      padding.append(at(i, length));
    }
    return padding.toString();
  }

  /** Returns whether this is the padding of its length. */
  static boolean isIntact(String padding) {
    int length = padding.length();
    for (int i = 0; i < length; i++) {
      if (padding.charAt(i) != at(i, length)) {
        return false;
      }
    }
    return true;
  }

  /** A shortened padding differs, too. */
  private static char at(int position, int length) {
    return (char) ((position + 31 * length) % BYTES);
  }
}
