/**
 * The values that a partition's log consists of: messages, batches, events, and sets of offsets.
 */
package org.perille.internal.log;
