package org.perille.proof.fuzz;

import java.util.List;

/**
 * One decoder under test.
 *
 * <p>Any input is allowed. The decoder must return a value that fulfils its contract, or refuse the
 * input with the exception that the contract names.
 */
public interface FuzzTarget {
  /** Returns the name on the command line, and of the folder of its corpus. */
  String name();

  /** Returns valid inputs, from which mutations start. */
  List<byte[]> seeds();

  /**
   * Returns the number of inputs that a regression test derives from the seeds in about a second.
   */
  int mutations();

  /**
   * Decodes one input.
   *
   * @throws Throwable if the decoder breaks its contract; anything thrown is a finding
   */
  void accept(byte[] input) throws Throwable;
}
