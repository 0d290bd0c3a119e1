/** The cursor of a subscription in a partition: its generations, its policy and its log. */
package org.perille.internal.cursor;
