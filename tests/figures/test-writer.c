/* Files: their form, their metadata, and that the same figure gives the same bytes. */
#include <cairo-ft.h>
#include <dlfcn.h>
#include <gmodule.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#include "gallery.h"
#include "sonde-figure-private.h"
#include "sonde-figure-writer-private.h"

#define HOSTILE_TEXT "a < b & \"c\" \x01 \xff ]]> \u2028 東京"

static SondeFigure *
make_figure (guint index)
{
  switch (index % 5)
    {
    case 0:
      return gallery_profile (12);
    case 1:
      return gallery_cosine_cross_stage (50);
    case 2:
      return gallery_hostile ();
    case 3:
      return gallery_dimensionality ();
    default:
      return gallery_violin (4);
    }
}

static GBytes *
write_figure (SondeFigure *figure,
              guint format,
              const char *metadata)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes;

  if (format == 0)
    bytes = sonde_figure_to_svg (figure, metadata, &error);
  else if (format == 1)
    bytes = sonde_figure_to_pdf (figure, metadata, 1600000000, &error);
  else
    bytes = sonde_figure_to_png (figure, metadata, 100, &error);
  g_assert_no_error (error);
  g_assert_nonnull (bytes);
  return bytes;
}

static char *
checksum (guint index,
          guint format)
{
  g_autoptr (SondeFigure) figure = make_figure (index);
  g_autoptr (GBytes) bytes = write_figure (figure, format, "metadata");

  return g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
}

static void
check_magic (void)
{
  static const char *const begin[] = { "<?xml", "%PDF-1.", "\x89PNG\r\n\x1a\n" };
  g_autoptr (SondeFigure) figure = gallery_dimensionality ();

  for (guint format = 0; format < 3; format++)
    {
      g_autoptr (GBytes) bytes = write_figure (figure, format, NULL);

      g_assert_cmpuint (g_bytes_get_size (bytes), >, 1000);
      g_assert_cmpint (memcmp (g_bytes_get_data (bytes, NULL), begin[format], strlen (begin[format])), ==, 0);
    }
}

/* ---- SVG ---- */

typedef struct
{
  GHashTable *counts; /* of elements */
  GHashTable *ids;
  GPtrArray *references;
  GString *metadata;
  guint n_elements, metadata_at;
} Document;

static void
start_element (GMarkupParseContext *context,
               const char *name,
               const char **attributes,
               const char **values,
               gpointer data,
               GError **error)
{
  Document *self = data;
  const guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->counts, name));

  g_hash_table_insert (self->counts, g_strdup (name), GUINT_TO_POINTER (n + 1));
  if (strcmp (name, "metadata") == 0)
    self->metadata_at = self->n_elements;
  self->n_elements++;
  for (guint i = 0; attributes[i] != NULL; i++)
    {
      const char *url = strstr (values[i], "url(#");

      if (strcmp (attributes[i], "id") == 0)
        g_assert_true (g_hash_table_add (self->ids, g_strdup (values[i])));
      if (g_str_has_suffix (attributes[i], "href") && values[i][0] == '#')
        g_ptr_array_add (self->references, g_strdup (values[i] + 1));
      if (url != NULL)
        g_ptr_array_add (self->references, g_strndup (url + 5, strcspn (url + 5, ")")));
    }
}

static void
element_text (GMarkupParseContext *context,
              const char *text,
              gsize length,
              gpointer data,
              GError **error)
{
  Document *self = data;

  if (strcmp (g_markup_parse_context_get_element (context), "metadata") == 0)
    g_string_append_len (self->metadata, text, length);
}

static void
document_parse (Document *self,
                GBytes *svg)
{
  static const GMarkupParser parser = { start_element, NULL, element_text, NULL, NULL };
  g_autoptr (GError) error = NULL;
  GMarkupParseContext *context;

  *self = (Document){ g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL), g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
                      g_ptr_array_new_with_free_func (g_free), g_string_new (NULL) };
  context = g_markup_parse_context_new (&parser, 0, self, NULL);
  g_markup_parse_context_parse (context, g_bytes_get_data (svg, NULL), g_bytes_get_size (svg), &error);
  g_assert_no_error (error);
  g_markup_parse_context_end_parse (context, &error);
  g_assert_no_error (error);
  g_markup_parse_context_free (context);
  /* Ids are new; whatever refers to one must still find it. */
  g_assert_cmpuint (self->references->len, >, 0);
  for (guint i = 0; i < self->references->len; i++)
    g_assert_true (g_hash_table_contains (self->ids, g_ptr_array_index (self->references, i)));
}

