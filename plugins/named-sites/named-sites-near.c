#define G_LOG_DOMAIN "named-sites"

#include "named-sites-near.h"

#include <string.h>

#define MAX_NEAR 3
/* Longer names are no misspelled ones. */
#define MAX_LENGTH 100
#define PLACEHOLDER "{layer}"

typedef struct
{
  const char *name;
  guint distance;
} Near;

/* A layer's number costs nothing: "blocks.6.x" is compared as "blocks.{layer}.x". */
static char *
dup_general (const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, ".", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    if (g_str_equal (parts[i], "*") || (parts[i][0] != '\0' && strspn (parts[i], "0123456789") == strlen (parts[i])))
      {
        g_free (parts[i]);
        parts[i] = g_strdup (PLACEHOLDER);
      }
  return g_strjoinv (".", parts);
}

/* Levenshtein 1966: the fewest bytes to insert, delete or replace. Row by row; @b has at most MAX_LENGTH bytes. */
static guint
get_distance (const char *a,
              const char *b)
{
  const gsize n = strlen (b);
  guint row[MAX_LENGTH + 1];

  for (guint j = 0; j <= n; j++)
    row[j] = j;
  for (gsize i = 0; a[i] != '\0'; i++)
    {
      guint diagonal = row[0];

      row[0]++;
      for (gsize j = 0; j < n; j++)
        {
          const guint replaced = diagonal + (g_ascii_tolower (a[i]) != g_ascii_tolower (b[j]));

          diagonal = row[j + 1];
          row[j + 1] = MIN (replaced, MIN (row[j], row[j + 1]) + 1);
        }
    }
  return row[n];
}

static void
consider (GArray *found,
          const char *general,
          const char *candidate)
{
  Near near = { candidate, 0 };
  guint place = found->len;

  if (strlen (candidate) > MAX_LENGTH)
    return;
  near.distance = get_distance (general, candidate);
  if (near.distance > strlen (general) / 3)
    return;
  while (place > 0 && g_array_index (found, Near, place - 1).distance > near.distance)
    place--;
  g_array_insert_val (found, place, near);
}

char *
named_sites_dup_near (GPtrArray *sites,
                      const char *name)
{
  g_autofree char *general = dup_general (name);
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (Near));
  g_autoptr (GString) list = g_string_new (NULL);

  if (strlen (general) > MAX_LENGTH)
    return NULL;
  for (guint i = 0; i < sites->len; i++)
    {
      const SondeSite *site = g_ptr_array_index (sites, i);

      consider (found, general, site->name);
      for (guint a = 0; a < site->aliases->len; a++)
        consider (found, general, ((SondeSiteAlias *) g_ptr_array_index (site->aliases, a))->name);
    }
  for (guint i = 0; i < MIN (found->len, MAX_NEAR); i++)
    g_string_append_printf (list, "%s%s", i == 0 ? "" : ", ", g_array_index (found, Near, i).name);
  return found->len > 0 ? g_string_free (g_steal_pointer (&list), FALSE) : NULL;
}
