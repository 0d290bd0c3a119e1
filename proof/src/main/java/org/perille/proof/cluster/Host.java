package org.perille.proof.cluster;

import java.util.ArrayList;
import java.util.List;

/**
 * A host on the network where processes run.
 *
 * @param address the address by which others reach it
 * @param prefix the prefix of a command that is to run there
 */
record Host(String name, String address, List<String> prefix) {
  Host {
    prefix = List.copyOf(prefix);
  }

  List<String> command(List<String> command) {
    List<String> all = new ArrayList<>(prefix);
    all.addAll(command);
    return all;
  }
}