static guint
document_count (const Document *self,
                const char *element)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->counts, element));
}

static void
document_clear (Document *self)
{
  g_hash_table_unref (self->counts);
  g_hash_table_unref (self->ids);
  g_ptr_array_unref (self->references);
  g_string_free (self->metadata, TRUE);
}

static void
check_svg (void)
{
  g_autoptr (SondeFigure) matrices = gallery_cosine_matrix (40), few = gallery_cosine_matrix (10), bars = gallery_similarity_bars (6);
  g_autoptr (GBytes) with_images = write_figure (matrices, 0, HOSTILE_TEXT), without = write_figure (few, 0, NULL), of_bars = write_figure (bars, 0, NULL);
  Document document;

  document_parse (&document, with_images);
  g_assert_cmpuint (document_count (&document, "image"), ==, 8);
  g_assert_cmpuint (document_count (&document, "linearGradient"), ==, 8);
  g_assert_cmpuint (document_count (&document, "title"), ==, 1);
  /* A child of the root, behind the title. */
  g_assert_cmpuint (document.metadata_at, ==, 2);
  g_assert_cmpstr (document.metadata->str, ==, "a < b & \"c\" \ufffd \ufffd ]]> \u2028 東京");
  document_clear (&document);

  document_parse (&document, without);
  g_assert_cmpuint (document_count (&document, "image"), ==, 0);
  g_assert_cmpuint (document_count (&document, "path"), >=, 8 * 100);
  g_assert_cmpuint (document_count (&document, "metadata"), ==, 0);
  document_clear (&document);

  /* Twelve bars, four spines, their ticks, and a letter for each letter. */
  document_parse (&document, of_bars);
  g_assert_cmpuint (document_count (&document, "image"), ==, 0);
  g_assert_cmpuint (document_count (&document, "use"), >=, strlen ("A)One-sequencePairRSAscore") * 2);
  g_assert_cmpuint (document_count (&document, "path"), >=, 12 + 2 + 12);
  document_clear (&document);
}

static guint
count_string (GBytes *bytes,
              const char *string)
{
  const char *data = g_bytes_get_data (bytes, NULL), *end = data + g_bytes_get_size (bytes);
  const gsize length = strlen (string);
  guint n = 0;

  for (const char *p = data; p + length <= end; p++)
    n += memcmp (p, string, length) == 0;
  return n;
}

/* Whoever does not see the picture hears what it is and what it shows, and in which language. */
static void
check_svg_texts (void)
{
  g_autoptr (SondeFigure) figure = gallery_similarity_bars (3);
  g_autoptr (GBytes) without = NULL, with = NULL;

  sonde_figure_set_caption (figure, NULL);
  without = write_figure (figure, 0, NULL);
  g_assert_cmpuint (count_string (without, " role=\"img\" xml:lang=\"en\" aria-labelledby=\"rsa-title\">\n<title id=\"rsa-title\">rsa</title>\n<"), ==, 1);
  g_assert_cmpuint (count_string (without, "<desc"), ==, 0);
  sonde_figure_set_title (figure, "Over all panels");
  sonde_figure_set_caption (figure, "What it shows & how");
  with = write_figure (figure, 0, NULL);
  g_assert_cmpuint (count_string (with, " aria-labelledby=\"rsa-title\" aria-describedby=\"rsa-desc\">\n<title id=\"rsa-title\">Over all panels</title>\n<desc id=\"rsa-desc\">What it shows &amp; how</desc>\n"), ==, 1);
  g_clear_pointer (&with, g_bytes_unref);
  sonde_figure_set_heading (figure, "Similarity <of stages>");
  with = write_figure (figure, 0, NULL);
  g_assert_cmpuint (count_string (with, "<title id=\"rsa-title\">Similarity &lt;of stages&gt;</title>"), ==, 1);
}

