/**
 * Durable, per-key ordered message streams: topics, publishers and subscriptions.
 *
 * <p>Everything in packages named {@code internal} may change at any time.
 */
package org.perille;
