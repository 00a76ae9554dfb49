#define G_LOG_DOMAIN "sonde"

#include "sonde-figure-writer-private.h"

#include <string.h>

/* cairo numbers surfaces from a counter of the process and uses the numbers in ids. Here every id becomes its letters and
 * its place in the document, after the figure's name, so that several figures may stand in one page of HTML. */
typedef struct
{
  GHashTable *names; /* old id: new id */
  char *prefix;
} Renamer;

static const char *
rename_id (Renamer *self,
           const char *id,
           gsize length)
{
  g_autofree char *old = g_strndup (id, length);
  const char *known = g_hash_table_lookup (self->names, old);
  gsize letters = 0;
  char *fresh;

  if (known != NULL)
    return known;
  while (letters < length && g_ascii_isalpha (id[letters]))
    letters++;
  fresh = g_strdup_printf ("%s%.*s%u", self->prefix, (int) letters, id, g_hash_table_size (self->names));
  g_hash_table_insert (self->names, g_steal_pointer (&old), fresh);
  return fresh;
}

/* Where an id begins at @p, how many bytes come before it, and what ends it. */
static gsize
match_id (const char *p,
          gsize left,
          char *end)
{
  static const struct
  {
    const char *before;
    char end;
  } patterns[] = { { " id=\"", '"' }, { "href=\"#", '"' }, { "url(#", ')' } };

  for (guint i = 0; i < G_N_ELEMENTS (patterns); i++)
    {
      const gsize length = strlen (patterns[i].before);

      if (left > length && strncmp (p, patterns[i].before, length) == 0)
        {
          *end = patterns[i].end;
          return length;
        }
    }
  return 0;
}

static void
rename_ids (GString *out,
            const char *svg,
            gsize length,
            const char *prefix)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  Renamer renamer = { names, (char *) prefix };
  const char *copied = svg, *end = svg + length;

  for (const char *p = svg; p < end;)
    {
      char stop = 0;
      const gsize before = *p == ' ' || *p == 'h' || *p == 'u' ? match_id (p, end - p, &stop) : 0;
      const char *last = before > 0 ? memchr (p + before, stop, end - p - before) : NULL;

      if (last == NULL)
        {
          p++;
          continue;
        }
      g_string_append_len (out, copied, p + before - copied);
      g_string_append (out, rename_id (&renamer, p + before, last - p - before));
      copied = p = last;
    }
  g_string_append_len (out, copied, end - copied);
}

/* Letters, digits and dashes of the figure's name: what an id may hold. */
static char *
make_prefix (const char *name)
{
  GString *prefix = g_string_new (g_ascii_isalpha (*name) ? NULL : "figure-");

  for (const char *p = name; *p != '\0'; p++)
    g_string_append_c (prefix, g_ascii_isalnum (*p) ? *p : '-');
  g_string_append_c (prefix, '-');
  return g_string_free (prefix, FALSE);
}

static void
append_element (GString *out,
                const char *name,
                const char *id,
                const char *text)
{
  g_autofree char *clean = text != NULL ? _sonde_text_clean (text) : NULL;
  g_autofree char *escaped = clean != NULL ? g_markup_escape_text (clean, -1) : NULL;

  if (escaped == NULL)
    return;
  g_string_append_printf (out, "\n<%s", name);
  if (id != NULL)
    g_string_append_printf (out, " id=\"%s%s\"", id, name);
  g_string_append_printf (out, ">%s</%s>", escaped, name);
}

/* A picture with a name and a description, for programs that read aloud, as the Accessible Rich Internet Applications have it. */
static void
insert_texts (GString *svg,
              const char *prefix,
              const SondeSvgTexts *texts)
{
  const char *root = strstr (svg->str, "<svg");
  const char *end = root != NULL ? strchr (root, '>') : NULL;
  g_autoptr (GString) inside = g_string_new (NULL);

  if (end == NULL)
    return;
  g_string_append_printf (inside, " role=\"img\" xml:lang=\"%s\" aria-labelledby=\"%stitle\"", texts->language, prefix);
  if (texts->description != NULL)
    g_string_append_printf (inside, " aria-describedby=\"%sdesc\"", prefix);
  g_string_append_c (inside, '>');
  append_element (inside, "title", prefix, texts->title);
  append_element (inside, "desc", prefix, texts->description);
  append_element (inside, "metadata", NULL, texts->metadata);
  g_string_erase (svg, end - svg->str, 1);
  g_string_insert (svg, end - svg->str, inside->str);
}

GBytes *
_sonde_svg_finish (const char *svg,
                   gsize length,
                   const SondeSvgTexts *texts)
{
  g_autofree char *prefix = make_prefix (texts->name);
  GString *out = g_string_sized_new (length + length / 8 + 1024);

  rename_ids (out, svg, length, prefix);
  insert_texts (out, prefix, texts);
  return g_string_free_to_bytes (out);
}
