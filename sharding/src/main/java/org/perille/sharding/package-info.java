/** The entry point of applications: Perille on a Pekko cluster. */
package org.perille.sharding;
