#include "inspect.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "program.h"

/* The sites of a model, or the stages of a file of rows, and the dictionary of their names. Their texts may come from somebody's file. */

/* A table of text: columns as wide as their widest cell, and empty ones left out. */
static void
print_grid (GPtrArray *cells,
            guint n_columns)
{
  g_autofree int *widths = g_new0 (int, n_columns);

  for (guint i = 0; i < cells->len; i++)
    widths[i % n_columns] = MAX (widths[i % n_columns], get_columns (g_ptr_array_index (cells, i)));
  for (guint first = 0; first < cells->len; first += n_columns)
    {
      g_autoptr (GString) line = g_string_new (NULL);

      for (guint i = 0; i < n_columns; i++)
        {
          const char *cell = g_ptr_array_index (cells, first + i);

          if (widths[i] > 0)
            g_string_append_printf (line, "  %s%*s", cell, get_room (cell, widths[i]), "");
        }
      printf ("%s\n", g_strchomp (line->str));
    }
}

/* "128", "4 x positions"; nothing where it depends on the model. */
static char *
dup_features (JsonObject *site)
{
  const gint64 n = json_object_get_int_member_with_default (site, "features", 0);

  if (n == 0)
    return g_strdup ("");
  if (json_object_get_boolean_member_with_default (site, "per-position", FALSE))
    return g_strdup_printf (_ ("%" PRId64 " x positions"), n);
  return g_strdup_printf ("%" G_GINT64_FORMAT, n);
}

static void
print_list (JsonArray *sites,
            const char *name)
{
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < json_array_get_length (sites); i++)
    {
      JsonObject *site = json_array_get_object_element (sites, i);

      g_ptr_array_add (cells, dup_printable (inspect_get_text (site, name)));
      g_ptr_array_add (cells, dup_features (site));
      g_ptr_array_add (cells, dup_printable (inspect_get_text (site, "site")));
      g_ptr_array_add (cells, dup_printable (inspect_get_text (site, "formula")));
    }
  print_grid (cells, 4);
}

static gint
compare_texts (gconstpointer a,
               gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

/* The libraries that any of @sites has a name of. */
static GPtrArray *
list_libraries (JsonArray *sites)
{
  GPtrArray *libraries = g_ptr_array_new ();

  for (guint i = 0; i < json_array_get_length (sites); i++)
    {
      JsonArray *aliases = json_object_get_array_member (json_array_get_object_element (sites, i), "aliases");

      for (guint a = 0; a < json_array_get_length (aliases); a++)
        {
          const char *library = inspect_get_text (json_array_get_object_element (aliases, a), "library");

          if (!g_ptr_array_find_with_equal_func (libraries, library, g_str_equal, NULL))
            g_ptr_array_add (libraries, (gpointer) library);
        }
    }
  g_ptr_array_sort (libraries, compare_texts);
  return libraries;
}

/* Whether @longer is @name with more words and a dot before it. */
static gboolean
ends_with (const char *longer,
           const char *name)
{
  const gsize n = strlen (longer), n_end = strlen (name);

  return n > n_end + 1 && longer[n - n_end - 1] == '.' && g_str_has_suffix (longer, name);
}

/* The name as it is printed: "[model.]block.{layer}" where both forms are names; NULL for the short one of these. */
static char *
dup_shown (JsonArray *aliases,
           const char *library,
           const char *name)
{
  g_autofree char *shown = NULL;

  for (guint i = 0; i < json_array_get_length (aliases); i++)
    {
      JsonObject *alias = json_array_get_object_element (aliases, i);
      const char *other = inspect_get_text (alias, "name");

      if (!g_str_equal (inspect_get_text (alias, "library"), library))
        continue;
      if (ends_with (other, name))
        return NULL;
      if (shown == NULL && ends_with (name, other))
        shown = g_strdup_printf ("[%.*s]%s", (int) (strlen (name) - strlen (other)), name, other);
    }
  return dup_printable (shown != NULL ? shown : name);
}

static GPtrArray *
list_shown (JsonArray *aliases,
            const char *library)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < json_array_get_length (aliases); i++)
    {
      JsonObject *alias = json_array_get_object_element (aliases, i);
      char *shown = g_str_equal (inspect_get_text (alias, "library"), library) ? dup_shown (aliases, library, inspect_get_text (alias, "name")) : NULL;

      if (shown != NULL)
        g_ptr_array_add (names, shown);
    }
  return names;
}

/* One line, or as many as the library with most names for it needs. */
static void
add_entry (GPtrArray *cells,
           JsonObject *site,
           const char *name,
           GPtrArray *libraries)
{
  JsonArray *aliases = json_object_get_array_member (site, "aliases");
  g_autoptr (GPtrArray) columns = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  guint n_lines = 1;

  for (guint i = 0; i < libraries->len; i++)
    {
      GPtrArray *names = list_shown (aliases, g_ptr_array_index (libraries, i));

      n_lines = MAX (n_lines, names->len);
      g_ptr_array_add (columns, names);
    }
  for (guint line = 0; line < n_lines; line++)
    {
      g_ptr_array_add (cells, dup_printable (line == 0 ? inspect_get_text (site, name) : ""));
      for (guint i = 0; i < columns->len; i++)
        {
          GPtrArray *names = g_ptr_array_index (columns, i);

          g_ptr_array_add (cells, g_strdup (line < names->len ? g_ptr_array_index (names, line) : ""));
        }
    }
}

static void
print_dictionary (JsonArray *sites,
                  const char *name)
{
  g_autoptr (GPtrArray) libraries = list_libraries (sites);
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func (g_free);

  if (libraries->len == 0)
    return;
  printf ("\n%s\n", _ ("Their names in other libraries, accepted wherever ours are; * or any number may stand for {layer}"));
  g_ptr_array_add (cells, g_strdup (_ ("here")));
  for (guint i = 0; i < libraries->len; i++)
    g_ptr_array_add (cells, dup_printable (g_ptr_array_index (libraries, i)));
  for (guint i = 0; i < json_array_get_length (sites); i++)
    add_entry (cells, json_array_get_object_element (sites, i), name, libraries);
  print_grid (cells, libraries->len + 1);
}

void
inspect_print_sites (JsonObject *root,
                     const char *list,
                     const char *title,
                     const char *name)
{
  JsonArray *sites = json_object_has_member (root, list) ? json_object_get_array_member (root, list) : NULL;

  if (sites == NULL || json_array_get_length (sites) == 0)
    return;
  printf ("\n%s\n", title);
  print_list (sites, name);
  print_dictionary (sites, name);
}
