/** The limits and circuit breakers of subscriptions, and their division among nodes. */
package org.perille.internal.limit;
