package org.perille.proof.fuzz;

import java.util.List;

/**
 * One decoder under test. Any input is allowed; the decoder must either return a value that keeps
 * its promises, or refuse the input with the exception that its contract names.
 */
public interface FuzzTarget {
  /** The name on the command line, and of the folder of its corpus. */
  String name();

  /** Valid inputs, which mutations start from. */
  List<byte[]> seeds();

  /** Inputs that a regression test derives from the seeds: as many as take about a second. */
  int mutations();

  /**
   * Decodes one input.
   *
   * @throws Throwable if the decoder breaks its contract; whatever is thrown is a finding
   */
  void accept(byte[] input) throws Throwable;
}
