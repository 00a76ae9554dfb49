#define G_LOG_DOMAIN "sonde"

#include "sonde-ticks-private.h"

#include <math.h>
#include <string.h>

/* A limit that misses a round number by rounding alone still gets its tick. */
#define SLACK 1e-9
#define LARGEST 1e300
#define SMALLEST 1e-290

static double
multiple (double index,
          int mantissa,
          int exponent)
{
  /* Dividing by a power of ten that is exact gives the nearest double to the decimal number; multiplying by 0.1 would not. */
  if (exponent < 0 && exponent > -300)
    return index * mantissa / pow (10, -exponent);
  return index * mantissa * pow (10, exponent);
}

/* Labels of large and small numbers are multiples of a power of ten; all labels of an axis share power and decimals. */
static void
choose_format (SondeTicks *self)
{
  const double first = fabs (_sonde_ticks_get (self, 0));
  const double last = fabs (_sonde_ticks_get (self, self->n - 1));
  const double largest = MAX (first, last);
  const int power = largest > 0 ? (int) floor (log10 (largest) + SLACK) : 0;

  self->power = (power >= 5 && self->exponent >= 3) || power < -3 ? power : 0;
  self->decimals = MAX (0, self->power - self->exponent);
}

static gboolean
ticks_with_step (SondeTicks *self,
                 double low,
                 double high)
{
  const double step = multiple (1, self->mantissa, self->exponent);
  double last;

  self->first = ceil (MAX (low, -LARGEST) / step - SLACK);
  last = floor (MIN (high, LARGEST) / step + SLACK);
  if (!isfinite (self->first) || !isfinite (last) || last < self->first)
    {
      self->n = 0;
      return FALSE;
    }
  self->n = (guint) MIN (last - self->first + 1, 1e6);
  /* Plus zero: the index -0 would be printed with a sign. */
  self->first += 0.0;
  choose_format (self);
  return TRUE;
}

static void
next_step (SondeTicks *self)
{
  if (self->mantissa == 5)
    {
      self->mantissa = 1;
      self->exponent++;
    }
  else
    {
      self->mantissa = self->mantissa == 1 ? 2 : 5;
    }
}

/*
 * _sonde_ticks_find:
 * @self: (out): the ticks
 * @low, @high: limits; in either order
 * @n_most: how many ticks there may be
 * @integer: whole numbers only
 *
 * Finds the smallest step among 1, 2, 5 times a power of ten that gives at most @n_most ticks.
 *
 * Returns: FALSE where there is no tick: limits that are not finite, or too close for any round number
 */
gboolean
_sonde_ticks_find (SondeTicks *self,
                   double low,
                   double high,
                   guint n_most,
                   gboolean integer)
{
  const double bottom = MAX (MIN (low, high), -LARGEST);
  const double top = MIN (MAX (low, high), LARGEST);

  memset (self, 0, sizeof *self);
  if (!isfinite (low) || !isfinite (high) || n_most == 0)
    return FALSE;

  self->mantissa = 1;
  self->exponent = top > bottom ? (int) floor (log10 ((top - bottom) / n_most)) - 1 : 0;
  if (integer)
    self->exponent = MAX (self->exponent, 0);
  for (guint i = 0; i < 12; i++, next_step (self))
    if (!ticks_with_step (self, bottom, top) || self->n <= n_most)
      break;
  return self->n > 0 && self->n <= n_most;
}

/* The same limits with the mantissa and exponent that @self has been given. */
gboolean
_sonde_ticks_restep (SondeTicks *self,
                     double low,
                     double high)
{
  return ticks_with_step (self, MIN (low, high), MAX (low, high));
}

gboolean
_sonde_ticks_coarsen (SondeTicks *self,
                      double low,
                      double high)
{
  next_step (self);
  return ticks_with_step (self, MIN (low, high), MAX (low, high));
}

double
_sonde_ticks_get (const SondeTicks *self,
                  guint i)
{
  return multiple (self->first + i, self->mantissa, self->exponent) + 0.0;
}

/* A number with a fixed count of decimals, '.' in every locale, and the minus sign that typography knows. */
char *
_sonde_tick_format (double value,
                    int decimals)
{
  char format[16], digits[400];
  gboolean negative;

  g_snprintf (format, sizeof format, "%%.%df", CLAMP (decimals, 0, 60));
  g_ascii_formatd (digits, sizeof digits, format, value);
  negative = digits[0] == '-';
  /* What rounds to zero has no sign. */
  if (negative && strspn (digits, "-0.") < strlen (digits))
    return g_strconcat ("\u2212", digits + 1, NULL);
  return g_strdup (digits + negative);
}

static void
append_superscript (GString *out,
                    int number)
{
  static const char *digits[] = { "\u2070", "\u00b9", "\u00b2", "\u00b3", "\u2074", "\u2075", "\u2076", "\u2077", "\u2078", "\u2079" };
  char plain[16];

  g_snprintf (plain, sizeof plain, "%d", ABS (number));
  if (number < 0)
    g_string_append (out, "\u207b");
  for (const char *p = plain; *p != '\0'; p++)
    g_string_append (out, digits[*p - '0']);
}

