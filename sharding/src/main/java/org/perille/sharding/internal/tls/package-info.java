/** TLS between nodes: the certificates in PEM files, and the connections that use them. */
package org.perille.sharding.internal.tls;
