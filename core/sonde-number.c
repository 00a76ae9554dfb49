#define G_LOG_DOMAIN "sonde"

#include "sonde-number-private.h"

#include <math.h>
#include <string.h>

/* A table of ten thousand numbers is printed more often than one thinks, and printf with strtod to check it takes a
 * microsecond a number. Where the scaled number fits 128 bits, integers do both, exactly, in a fraction of that. */

typedef unsigned __int128 Wide;

/* |value| = significand · 2^exponent with a full significand of 53 bits */
typedef struct
{
  guint64 significand;
  int exponent;
} Binary;

/* |value| ≈ digits · 10^-scale */
typedef struct
{
  guint64 digits;
  int scale;
} Decimal;

/* 5^27 < 2^63: a product with 53 bits fits 128. */
static const guint64 powers_of_five[] = {
  G_GUINT64_CONSTANT (1),
  G_GUINT64_CONSTANT (5),
  G_GUINT64_CONSTANT (25),
  G_GUINT64_CONSTANT (125),
  G_GUINT64_CONSTANT (625),
  G_GUINT64_CONSTANT (3125),
  G_GUINT64_CONSTANT (15625),
  G_GUINT64_CONSTANT (78125),
  G_GUINT64_CONSTANT (390625),
  G_GUINT64_CONSTANT (1953125),
  G_GUINT64_CONSTANT (9765625),
  G_GUINT64_CONSTANT (48828125),
  G_GUINT64_CONSTANT (244140625),
  G_GUINT64_CONSTANT (1220703125),
  G_GUINT64_CONSTANT (6103515625),
  G_GUINT64_CONSTANT (30517578125),
  G_GUINT64_CONSTANT (152587890625),
  G_GUINT64_CONSTANT (762939453125),
  G_GUINT64_CONSTANT (3814697265625),
  G_GUINT64_CONSTANT (19073486328125),
  G_GUINT64_CONSTANT (95367431640625),
  G_GUINT64_CONSTANT (476837158203125),
  G_GUINT64_CONSTANT (2384185791015625),
  G_GUINT64_CONSTANT (11920928955078125),
  G_GUINT64_CONSTANT (59604644775390625),
  G_GUINT64_CONSTANT (298023223876953125),
  G_GUINT64_CONSTANT (1490116119384765625),
  G_GUINT64_CONSTANT (7450580596923828125),
};

/* value · 10^scale = product · 2^-shift with product = significand · 5^scale: rounded to the nearest integer, ties to even.
 * The candidate reads back as value if it is closer to it than half the gap to the next double, which is 5^scale / 2 in
 * units of the product, and half of that downwards from a power of two. */
static gboolean
round_decimal (Binary binary,
               int scale,
               Decimal *decimal)
{
  const guint64 five = powers_of_five[scale];
  const Wide product = (Wide) binary.significand * five;
  const int shift = -(binary.exponent + scale);
  const Wide one = (Wide) 1 << shift;
  const guint64 digits = (guint64) (product >> shift);
  const Wide rest = product & (one - 1);
  const Wide half = one >> 1;
  const gboolean at_power_of_two = binary.significand == G_GUINT64_CONSTANT (1) << 52;
  const gboolean upwards = rest > half || (rest == half && half != 0 && (digits & 1) != 0);
  const Wide distance = upwards ? one - rest : rest;

  decimal->digits = upwards ? digits + 1 : digits;
  decimal->scale = scale;
  return distance * (at_power_of_two && !upwards ? 4 : 2) < five;
}

/* Fifteen digits always survive the way into a double, seventeen always the way out of one. */
static gboolean
find_shortest (double magnitude,
               Decimal *decimal)
{
  Binary binary;
  int exponent;
  const int magnitude_of_ten = (int) floor (log10 (magnitude));

  binary.significand = (guint64) ldexp (frexp (magnitude, &exponent), 53);
  binary.exponent = exponent - 53;
  for (int n_digits = 15; n_digits <= 17; n_digits++)
    {
      const int scale = n_digits - 1 - magnitude_of_ten;

      if (scale < 0)
        continue; /* so many digits before the point that fewer cannot do */
      if (scale >= (int) G_N_ELEMENTS (powers_of_five) || binary.exponent + scale > 0 || binary.exponent + scale < -120)
        return FALSE;
      if (round_decimal (binary, scale, decimal))
        return TRUE;
    }
  return FALSE;
}

static void
write_decimal (char *target,
               Decimal decimal)
{
  char reversed[20], digits[20] = "";
  int n_digits, exponent;

  while (decimal.digits % 10 == 0)
    {
      decimal.digits /= 10;
      decimal.scale--;
    }
  for (n_digits = 0; decimal.digits != 0; n_digits++)
    {
      reversed[n_digits] = '0' + (char) (decimal.digits % 10);
      decimal.digits /= 10;
    }
  for (int i = 0; i < n_digits; i++)
    digits[i] = reversed[n_digits - 1 - i];
  exponent = n_digits - 1 - decimal.scale; /* of the first digit */

  if (exponent < -4 || exponent >= 16)
    {
      *target++ = digits[0];
      if (n_digits > 1)
        *target++ = '.';
      memcpy (target, digits + 1, n_digits - 1);
      target += n_digits - 1;
      g_snprintf (target, 8, "e%c%02d", exponent < 0 ? '-' : '+', ABS (exponent));
      return;
    }
  if (exponent < 0)
    {
      *target++ = '0';
      *target++ = '.';
      for (int i = -1; i > exponent; i--)
        *target++ = '0';
    }
  for (int i = 0; i < MAX (n_digits, exponent + 1); i++)
    {
      *target++ = i < n_digits ? digits[i] : '0';
      if (i == exponent && i + 1 < n_digits)
        *target++ = '.';
    }
  *target = '\0';
}

static void
write_by_trial (double magnitude,
                char *target,
                int size)
{
  static const char *const formats[] = { "%.15g", "%.16g", "%.17g" };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_ascii_formatd (target, size, formats[i], magnitude);
      if (g_ascii_strtod (target, NULL) == magnitude)
        return;
    }
}

char *
_sonde_number_format (double value,
                      char buffer[_SONDE_NUMBER_SIZE])
{
  const double magnitude = fabs (value);
  char *target = buffer;
  Decimal decimal;

  if (signbit (value) && !isnan (value))
    *target++ = '-';

  if (isnan (value))
    strcpy (target, "nan");
  else if (isinf (value))
    strcpy (target, "inf");
  else if (magnitude == 0)
    strcpy (target, "0");
  else if (magnitude >= 1e-10 && magnitude < 1e16 && find_shortest (magnitude, &decimal))
    write_decimal (target, decimal);
  else
    write_by_trial (magnitude, target, _SONDE_NUMBER_SIZE - 1);
  return buffer;
}