char *
_sonde_ticks_format (const SondeTicks *self,
                     guint i)
{
  const double value = _sonde_ticks_get (self, i);
  g_autofree char *mantissa = NULL;
  GString *out;

  if (self->power == 0)
    return _sonde_tick_format (value, self->decimals);
  if (value == 0)
    return g_strdup ("0");

  mantissa = _sonde_tick_format (multiple (self->first + i, self->mantissa, self->exponent - self->power), self->decimals);
  out = g_string_new (mantissa);
  g_string_append (out, "\u00d710");
  append_superscript (out, self->power);
  return g_string_free (out, FALSE);
}

/* @mantissa times a power of ten as the reader of a decimal number has it. */
static void
append_decade (GArray *values,
               int mantissa,
               int exponent,
               double low,
               double high)
{
  const double value = multiple (1, mantissa, exponent), place = log10 (value);

  if (place >= low - SLACK && place <= high + SLACK)
    g_array_append_val (values, value);
}

static void
list_multiples (double low,
                double high,
                const int *mantissas,
                guint n_mantissas,
                GArray *values)
{
  for (int exponent = (int) floor (low - SLACK); exponent <= high + SLACK; exponent++)
    for (guint i = 0; i < n_mantissas; i++)
      append_decade (values, mantissas[i], exponent, low, high);
}

/*
 * _sonde_decades_find:
 * @low, @high: exponents of the limits, finite
 * @n_most: how many marks there may be, at least
 * @values: (element-type double): gets them, ascending
 *
 * Every power of ten, or every second, fifth, tenth … one, those with an exponent that divides; between two powers also 2 and 5
 * times the lower, so that there are two marks where the limits leave any room for them.
 */
void
_sonde_decades_find (double low,
                     double high,
                     guint n_most,
                     GArray *values)
{
  static const int mantissas[] = { 1, 2, 5 };
  const double first = ceil (low - SLACK), last = floor (high + SLACK);
  SondeTicks exponents;

  if (last - first < 1)
    list_multiples (low, high, mantissas, G_N_ELEMENTS (mantissas), values);
  else if (_sonde_ticks_find (&exponents, first, last, MAX (n_most, 3), TRUE))
    for (guint i = 0; i < exponents.n; i++)
      append_decade (values, 1, (int) _sonde_ticks_get (&exponents, i), low, high);
}

void
_sonde_decades_list_minor (double low,
                           double high,
                           GArray *values)
{
  static const int mantissas[] = { 2, 3, 4, 5, 6, 7, 8, 9 };

  list_multiples (low, high, mantissas, G_N_ELEMENTS (mantissas), values);
}

char *
_sonde_decade_format (double value)
{
  const int exponent = (int) floor (log10 (value) + SLACK);
  const int mantissa = (int) round (value / multiple (1, 1, exponent));
  GString *out = g_string_new (NULL);

  if (mantissa != 1)
    g_string_append_printf (out, "%d\u00d7", mantissa);
  g_string_append (out, "10");
  append_superscript (out, exponent);
  return g_string_free (out, FALSE);
}

void
_sonde_decades_widen (double *low,
                      double *high)
{
  if (floor (*high + SLACK) - ceil (*low - SLACK) >= 1)
    return;
  *low = floor (*low + SLACK);
  *high = MAX (ceil (*high - SLACK), *low + 1);
}

/* Equal, or as good as equal, limits get a range around them, so that the one value is drawn in the middle. */
void
_sonde_limits_widen (double *low,
                     double *high)
{
  const double largest = MAX (fabs (*low), fabs (*high));
  const double middle = *low / 2 + *high / 2;

  if (fabs (*high - *low) > MAX (largest * 1e-12, SMALLEST))
    return;
  if (largest < SMALLEST)
    {
      *low = -0.5;
      *high = 0.5;
    }
  else
    {
      *low = middle - largest * 0.05;
      *high = middle + largest * 0.05;
    }
}

static void
data_limits (const SondeLimits *self,
             double *low,
             double *high)
{
  *low = CLAMP (self->data_low, -LARGEST, LARGEST);
  *high = CLAMP (self->data_high, -LARGEST, LARGEST);
  if (isnan (self->data_low) || isnan (self->data_high))
    {
      *low = 0;
      *high = 1;
    }
  else if (self->integer && *low == *high)
    {
      *low -= 0.5;
      *high += 0.5;
    }
  else
    {
      const double before = *low;

      _sonde_limits_widen (low, high);
      if (before == *low)
        {
          /* The margin is a share of the data's range, the pad one of the axis; the latter makes the range grow with itself. */
          const double pad = CLAMP (self->pad, 0, 0.3);
          const double inner = (*high - *low) * (1 + 2 * self->margin);
          const double outer = inner / (1 - 2 * pad);
          const double extra = (outer - (*high - *low)) / 2;

          *low -= self->stick_low ? 0 : extra;
          *high += self->stick_high ? 0 : extra;
        }
    }
}

void
_sonde_limits_resolve (const SondeLimits *self,
                       double *low,
                       double *high)
{
  const gboolean low_given = isfinite (self->set_low), high_given = isfinite (self->set_high);

  data_limits (self, low, high);
  if (low_given)
    *low = CLAMP (self->set_low, -LARGEST, LARGEST);
  if (high_given)
    *high = CLAMP (self->set_high, -LARGEST, LARGEST);
  /* One limit is given and all data lie beyond it: show a range that starts there, not a reversed axis. */
  if (low_given && !high_given && *high <= *low)
    *high = *low + MAX (1, fabs (*low) * 0.1);
  if (high_given && !low_given && *low >= *high)
    *low = *high - MAX (1, fabs (*high) * 0.1);
  _sonde_limits_widen (low, high);
}
