/* Heat maps as images of indexed colours: what SVG and PDF hold decodes to the very colours of the cells. */
#include <math.h>
#include <string.h>

#include <zlib.h>

#include "sonde-color-map-private.h"
#include "sonde-figure-writer.h"
#include "sonde-pdf-private.h"

#define ROWS 40
#define COLUMNS 60
#define GROW 11 /* 640 pixels or more along the longer side */

/* Some rows repeat, some cells are undefined; the maps differ. */
static double
cell_value (guint map,
            guint row,
            guint column)
{
  if (map == 1 && (row + column) % 7 == 0)
    return NAN;
  return row % 5 == 4 ? cell_value (map, row - 1, column) : (row * 31 + column * 17 + map * 5) % 101 / 100.0;
}

static SondeFigure *
make_figure (guint n_maps)
{
  SondeFigure *figure = sonde_figure_new ("maps", 1, n_maps, 300 * n_maps, 250);

  for (guint map = 0; map < n_maps; map++)
    {
      double values[ROWS * COLUMNS];

      for (guint i = 0; i < ROWS * COLUMNS; i++)
        values[i] = cell_value (map, i / COLUMNS, i % COLUMNS);
      sonde_panel_add_heat_map (sonde_figure_add_panel (figure, 0, map), values, ROWS, COLUMNS, SONDE_COLOR_MAP_MAGMA, 0, 1);
    }
  return figure;
}

static guint32
cell_color (guint map,
            guint row,
            guint column)
{
  return _sonde_color_map_rgb (SONDE_COLOR_MAP_MAGMA, _sonde_color_map_index (cell_value (map, row, column), 0, 1));
}

/* ---- PNG in SVG ---- */

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

static void
check_png (const char *base64,
           guint map)
{
  gsize length;
  g_autofree guchar *png = g_base64_decode (base64, &length);
  Reader reader = { png, length, 0 };
  cairo_surface_t *surface = cairo_image_surface_create_from_png_stream (read_bytes, &reader);
  const guchar *pixels = cairo_image_surface_get_data (surface);
  const gsize stride = (gsize) cairo_image_surface_get_stride (surface);

  g_assert_cmpint (cairo_surface_status (surface), ==, CAIRO_STATUS_SUCCESS);
  g_assert_cmpint (cairo_image_surface_get_width (surface), ==, COLUMNS * GROW);
  g_assert_cmpint (cairo_image_surface_get_height (surface), ==, ROWS * GROW);
  for (guint y = 0; y < ROWS * GROW; y++)
    for (guint x = 0; x < COLUMNS * GROW; x++)
      g_assert_cmphex (((const guint32 *) (pixels + y * stride))[x] & 0xffffff, ==, cell_color (map, y / GROW, x / GROW));
  cairo_surface_destroy (surface);
}

static void
test_svg (void)
{
  static const char before[] = "data:image/png;base64,";
  g_autoptr (SondeFigure) figure = make_figure (2);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = sonde_figure_to_svg (figure, NULL, &error);
  g_autofree char *svg = NULL;
  const char *place;
  guint n = 0;

  g_assert_no_error (error);
  svg = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  for (place = svg; (place = strstr (place, before)) != NULL; n++)
    {
      g_autofree char *base64 = NULL;

      place += strlen (before);
      base64 = g_strndup (place, strcspn (place, "\""));
      check_png (base64, n);
    }
  g_assert_cmpuint (n, ==, 2);
}

/* ---- PDF ---- */

static guint64
number_after (const char *text,
              const char *name)
{
  const char *place = strstr (text, name);

  g_assert_nonnull (place);
  return g_ascii_strtoull (place + strlen (name), NULL, 10);
}

/* Filters 0 and 2 of PNG are all that is used. */
static void
unpack (const guchar *packed,
        gsize length,
        guint8 *indices,
        gsize rows,
        gsize columns)
{
  uLongf size = rows * (columns + 1);
  g_autofree guint8 *raw = g_malloc (size);

  g_assert_cmpint (uncompress (raw, &size, packed, length), ==, Z_OK);
  g_assert_cmpuint (size, ==, rows * (columns + 1));
  for (gsize y = 0; y < rows; y++)
    {
      const guint8 *row = raw + y * (columns + 1);

      g_assert_true (row[0] == 0 || (row[0] == 2 && y > 0));
      for (gsize x = 0; x < columns; x++)
        indices[y * columns + x] = row[0] == 0 ? row[1 + x] : (guint8) (row[1 + x] + indices[(y - 1) * columns + x]);
    }
}

