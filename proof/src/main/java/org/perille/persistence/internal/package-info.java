/** Classes of the simulator that need package-private classes of the storage. */
package org.perille.persistence.internal;
