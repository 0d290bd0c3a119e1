/** The problems of this node, which its health reports. */
package org.perille.internal;
