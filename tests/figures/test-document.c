/* Reports: pages, flowing text, outline, the same bytes. */
#include <string.h>

#include "gallery.h"

static GBytes *
write_document (SondeDocument *document)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes = sonde_document_to_pdf (document, "keywords", 0, &error);

  g_assert_no_error (error);
  g_assert_nonnull (bytes);
  g_assert_cmpint (memcmp (g_bytes_get_data (bytes, NULL), "%PDF-1.", 7), ==, 0);
  return bytes;
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

static guint
count_pages (GBytes *bytes)
{
  return count_string (bytes, "/Type /Page %");
}

static void
check_empty (void)
{
  g_autoptr (SondeDocument) document = sonde_document_new ("Empty");
  g_autoptr (GBytes) bytes = write_document (document);

  g_assert_cmpuint (count_pages (bytes), ==, 1);
  g_assert_cmpuint (count_string (bytes, "/Title (Empty)"), ==, 1);
}

static void
check_flow (void)
{
  g_autoptr (SondeDocument) document = sonde_document_new ("Long");
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GBytes) bytes = NULL;

  /* 6,000 words of seven letters: some 42,000 letters, of which a page of this size holds about 4,500. */
  for (guint i = 0; i < 6000; i++)
    g_string_append_printf (text, "w%05u ", i);
  sonde_document_add_text (document, SONDE_TEXT_BODY, text->str);
  bytes = write_document (document);
  g_assert_cmpuint (count_pages (bytes), >=, 7);
  g_assert_cmpuint (count_pages (bytes), <=, 14);
}

/* No space, no newline, any script: still broken into lines and pages. */
static void
check_unbroken (void)
{
  g_autoptr (SondeDocument) document = sonde_document_new ("Unbroken");
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GBytes) bytes = NULL;

  for (guint i = 0; i < 20000; i++)
    g_string_append (text, i % 3 == 0 ? "é" : i % 3 == 1 ? "م"
                                                         : "x");
  sonde_document_add_text (document, SONDE_TEXT_CODE, text->str);
  sonde_document_add_field (document, "hash", text->str);
  sonde_document_add_field (document, "", "");
  sonde_document_add_text (document, SONDE_TEXT_BODY, "");
  sonde_document_add_text (document, SONDE_TEXT_BODY, "\n\n\x01\xff\n");
  bytes = write_document (document);
  g_assert_cmpuint (count_pages (bytes), >=, 4);
}

static void
check_breaks (void)
{
  g_autoptr (SondeDocument) document = sonde_document_new ("Breaks");
  g_autoptr (GBytes) bytes = NULL;

  sonde_document_add_page_break (document);
  sonde_document_add_text (document, SONDE_TEXT_TITLE, "One");
  sonde_document_add_page_break (document);
  sonde_document_add_page_break (document);
  sonde_document_add_text (document, SONDE_TEXT_HEADING, "Two");
  sonde_document_add_page_break (document);
  bytes = write_document (document);
  g_assert_cmpuint (count_pages (bytes), ==, 2);
  g_assert_cmpuint (count_string (bytes, "/Title (One)"), ==, 1);
  g_assert_cmpuint (count_string (bytes, "/Title (Two)"), ==, 1);
}

static void
check_figures (void)
{
  g_autoptr (SondeDocument) document = sonde_document_new ("Figures");
  g_autoptr (SondeFigure) wide = gallery_dimensionality (), high = sonde_figure_new ("high", 1, 1, 100, 2000);
  g_autoptr (GString) caption = g_string_new (NULL);
  g_autoptr (GBytes) bytes = NULL;

  sonde_figure_add_panel (high, 0, 0);
  for (guint i = 0; i < 2000; i++)
    g_string_append (caption, "caption ");
  sonde_figure_set_caption (high, caption->str);
  sonde_document_add_text (document, SONDE_TEXT_BODY, "before");
  sonde_document_add_figure (document, wide);
  sonde_document_add_figure (document, high);
  sonde_document_add_text (document, SONDE_TEXT_BODY, "after");
  bytes = write_document (document);
  /* Text, figure, figure with a caption of three more pages or four, text. */
  g_assert_cmpuint (count_pages (bytes), >=, 3 + 3 + 1);
  g_assert_cmpuint (count_pages (bytes), <=, 3 + 4 + 1);
  g_assert_cmpuint (count_string (bytes, "/Title (Dimensionality results from layer 6)"), ==, 1);
  g_assert_cmpuint (count_string (bytes, "/Title (high)"), ==, 1);
}

static void
check_repeat (void)
{
  g_autoptr (GBytes) first = NULL;

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (SondeDocument) document = sonde_document_new ("Same");
      g_autoptr (SondeFigure) figure = gallery_profile (3);
      g_autoptr (GBytes) bytes = NULL;

      sonde_document_add_text (document, SONDE_TEXT_TITLE, "Same");
      sonde_document_add_field (document, "name", "value");
      sonde_document_add_figure (document, figure);
      bytes = write_document (document);
      if (first == NULL)
        first = g_bytes_ref (bytes);
      g_assert_true (g_bytes_equal (first, bytes));
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/figures/document/empty", check_empty);
  g_test_add_func ("/figures/document/flow", check_flow);
  g_test_add_func ("/figures/document/unbroken", check_unbroken);
  g_test_add_func ("/figures/document/breaks", check_breaks);
  g_test_add_func ("/figures/document/figures", check_figures);
  g_test_add_func ("/figures/document/repeat", check_repeat);
  return g_test_run ();
}