/* The ids of one figure are not those of another: both may stand in one page of HTML. */
static void
check_svg_ids (void)
{
  g_autoptr (SondeFigure) figure = gallery_similarity_bars (3);
  g_autoptr (GBytes) bytes = write_figure (figure, 0, NULL);

  g_assert_cmpuint (count_string (bytes, " id=\""), >, 5);
  g_assert_cmpuint (count_string (bytes, " id=\""), ==, count_string (bytes, " id=\"rsa-"));
}

/* ---- PDF and PNG ---- */

static void
check_pdf (void)
{
  g_autoptr (SondeFigure) figure = gallery_similarity_bars (3);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL, none = NULL;

  sonde_figure_set_caption (figure, "The caption.");
  bytes = write_figure (figure, 1, "all keywords");
  g_assert_cmpuint (count_string (bytes, "/Title (rsa)"), ==, 1);
  g_assert_cmpuint (count_string (bytes, "/Lang (en)"), ==, 1);
  g_assert_cmpuint (count_string (bytes, "/ViewerPreferences << /DisplayDocTitle true >>"), ==, 1);
  g_assert_cmpuint (count_string (bytes, "/Creator (Sonde)"), ==, 1);
  g_assert_cmpuint (count_string (bytes, "/Subject (The caption.)"), ==, 1);
  g_assert_cmpuint (count_string (bytes, "/Keywords (all keywords)"), ==, 1);
  /* 1600000000 is 13 September 2020, 12:26:40 UTC. */
  g_assert_cmpuint (count_string (bytes, "/CreationDate (20200913122640Z)"), ==, 1);
  g_assert_cmpuint (count_string (bytes, "/ModDate (20200913122640Z)"), ==, 1);

  none = sonde_figure_to_pdf (figure, NULL, G_MAXINT64, &error);
  g_assert_null (none);
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "9223372036854775807"));
}

typedef struct
{
  const guchar *data;
  gsize length, at;
} Reader;

static cairo_status_t
read_bytes (void *closure,
            unsigned char *data,
            unsigned int length)
{
  Reader *reader = closure;

  if (reader->length - reader->at < length)
    return CAIRO_STATUS_READ_ERROR;
  memcpy (data, reader->data + reader->at, length);
  reader->at += length;
  return CAIRO_STATUS_SUCCESS;
}

/* libpng refuses a chunk whose checksum is wrong. */
static void
check_png (void)
{
  g_autoptr (SondeFigure) figure = gallery_similarity_bars (3);
  g_autoptr (GBytes) bytes = write_figure (figure, 2, "what ran");
  g_autoptr (GError) error = NULL;
  Reader reader = { g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), 0 };
  cairo_surface_t *surface = cairo_image_surface_create_from_png_stream (read_bytes, &reader);

  g_assert_cmpint (cairo_surface_status (surface), ==, CAIRO_STATUS_SUCCESS);
  g_assert_cmpint (cairo_image_surface_get_width (surface), ==, 1000);
  g_assert_cmpint (cairo_image_surface_get_height (surface), ==, 300);
  cairo_surface_destroy (surface);
  g_assert_cmpuint (count_string (bytes, "iTXtComment"), ==, 1);
  g_assert_cmpuint (count_string (bytes, "what ran"), ==, 1);
  g_assert_cmpuint (count_string (bytes, "pHYs"), ==, 1);

  g_assert_null (sonde_figure_to_png (figure, NULL, 1e6, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_null (sonde_figure_to_png (figure, NULL, NAN, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_null (sonde_figure_to_png (figure, NULL, 0, &error));
  g_assert_nonnull (error);
}

/* Each side is possible; both together would take more than half a gigabyte. */
static void
test_png_pixels (void)
{
  g_autoptr (SondeFigure) figure = sonde_figure_new ("large", 1, 1, 16384, 8193);
  g_autoptr (GError) error = NULL;

  g_assert_null (sonde_figure_to_png (figure, NULL, 72, &error));
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "16384 x 8193 pixels"));
  g_assert_nonnull (strstr (error->message, "at most 134217728 in all"));
}

/* ---- the same bytes ---- */

static void
check_repeat (void)
{
  for (guint format = 0; format < 3; format++)
    {
      g_autofree char *first = checksum (0, format);

      for (guint i = 0; i < 5; i++)
        {
          /* Other figures in between, in another order for each format. */
          g_autofree char *other = checksum (i + format, (format + i) % 3);
          g_autofree char *again = checksum (0, format);

          g_assert_cmpstr (again, ==, first);
        }
    }
}

#define PRINT "--print-checksum"

/* Another process, which draws this figure first, agrees with this one, which drew many before. */
static void
check_process (void)
{
  for (guint i = 0; i < 5 * 3; i++)
    {
      g_autofree char *index = g_strdup_printf ("%u", i / 3), *format = g_strdup_printf ("%u", i % 3);
      const char *const command[] = { "/proc/self/exe", PRINT, index, format, NULL };
      g_autofree char *path = g_file_read_link (command[0], NULL);
      const char *const resolved[] = { path, PRINT, index, format, NULL };
      g_autofree char *found = NULL, *expected = checksum (i / 3, i % 3);
      g_autoptr (GError) error = NULL;

      g_assert_true (g_spawn_sync (NULL, (char **) resolved, NULL, G_SPAWN_DEFAULT, NULL, NULL, &found, NULL, NULL, &error));
      g_assert_no_error (error);
      g_assert_cmpstr (g_strstrip (found), ==, expected);
    }
}

static gpointer
draw_in_thread (gpointer data)
{
  GPtrArray *sums = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < 6; i++)
    g_ptr_array_add (sums, checksum (GPOINTER_TO_UINT (data) + i, i % 3));
  return sums;
}

