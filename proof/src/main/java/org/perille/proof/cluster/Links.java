package org.perille.proof.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The links between the processes, which can be cut. */
record Links(Network network) {
  /** A link in one direction. */
  record Link(Member from, Member to) {}

  /** Returns all links among the members. */
  static List<Link> among(List<Member> members) {
    List<Link> links = new ArrayList<>();
    for (Member from : members) {
      for (Member to : members) {
        if (from != to) {
          links.add(new Link(from, to));
        }
      }
    }
    return links;
  }

  void cut(List<Link> links) throws IOException {
    for (Link link : links) {
      network.cut(link.from.place().host(), link.to.place().host());
    }
  }

  void heal(List<Link> links) throws IOException {
    for (Link link : links) {
      network.heal(link.from.place().host(), link.to.place().host());
    }
  }
}
