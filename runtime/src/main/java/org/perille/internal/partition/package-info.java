/** The owner of a partition's log: appends batches, removes duplicates, and feeds subscribers. */
package org.perille.internal.partition;
