#pragma once

#include "sonde-figure.h"

G_BEGIN_DECLS

extern const guint32 _sonde_color_table_magma[256];
extern const guint32 _sonde_color_table_plasma[256];
extern const guint32 _sonde_color_table_viridis[256];

#define SONDE_COLOR_UNDEFINED 256

/* Which of a map's 256 colours @value between @low and @high has, or SONDE_COLOR_UNDEFINED. */
guint _sonde_color_map_index (double value, double low, double high);
guint32 _sonde_color_map_rgb (SondeColorMap map, guint index); /* 0xRRGGBB */
/* All of a map's colours, and the one of undefined values after them: [SONDE_COLOR_UNDEFINED + 1] */
void _sonde_color_map_get_palette (SondeColorMap map, guint32 *palette);
/* What stands for a colour of the palettes on dark paper; FALSE: it is none of theirs. */
gboolean _sonde_color_find_dark (const SondeColor *color, SondeColor *dark);

G_END_DECLS
