/** The worker of a subscription: its states, dispatching, retries, and operators' requests. */
package org.perille.internal.worker;