/* Which of the two maps it is, told by their first cell. */
static guint
check_pdf_image (const char *object)
{
  static const char data[] = "\nstream\n";
  const char *start = strstr (object, data) + strlen (data);
  const char *palette = strstr (object, "/Indexed /DeviceRGB 255 <") + strlen ("/Indexed /DeviceRGB 255 <");
  const gsize length = number_after (object, "/Length ");
  g_autofree guint8 *indices = g_malloc (ROWS * GROW * COLUMNS * GROW);
  guint map;

  g_assert_cmpuint (number_after (object, "/Width "), ==, COLUMNS * GROW);
  g_assert_cmpuint (number_after (object, "/Height "), ==, ROWS * GROW);
  g_assert_cmpuint (number_after (object, "/Columns "), ==, COLUMNS * GROW);
  g_assert_cmpint (memcmp (start + length, "\nendstream\nendobj\n", 18), ==, 0);
  unpack ((const guchar *) start, length, indices, ROWS * GROW, COLUMNS * GROW);
  map = strncmp (palette + 6 * indices[0], "b4b4b4", 6) == 0 ? 1 : 0;
  for (guint y = 0; y < ROWS * GROW; y++)
    for (guint x = 0; x < COLUMNS * GROW; x++)
      {
        char color[7] = "";

        memcpy (color, palette + 6 * indices[y * COLUMNS * GROW + x], 6);
        g_assert_cmphex (g_ascii_strtoull (color, NULL, 16), ==, cell_color (map, y / GROW, x / GROW));
      }
  return map;
}

/* Every entry of the table leads to the object of its number; each of the two maps is there @n times. */
static void
check_pdf (GBytes *bytes,
           guint n)
{
  gsize length;
  const char *pdf = g_bytes_get_data (bytes, &length);
  const char *tail = g_strrstr_len (pdf + length - 40, 40, "startxref\n");
  const char *table, *entry;
  guint n_objects, n_images[2] = { 0, 0 };

  g_assert_nonnull (tail);
  table = pdf + g_ascii_strtoull (tail + strlen ("startxref\n"), NULL, 10);
  g_assert_true (g_str_has_prefix (table, "xref\n0 "));
  n_objects = (guint) g_ascii_strtoull (table + strlen ("xref\n0 "), NULL, 10);
  entry = strchr (table + strlen ("xref\n"), '\n') + 1;
  for (guint i = 1; i < n_objects; i++)
    {
      const char *object = pdf + g_ascii_strtoull (entry + 20 * i, NULL, 10);
      g_autofree char *head = g_strdup_printf ("%u 0 obj\n", i);
      g_autofree char *dictionary = NULL;

      g_assert_true (g_str_has_prefix (object, head));
      dictionary = g_strndup (object, g_str_has_prefix (object + strlen (head), "<<") ? strcspn (object, ">") : 0);
      if (strstr (dictionary, "/DecodeParms") != NULL)
        n_images[check_pdf_image (object)]++;
      else
        g_assert_null (strstr (dictionary, "/Subtype /Image"));
    }
  g_assert_cmpuint (n_images[0], ==, n);
  g_assert_cmpuint (n_images[1], ==, n);
}

static void
test_pdf (void)
{
  g_autoptr (SondeFigure) figure = make_figure (2);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = sonde_figure_to_pdf (figure, NULL, 1600000000, &error);

  g_assert_no_error (error);
  check_pdf (bytes, 1);
}

static void
test_document (void)
{
  g_autoptr (SondeFigure) figure = make_figure (2);
  g_autoptr (SondeDocument) document = sonde_document_new ("Two figures");
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;

  sonde_document_add_figure (document, figure);
  sonde_document_add_text (document, SONDE_TEXT_BODY, "Between them");
  sonde_document_add_figure (document, figure);
  bytes = sonde_document_to_pdf (document, "keywords", 1600000000, &error);
  g_assert_no_error (error);
  check_pdf (bytes, 2);
}

static gboolean
holds (GBytes *bytes,
       const char *text)
{
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  for (gsize i = 0; i + strlen (text) <= length; i++)
    if (memcmp (data + i, text, strlen (text)) == 0)
      return TRUE;
  return FALSE;
}

