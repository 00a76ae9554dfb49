#pragma once

#include "sonde-figure.h"

G_BEGIN_DECLS

/* Everything that a figure was told, as data: to send it to another process, to keep it, or to compare two. The same figure gives the
 * same bytes, and what comes back draws the same.
 *
 * Dictionaries of names (a{sv}); what was not set is left out. Texts are bytestrings (ay), as any text may be drawn; numbers are
 * doubles (d), and counts of what is in a figure u or t.
 *
 *   figure   name, title, caption; rows, columns; width, height; panels: a(uua{sv}), each with its row and column
 *   panel    title, x-label, y-label; x-categories, y-categories: aay; x-limits, y-limits: (dd); x-integer, y-integer, y-log, x-ticks,
 *            y-ticks, stretched: b; legend: u, columns; bar: (uudd), side, map, low and high; bar-label; marks: aa{sv}
 *   mark     kind: s, one of line, points, bar, heat-map, violin; style: ((dddd)dud(dddd)d), as SondeStyle; label; x, y: ad;
 *            faces: a(dddd); position, width, height; rows, columns: t; map: u; limits: (dd) */
GVariant *sonde_figure_to_variant (SondeFigure *self);                          /* (transfer full) */
SondeFigure *sonde_figure_new_from_variant (GVariant *variant, GError **error); /* (transfer full) (nullable) */

G_END_DECLS
