/** The registry of durable subscriptions: decides which changes of a definition are allowed. */
package org.perille.internal.registry;
