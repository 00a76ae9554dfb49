#define G_LOG_DOMAIN "sonde"

#include "sonde-label.h"

#include <string.h>

/* Short labels for stages that have none of their own, as those of arrays, whose names may be sixty letters long. */

#define MOST_CHARACTERS 14
#define SEPARATORS "._-/: "

/* A stage that is called by its name everywhere, on axes by the beginning of it: nobody chose these words. */
static gboolean
is_unnamed (const SondeStage *stage)
{
  return g_str_equal (stage->label, stage->id) && g_str_has_prefix (stage->id, stage->short_label);
}

static gboolean
is_long (const char *text)
{
  return g_utf8_strlen (text, -1) > MOST_CHARACTERS;
}

/* So many bytes at the beginning of both names are the same whole words, each with what separates it from the next; something is left
 * of both. */
static gsize
get_shared_head (const char *a,
                 const char *b)
{
  gsize shared = 0;

  for (gsize i = 0; a[i] != '\0' && a[i] == b[i]; i++)
    if (strchr (SEPARATORS, a[i]) != NULL && a[i + 1] != '\0' && b[i + 1] != '\0')
      shared = i + 1;
  return shared;
}

/* A single name is known by its last words. */
static gsize
find_last_words (const char *name)
{
  gsize head = 0;

  for (gsize i = 0; name[i] != '\0' && is_long (name + head); i++)
    if (strchr (SEPARATORS, name[i]) != NULL && name[i + 1] != '\0')
      head = i + 1;
  return head;
}

/* The words that all names begin with tell nothing. */
static gsize
find_shared_head (GPtrArray *stages)
{
  const char *first = NULL;
  guint n_unnamed = 0;
  gsize shared = 0;

  for (guint i = 0; i < stages->len; i++)
    {
      const SondeStage *stage = g_ptr_array_index (stages, i);

      if (!is_unnamed (stage))
        continue;
      shared = first == NULL ? strlen (stage->id) : MIN (shared, get_shared_head (first, stage->id));
      first = first == NULL ? stage->id : first;
      n_unnamed++;
    }
  if (n_unnamed < 2)
    return first != NULL ? find_last_words (first) : 0;
  return shared;
}

/* Each word cut to @n_characters; what separates words stays. */
static char *
cut_words (const char *name,
           guint n_characters)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint n = 0;

  for (const char *p = name; *p != '\0'; p = g_utf8_next_char (p))
    {
      const gboolean separates = strchr (SEPARATORS, *p) != NULL;

      n = separates ? 0 : n + 1;
      if (n <= n_characters)
        g_string_append_len (text, p, g_utf8_next_char (p) - p);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
cut (const char *text)
{
  g_autofree char *beginning = NULL;

  if (!is_long (text))
    return g_strdup (text);
  beginning = g_utf8_substring (text, 0, MOST_CHARACTERS - 1);
  return g_strconcat (beginning, "…", NULL);
}

/* The whole name where it is short, else as many letters of each of its words as there is room for. */
static char *
shorten (const char *name)
{
  for (guint n = MOST_CHARACTERS; n > 0; n--)
    {
      g_autofree char *text = cut_words (name, n);

      if (!is_long (text))
        return g_steal_pointer (&text);
    }
  return cut (name);
}

static void
replace (char **place,
         const char *text)
{
  g_free (*place);
  *place = g_strdup (text);
}

static void
name_stages (GPtrArray *stages)
{
  gsize head = find_shared_head (stages);
  gboolean any_long = FALSE;

  for (guint i = 0; i < stages->len; i++)
    any_long |= is_long (((SondeStage *) g_ptr_array_index (stages, i))->id);
  for (guint i = 0; i < stages->len; i++)
    {
      SondeStage *stage = g_ptr_array_index (stages, i);
      g_autofree char *text = NULL;

      if (!is_unnamed (stage))
        continue;
      text = shorten (stage->id + (any_long ? head : 0));
      replace (&stage->short_label, text);
      replace (&stage->label, text);
      replace (&stage->axis_label, text);
    }
}

/* Stages that share a label are told apart by their numbers. FALSE where none did. */
static gboolean
number_doubles (GPtrArray *stages,
                gboolean all)
{
  g_autoptr (GHashTable) counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gboolean found = FALSE;

  for (guint i = 0; i < stages->len; i++)
    {
      const char *label = ((SondeStage *) g_ptr_array_index (stages, i))->short_label;

      g_hash_table_insert (counts, g_strdup (label), GUINT_TO_POINTER (1 + GPOINTER_TO_UINT (g_hash_table_lookup (counts, label))));
    }
  if (g_hash_table_size (counts) == stages->len)
    return FALSE;
  for (guint i = 0; i < stages->len; i++)
    {
      SondeStage *stage = g_ptr_array_index (stages, i);
      g_autofree char *numbered = g_strdup_printf ("%u %s", i + 1, stage->short_label);
      g_autofree char *text = cut (numbered);

      if (all || GPOINTER_TO_UINT (g_hash_table_lookup (counts, stage->short_label)) > 1)
        {
          replace (&stage->short_label, text);
          found = TRUE;
        }
    }
  return found;
}

/**
 * sonde_label_dup_stages:
 * @stages: (element-type SondeStage): stages with different ids
 *
 * Labels that somebody chose stay as they are. A stage that only has a name is called by it; where names are longer than fourteen
 * letters, without the words that all begin with, and with as many letters of the others as there is room for. Stages that would be
 * called the same have their numbers, from 1, in front.
 *
 * Returns: (transfer container) (element-type SondeStage): copies, no two with the same short label
 */
GPtrArray *
sonde_label_dup_stages (GPtrArray *stages)
{
  GPtrArray *copies;

  g_return_val_if_fail (stages != NULL, NULL);

  copies = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_stage_free);
  for (guint i = 0; i < stages->len; i++)
    g_ptr_array_add (copies, sonde_stage_copy (g_ptr_array_index (stages, i)));
  name_stages (copies);
  /* A number may make a label that another stage chose. */
  if (number_doubles (copies, FALSE))
    number_doubles (copies, TRUE);
  return copies;
}
