package org.perille;

/**
 * Whether this node works, for the probes of an orchestrator.
 *
 * @param live false when the node can't recover by itself and should be restarted
 * @param ready whether the node is a member of its cluster and can publish and handle
 * @param detail one line that says why, for people
 */
public record Health(boolean live, boolean ready, String detail) {}
