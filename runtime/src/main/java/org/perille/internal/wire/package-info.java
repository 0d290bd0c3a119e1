/** The serialized forms of all stored and sent values. */
package org.perille.internal.wire;
