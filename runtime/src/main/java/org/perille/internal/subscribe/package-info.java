/** The worker of a subscription: calls handlers in order of keys, and moves the cursor. */
package org.perille.internal.subscribe;