static void
test_keywords (void)
{
  static const char *const texts[][2] = {
    { "plain", "   /Keywords (plain)\n" },
    { "f (x) = \\", "   /Keywords (f \\(x\\) = \\\\)\n" },
    { "\xc3\xa9 \xf0\x9d\x84\x9e", "   /Keywords <FEFF00E90020D834DD1E>\n" },
  };
  g_autoptr (SondeFigure) figure = make_figure (2);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GBytes) bytes = sonde_figure_to_pdf (figure, texts[i][0], 1600000000, NULL);

      g_assert_true (holds (bytes, texts[i][1]));
      check_pdf (bytes, 1);
    }
}

/* ---- documents that are not as expected ---- */

static void
test_refusals (void)
{
  static const char good[] = "%PDF-1.5\n1 0 obj\n<< /Type /Catalog\n>>\nendobj\n2 0 obj\n<< /Length 3 0 R\n   /Subtype /Image\n   /Width 3000\n   /Height 1\n>>\nstream\nx\nendstream\nendobj\n"
                             "3 0 obj\n   1\nendobj\nxref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000045 00000 n \n0000000146 00000 n \ntrailer\n<< /Size 4\n   /Root 1 0 R\n>>\nstartxref\n166\n%%EOF\n";
  const guint32 palette[256] = { 0x123456 };
  const guint8 index = 0;
  g_autoptr (SondeIndexedImage) image = _sonde_indexed_image_new (&index, 1, 1, 2, palette);
  SondeIndexedImage *images[] = { image, image };
  g_autoptr (GBytes) done = _sonde_pdf_fill_in ((const guint8 *) good, strlen (good), images, 1, NULL, "en");
  g_autoptr (GString) text = NULL;

  g_assert_nonnull (done);
  text = g_string_new_len (g_bytes_get_data (done, NULL), (gssize) g_bytes_get_size (done));
  g_assert_nonnull (strstr (text->str, "/Indexed /DeviceRGB 255 <123456000000"));
  g_assert_nonnull (strstr (text->str, "<< /Type /Catalog\n   /Lang (en)\n   /ViewerPreferences << /DisplayDocTitle true >>\n>>\nendobj\n"));
  /* Keywords need an object of properties. */
  g_assert_null (_sonde_pdf_fill_in ((const guint8 *) good, strlen (good), images, 1, "keywords", "en"));
  /* As many images as stand-ins; nothing cut off anywhere; no table that leads elsewhere. */
  g_assert_null (_sonde_pdf_fill_in ((const guint8 *) good, strlen (good), images, 2, NULL, "en"));
  for (gsize length = 0; length < strlen (good); length++)
    {
      g_autofree guint8 *cut = g_memdup2 (good, MAX (length, 1));

      g_assert_null (_sonde_pdf_fill_in (cut, length, images, 1, NULL, "en"));
    }
  for (guint i = 0; i < 6; i++)
    {
      static const char *const wrong[][2] = { { "startxref\n166", "startxref\n999" }, { "xref\n0 4", "xref\n0 9" }, { "0000000045 00000 n", "0000000045 00001 n" }, { "0000000146", "9999999146" }, { "/Root 1", "/Root 7" }, { "/Root", "/Boot" } };
      g_autoptr (GString) other = g_string_new (good);

      g_assert_cmpuint (g_string_replace (other, wrong[i][0], wrong[i][1], 1), ==, 1);
      g_assert_null (_sonde_pdf_fill_in ((const guint8 *) other->str, other->len, images, 1, NULL, "en"));
    }
}

/* All 256 colours and an undefined cell: more than an index can name, and still right. */
static void
test_too_many (void)
{
  g_autoptr (SondeFigure) figure = sonde_figure_new ("full", 1, 1, 300, 300);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *text = NULL;
  double values[ROWS * COLUMNS];

  for (guint i = 0; i < ROWS * COLUMNS; i++)
    values[i] = i == 0 ? NAN : i % 256 + 0.5;
  sonde_panel_add_heat_map (sonde_figure_add_panel (figure, 0, 0), values, ROWS, COLUMNS, SONDE_COLOR_MAP_MAGMA, 0, 256);
  bytes = sonde_figure_to_pdf (figure, NULL, 1600000000, &error);
  g_assert_no_error (error);
  g_assert_null (g_strstr_len (g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), "/Indexed"));
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/figures/images/svg", test_svg);
  g_test_add_func ("/figures/images/pdf", test_pdf);
  g_test_add_func ("/figures/images/document", test_document);
  g_test_add_func ("/figures/images/keywords", test_keywords);
  g_test_add_func ("/figures/images/refusals", test_refusals);
  g_test_add_func ("/figures/images/too-many", test_too_many);
  return g_test_run ();
}
