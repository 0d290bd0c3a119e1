/** The feed of one subscriber: reads a partition's log from its tail or its journal. */
package org.perille.internal.feed;
