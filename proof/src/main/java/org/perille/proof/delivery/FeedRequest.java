package org.perille.proof.delivery;

import org.perille.internal.feed.ReadFrom;

/**
 * A request of a worker to be fed.
 *
 * @param consumer the worker's side of the session
 */
record FeedRequest(
    ModelFeedClient client, ModelConsumer consumer, long epoch, long session, ReadFrom from) {}