static void
check_threads (void)
{
  GThread *threads[4];

  for (guint t = 0; t < 4; t++)
    threads[t] = g_thread_new ("figures", draw_in_thread, GUINT_TO_POINTER (t));
  for (guint t = 0; t < 4; t++)
    {
      g_autoptr (GPtrArray) found = g_thread_join (threads[t]);
      g_autoptr (GPtrArray) expected = draw_in_thread (GUINT_TO_POINTER (t));

      for (guint i = 0; i < 6; i++)
        g_assert_cmpstr (g_ptr_array_index (found, i), ==, g_ptr_array_index (expected, i));
    }
}

/* Stands before cairo's: its table of faces is not safe between threads. Two that ask for a face at once may each be given one,
 * and a document then has the font twice. */
static gint asking, asked, asked_at_once;

G_MODULE_EXPORT cairo_font_face_t *
cairo_ft_font_face_create_for_pattern (FcPattern *pattern)
{
  cairo_font_face_t *(*original) (FcPattern * pattern) = dlsym (RTLD_NEXT, "cairo_ft_font_face_create_for_pattern");
  cairo_font_face_t *face;

  g_atomic_int_inc (&asked);
  if (g_atomic_int_add (&asking, 1) > 0)
    g_atomic_int_inc (&asked_at_once);
  g_usleep (2000);
  face = original (pattern);
  g_atomic_int_add (&asking, -1);
  return face;
}

static gpointer
draw_documents (gpointer data)
{
  g_autoptr (SondeDocument) document = sonde_document_new ("Threads");
  g_autoptr (SondeFigure) figure = make_figure (GPOINTER_TO_UINT (data));
  g_autoptr (GError) error = NULL;

  sonde_document_add_text (document, SONDE_TEXT_HEADING, HOSTILE_TEXT);
  sonde_document_add_figure (document, figure);
  return sonde_document_to_pdf (document, NULL, 1600000000, &error);
}

/* Figures and documents of threads that each have to find their fonts. */
static void
check_faces (void)
{
  GThread *threads[5];

  g_atomic_int_set (&asked, 0);
  for (guint t = 0; t < G_N_ELEMENTS (threads); t++)
    threads[t] = g_thread_new ("document", draw_documents, GUINT_TO_POINTER (t));
  for (guint t = 0; t < G_N_ELEMENTS (threads); t++)
    {
      g_autoptr (GBytes) bytes = g_thread_join (threads[t]);

      g_assert_nonnull (bytes);
    }
  g_assert_cmpint (asked, >, 0);
  g_assert_cmpint (asked_at_once, ==, 0);
}

static gpointer
draw_shared (gpointer data)
{
  g_autoptr (GBytes) bytes = write_figure (data, 0, NULL);

  return g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
}

