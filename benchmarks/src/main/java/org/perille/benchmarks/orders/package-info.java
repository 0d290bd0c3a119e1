/** Order processing with four subscriptions, each with its own guarantee, on one node. */
package org.perille.benchmarks.orders;
