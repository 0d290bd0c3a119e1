/** Failed, deferred and dead messages of a worker, and the journal of their states. */
package org.perille.internal.failure;
