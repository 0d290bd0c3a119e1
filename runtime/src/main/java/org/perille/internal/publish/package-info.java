/** The sending side of a topic: serializes, limits and batches messages. */
package org.perille.internal.publish;
