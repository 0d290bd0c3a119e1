/**
 * The public API: topics, publishers and subscriptions of durable, per-key ordered message streams.
 *
 * <p>Everything in packages named {@code internal} may change at any time.
 */
package org.perille;
