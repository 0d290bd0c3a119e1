/** The handler pool: key queues, and the ways to invoke a handler. */
package org.perille.internal.handler;
