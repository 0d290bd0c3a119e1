package org.perille.sharding.internal.bootstrap;

import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.pekko.cluster.Member;
import org.perille.internal.Pure;

/** The roles that an application gives to a node. */
@Pure
final class Roles {
  /** The prefix of the role that Pekko adds, with the name of the data center. */
  private static final String DATA_CENTER = "dc-";

  private Roles() {}

  static Set<String> of(Member member) {
    return given(member.getRoles());
  }

  /** Returns those of a member's roles that the application has given. */
  static Set<String> given(Collection<String> roles) {
    return roles.stream()
        .filter(role -> !role.startsWith(DATA_CENTER))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
