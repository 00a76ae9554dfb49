#pragma once

#include <cairo.h>

#include "sonde-figure.h"

G_BEGIN_DECLS

/* How light a thing is that has no colour of its own, on light paper. */
#define SONDE_INK 0.0
#define SONDE_INK_PALE 0.35
#define SONDE_INK_FRAME 0.8
#define SONDE_PAPER 1.0

/* Everything that is drawn with @cr from now on has the theme's colours; gives the one before. A target begins light. */
SondeTheme _sonde_theme_begin (cairo_t *cr, SondeTheme theme);
SondeTheme _sonde_theme_get (cairo_t *cr);
/* What has no colour of its own: @lightness is that of the light theme, from ink to paper. */
void _sonde_ink_set (cairo_t *cr, double lightness, double alpha);
/* What has one. On dark paper the palettes have a set of their own, neutral colours are inverted, and every other is lighter. */
void _sonde_color_set (cairo_t *cr, const SondeColor *color);
/* What that draws in. */
SondeColor _sonde_theme_adapt (SondeTheme theme, const SondeColor *color);

G_END_DECLS
