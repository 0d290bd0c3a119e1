/** What Perille is proven with. */
package org.perille.proof;
