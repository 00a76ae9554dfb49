#define G_LOG_DOMAIN "sonde-testing"

#include "sonde-testing-figure-private.h"

#include <math.h>
#include <string.h>

#include "sonde-testing-contract-private.h"

/* Two figures as data, and two files as texts: the first place where they differ. */

typedef struct
{
  const char *name;
  double tolerance;
  GError **error;
} Comparison;

static gboolean compare_values (const Comparison *self, const char *path, GVariant *found, GVariant *expected);

static gboolean
is_close (double found,
          double expected,
          double tolerance)
{
  return found == expected || (isnan (found) && isnan (expected)) || fabs (found - expected) <= tolerance * fmax (1, fabs (expected));
}

static gboolean
report (const Comparison *self,
        const char *path,
        const char *found,
        const char *expected)
{
  return _sonde_testing_fail (self->error, "figure %s: %s is %s, where %s is expected", self->name, path, found, expected);
}

static gboolean
compare_numbers (const Comparison *self,
                 const char *path,
                 GVariant *found,
                 GVariant *expected)
{
  gsize n, n_expected;
  const double *a = g_variant_get_fixed_array (found, &n, sizeof *a);
  const double *b = g_variant_get_fixed_array (expected, &n_expected, sizeof *b);

  if (n != n_expected)
    return _sonde_testing_fail (self->error, "figure %s: %s has %" G_GSIZE_FORMAT " numbers, where %" G_GSIZE_FORMAT " are expected", self->name, path, n, n_expected);
  for (gsize i = 0; i < n; i++)
    if (!is_close (a[i], b[i], self->tolerance))
      return _sonde_testing_fail (self->error, "figure %s: %s[%" G_GSIZE_FORMAT "] is %.15g, where %.15g is expected", self->name, path, i, a[i], b[i]);
  return TRUE;
}

static gboolean
compare_dictionaries (const Comparison *self,
                      const char *path,
                      GVariant *found,
                      GVariant *expected)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, expected);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      g_autoptr (GVariant) wanted = value;
      g_autoptr (GVariant) given = g_variant_lookup_value (found, key, NULL);
      g_autofree char *place = g_strconcat (path, *path != '\0' ? "." : "", key, NULL);

      if (given == NULL)
        return _sonde_testing_fail (self->error, "figure %s: %s is not set", self->name, place);
      if (!compare_values (self, place, given, wanted))
        return FALSE;
    }
  g_variant_iter_init (&iter, found);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      g_autoptr (GVariant) given = value;
      g_autoptr (GVariant) wanted = g_variant_lookup_value (expected, key, NULL);

      if (wanted == NULL)
        return _sonde_testing_fail (self->error, "figure %s: %s%s%s is set, and is not expected to be", self->name, path, *path != '\0' ? "." : "", key);
    }
  return TRUE;
}

static gboolean
compare_children (const Comparison *self,
                  const char *path,
                  GVariant *found,
                  GVariant *expected)
{
  gsize n = g_variant_n_children (found);

  if (n != g_variant_n_children (expected))
    return _sonde_testing_fail (self->error, "figure %s: there are %" G_GSIZE_FORMAT " of %s, where %" G_GSIZE_FORMAT " are expected", self->name, n, path, g_variant_n_children (expected));
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) a = g_variant_get_child_value (found, i);
      g_autoptr (GVariant) b = g_variant_get_child_value (expected, i);
      g_autofree char *place = g_strdup_printf ("%s[%" G_GSIZE_FORMAT "]", path, i);

      if (!compare_values (self, place, a, b))
        return FALSE;
    }
  return TRUE;
}

static char *
dup_text (GVariant *value)
{
  g_autofree char *text = NULL;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING))
    return g_variant_print (value, FALSE);
  text = g_utf8_make_valid (g_variant_get_bytestring (value), -1);
  return g_strdup_printf ("“%s”", text);
}

static gboolean
compare_leaves (const Comparison *self,
                const char *path,
                GVariant *found,
                GVariant *expected)
{
  g_autofree char *a = NULL;
  g_autofree char *b = NULL;

  if (g_variant_is_of_type (found, G_VARIANT_TYPE_DOUBLE) && is_close (g_variant_get_double (found), g_variant_get_double (expected), self->tolerance))
    return TRUE;
  if (g_variant_equal (found, expected))
    return TRUE;
  a = dup_text (found);
  b = dup_text (expected);
  return report (self, path, a, b);
}

static gboolean
compare_values (const Comparison *self,
                const char *path,
                GVariant *found,
                GVariant *expected)
{
  if (!g_variant_type_equal (g_variant_get_type (found), g_variant_get_type (expected)))
    return report (self, path, g_variant_get_type_string (found), g_variant_get_type_string (expected));
  if (g_variant_is_of_type (found, G_VARIANT_TYPE ("ad")))
    return compare_numbers (self, path, found, expected);
  if (g_variant_is_of_type (found, G_VARIANT_TYPE_VARDICT))
    return compare_dictionaries (self, path, found, expected);
  if (g_variant_is_container (found) && !g_variant_is_of_type (found, G_VARIANT_TYPE_BYTESTRING))
    return compare_children (self, path, found, expected);
  return compare_leaves (self, path, found, expected);
}

gboolean
_sonde_testing_compare_data (const char *name,
                             GVariant *found,
                             GVariant *expected,
                             double tolerance,
                             GError **error)
{
  const Comparison comparison = { name, tolerance, error };

  return compare_values (&comparison, "", found, expected);
}

static gboolean
starts_number (const char *text)
{
  return g_ascii_isdigit (text[0]) || ((text[0] == '-' || text[0] == '.') && (g_ascii_isdigit (text[1]) || text[1] == '.'));
}

/* What is left of a line, or the beginning of that. */
static char *
dup_rest (const char *text)
{
  gsize length = strcspn (text, "\n");

  return length <= 40 ? g_utf8_make_valid (text, (gssize) length) : g_utf8_make_valid (text, 40);
}

static gboolean
report_line (const char *name,
             guint line,
             const char *found,
             const char *expected,
             GError **error)
{
  g_autofree char *a = dup_rest (found);
  g_autofree char *b = dup_rest (expected);

  return _sonde_testing_fail (error, "figure %s: its file is another one from line %u on: “%s”, where “%s” is expected", name, line, a, b);
}

gboolean
_sonde_testing_compare_texts (const char *name,
                              const char *found,
                              const char *expected,
                              double tolerance,
                              GError **error)
{
  const char *a = found, *b = expected;
  guint line = 1;

  while (*a != '\0' || *b != '\0')
    {
      if (starts_number (a) && starts_number (b))
        {
          char *a_end, *b_end;
          double x = g_ascii_strtod (a, &a_end), y = g_ascii_strtod (b, &b_end);

          if (!is_close (x, y, tolerance))
            return _sonde_testing_fail (error, "figure %s: line %u of its file has %.15g, where %.15g is expected", name, line, x, y);
          a = a_end;
          b = b_end;
          continue;
        }
      if (*a != *b)
        return report_line (name, line, a, b, error);
      line += *a == '\n';
      a++;
      b++;
    }
  return TRUE;
}