/* One figure, drawn by two threads at once. */
static void
check_shared (void)
{
  g_autoptr (SondeFigure) figure = gallery_profile (12);
  GThread *one = g_thread_new ("one", draw_shared, figure), *two = g_thread_new ("two", draw_shared, figure);
  g_autofree char *first = g_thread_join (one), *second = g_thread_join (two);

  g_assert_cmpstr (first, ==, second);
}

static void
check_locale (void)
{
  g_autofree char *plain = checksum (3, 0);
  g_autofree char *with_comma = NULL;

  if (setlocale (LC_ALL, "de_DE.UTF-8") == NULL && setlocale (LC_ALL, "fr_FR.UTF-8") == NULL)
    {
      g_test_skip ("no locale with a decimal comma is installed");
      return;
    }
  with_comma = checksum (3, 0);
  setlocale (LC_ALL, "C");
  g_assert_cmpstr (with_comma, ==, plain);
}

/* A figure that is set once for all its files gives the same files; once it is let go it may change, and does. */
static void
check_held (void)
{
  for (guint index = 0; index < 5; index++)
    {
      g_autoptr (SondeFigure) figure = make_figure (index);
      SondePanel *panel;
      guint row, column;

      _sonde_figure_hold (figure);
      _sonde_figure_prepare (figure);
      for (guint i = 0; i < 6; i++)
        {
          g_autoptr (GBytes) bytes = write_figure (figure, i % 3, "metadata");
          g_autofree char *sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
          g_autofree char *expected = checksum (index, i % 3);

          g_assert_cmpstr (sum, ==, expected);
        }
      _sonde_figure_release (figure);
      panel = _sonde_figure_get_panel (figure, 0, &row, &column);
      sonde_panel_set_title (panel, "Another");
      for (guint format = 0; format < 3; format++)
        {
          g_autoptr (GBytes) bytes = write_figure (figure, format, "metadata");
          g_autofree char *sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
          g_autofree char *before = checksum (index, format);

          g_assert_cmpstr (sum, !=, before);
        }
    }
}

/* A million cells: one image, not a million rectangles. */
static void
check_size (void)
{
  g_autoptr (SondeFigure) figure = sonde_figure_new ("million", 1, 1, 432, 432);
  SondePanel *panel = sonde_figure_add_panel (figure, 0, 0);
  g_autoptr (GRand) rand = g_rand_new_with_seed (8);
  g_autofree double *values = g_new (double, 1000 * 1000);

  for (guint i = 0; i < 1000 * 1000; i++)
    values[i] = g_rand_double (rand);
  sonde_panel_add_heat_map (panel, values, 1000, 1000, SONDE_COLOR_MAP_MAGMA, NAN, NAN);
  for (guint format = 0; format < 3; format++)
    {
      g_autoptr (GBytes) bytes = write_figure (figure, format, NULL);

      /* Noise of 256 colours is a megabyte; as text of SVG a third more. */
      g_assert_cmpuint (g_bytes_get_size (bytes), <, format == 1 ? 1100000 : 1500000);
    }
}

int
main (int argc,
      char **argv)
{
  if (argc == 4 && strcmp (argv[1], PRINT) == 0)
    {
      g_autofree char *sum = checksum ((guint) atoi (argv[2]), (guint) atoi (argv[3]));

      g_print ("%s\n", sum);
      return 0;
    }
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/figures/writer/magic", check_magic);
  g_test_add_func ("/figures/writer/svg", check_svg);
  g_test_add_func ("/figures/writer/svg-texts", check_svg_texts);
  g_test_add_func ("/figures/writer/svg-ids", check_svg_ids);
  g_test_add_func ("/figures/writer/pdf", check_pdf);
  g_test_add_func ("/figures/writer/png", check_png);
  g_test_add_func ("/figures/writer/png-pixels", test_png_pixels);
  g_test_add_func ("/figures/writer/repeat", check_repeat);
  g_test_add_func ("/figures/writer/process", check_process);
  g_test_add_func ("/figures/writer/threads", check_threads);
  g_test_add_func ("/figures/writer/faces", check_faces);
  g_test_add_func ("/figures/writer/shared", check_shared);
  g_test_add_func ("/figures/writer/held", check_held);
  g_test_add_func ("/figures/writer/locale", check_locale);
  g_test_add_func ("/figures/writer/size", check_size);
  return g_test_run ();
}
