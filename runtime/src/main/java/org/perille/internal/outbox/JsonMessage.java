package org.perille.internal.outbox;

import java.util.Optional;

/**
 * A message that SQL has inserted.
 *
 * @param key the key, as the caller has given it
 * @param id the stable id; empty if it has none
 * @param headers a JSON object of texts
 * @param payload the payload as JSON
 */
public record JsonMessage(
    String key, Optional<String> id, Optional<String> headers, String payload) {}
