#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Round numbers between two limits: (first + i) * mantissa * 10^exponent, where the mantissa is 1, 2 or 5, or where need be 4 or 25. */
typedef struct
{
  guint n;
  double first;     /* a whole number */
  int mantissa;
  int exponent;
  int decimals;     /* the same for all labels */
  int power;        /* labels are multiples of 10^power; 0: plain numbers */
} SondeTicks;

gboolean _sonde_ticks_find (SondeTicks *self, double low, double high, guint n_most, gboolean integer);
/* The next round step after the present one, over the same limits. */
gboolean _sonde_ticks_coarsen (SondeTicks *self, double low, double high);
gboolean _sonde_ticks_restep (SondeTicks *self, double low, double high);
double _sonde_ticks_get (const SondeTicks *self, guint i);
char *_sonde_ticks_format (const SondeTicks *self, guint i);
char *_sonde_tick_format (double value, int decimals);

/* Marks of a logarithmic axis from 10^low to 10^high. */
void _sonde_decades_find (double low, double high, guint n_most, GArray *values);
/* The multiples of powers of ten in between, for ticks without a label. */
void _sonde_decades_list_minor (double low, double high, GArray *values);
char *_sonde_decade_format (double value);
/* Low and high, which are exponents, to whole ones where there would be too few powers of ten between them. */
void _sonde_decades_widen (double *low, double *high);

typedef struct
{
  double set_low, set_high;     /* what the caller wants; NaN: from the data */
  double data_low, data_high;   /* NaN: there are none */
  gboolean stick_low, stick_high; /* the data's end is the axis' end, without a margin */
  double margin;                /* share of the data's range */
  double pad;                   /* share of the axis that marks need beyond their centres */
  gboolean integer;
} SondeLimits;

void _sonde_limits_resolve (const SondeLimits *self, double *low, double *high);
void _sonde_limits_widen (double *low, double *high);

G_END_DECLS
