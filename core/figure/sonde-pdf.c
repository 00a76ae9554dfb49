#define G_LOG_DOMAIN "sonde"
#include <glib/gi18n-lib.h>

#include "sonde-pdf-private.h"

#include <inttypes.h>
#include <errno.h>
#include <string.h>

#include <cairo-pdf.h>

#include "sonde-error.h"
#include "sonde-figure-writer-private.h"

/* cairo can write an image into PDF as three channels only, and packs it anew in every document. Here it draws a line of black
 * pixels in each image's place, whose length says which image it stands for; in the finished document the image of indexed
 * colours, packed once, takes that object's place. The keywords, which hold all that is known of a report, are put in likewise, in a quarter of what
 * cairo writes them in; and so are the document's language and that its title is to be shown, of which cairo knows nothing. Where a document is not written as this expects, it is drawn again with
 * cairo's own images. */
#define FIRST_LENGTH 3000 /* pixels of the first image's stand-in; the next has one more */
#define MOST_IMAGES 2000

static const cairo_user_data_key_t images_key;

/* ---- the document that cairo wrote ---- */

typedef struct
{
  guint number;
  gsize offset, end;
} Object;

typedef struct
{
  const char *start;
  gsize length;
  gsize table;     /* where the table of objects begins */
  gsize trailer;   /* where it ends */
  gsize pointer;   /* where it says where the table begins */
  guint n_objects; /* number 0 included, which is none */
  GArray *objects; /* of Object, by offset */
} Pdf;

/* The decimal number at @p, and what follows it. */
static gboolean
read_number (const char *p,
             guint64 *number,
             const char **end)
{
  char *rest;

  if (!g_ascii_isdigit (*p))
    return FALSE;
  *number = g_ascii_strtoull (p, &rest, 10);
  *end = rest;
  return TRUE;
}

#define POINTER "\nstartxref\n"
#define END "\n%%EOF\n"
#define LONGEST_TAIL 64 /* of the pointer and the end */

static gboolean
find_pointer (Pdf *self)
{
  const gsize tail = self->length - MIN (self->length, LONGEST_TAIL);
  const char *last = g_strrstr_len (self->start + tail, (gssize) (self->length - tail), POINTER);

  if (last == NULL || self->length < strlen (END) || memcmp (self->start + self->length - strlen (END), END, strlen (END)) != 0)
    return FALSE;
  self->pointer = (gsize) (last - self->start);
  return TRUE;
}

static gboolean
find_table (Pdf *self)
{
  const char *rest;
  guint64 table, first, n;

  if (!find_pointer (self) || !read_number (self->start + self->pointer + strlen (POINTER), &table, &rest) || table >= self->pointer)
    return FALSE;
  self->table = table;
  rest = self->start + table;
  if (!g_str_has_prefix (rest, "xref\n") || !read_number (rest + 5, &first, &rest) || first != 0 || *rest != ' ')
    return FALSE;
  if (!read_number (rest + 1, &n, &rest) || *rest != '\n' || n > self->length / 20)
    return FALSE;
  self->n_objects = (guint) n;
  self->trailer = (gsize) (rest + 1 - self->start) + 20 * n;
  return self->trailer < self->pointer && g_str_has_prefix (self->start + self->trailer, "trailer\n");
}

static int
compare_offsets (gconstpointer a,
                 gconstpointer b)
{
  const gsize one = ((const Object *) a)->offset, other = ((const Object *) b)->offset;

  return one < other ? -1 : one > other;
}

/* Entries of the table are twenty bytes: offset, generation, whether it is in use. */
static gboolean
read_table (Pdf *self)
{
  const char *entry = self->start + self->trailer - 20 * (gsize) self->n_objects;

  for (guint i = 0; i < self->n_objects; i++, entry += 20)
    {
      Object object = { .number = i };
      const char *rest;
      guint64 offset;

      if (!read_number (entry, &offset, &rest) || rest != entry + 10 || offset >= self->table)
        return FALSE;
      if ((i > 0) != (memcmp (rest, " 00000 n \n", 10) == 0))
        return FALSE;
      object.offset = offset;
      if (i > 0)
        g_array_append_val (self->objects, object);
    }
  g_array_sort (self->objects, compare_offsets);
  for (guint i = 0; i < self->objects->len; i++)
    g_array_index (self->objects, Object, i).end = i + 1 < self->objects->len ? g_array_index (self->objects, Object, i + 1).offset : self->table;
  return TRUE;
}

/* Which image @object stands for; -1: none. */
static int
find_image (const Pdf *self,
            const Object *object,
            guint n_images)
{
  const char *text = self->start + object->offset;
  const char *end = g_strstr_len (text, (gssize) MIN (object->end - object->offset, 400), ">>\nstream\n");
  const char *width;
  guint64 pixels;

  if (end == NULL || g_strstr_len (text, end - text, "/Subtype /Image\n") == NULL || g_strstr_len (text, end - text, "/Height 1\n") == NULL)
    return -1;
  width = g_strstr_len (text, end - text, "/Width ");
  if (width == NULL || !read_number (width + strlen ("/Width "), &pixels, &width) || pixels < FIRST_LENGTH || pixels - FIRST_LENGTH >= n_images)
    return -1;
  return (int) (pixels - FIRST_LENGTH);
}

static void
append_image (GString *out,
              guint number,
              const SondeIndexedImage *image)
{
  gsize length;
  const char *data = g_bytes_get_data (image->packed, &length);

  g_string_append_printf (out, "%u 0 obj\n<< /Length %" G_GSIZE_FORMAT "\n   /Filter /FlateDecode\n", number, length);
  g_string_append_printf (out, "   /DecodeParms << /Predictor 15 /Colors 1 /BitsPerComponent 8 /Columns %" G_GSIZE_FORMAT " >>\n", image->columns);
  g_string_append_printf (out, "   /Type /XObject\n   /Subtype /Image\n   /Width %" G_GSIZE_FORMAT "\n   /Height %" G_GSIZE_FORMAT "\n", image->columns, image->rows);
  g_string_append (out, "   /ColorSpace [ /Indexed /DeviceRGB 255 <");
  for (guint i = 0; i < G_N_ELEMENTS (image->palette); i++)
    g_string_append_printf (out, "%06x", image->palette[i]);
  g_string_append (out, "> ]\n   /Interpolate false\n   /BitsPerComponent 8\n>>\nstream\n");
  g_string_append_len (out, data, (gssize) length);
  g_string_append (out, "\nendstream\nendobj\n");
}

/* The number of the object that the trailer calls @name: "/Info ", the document's properties, or "/Root ", its catalogue; 0: none. */
static guint
find_named (const Pdf *self,
            const char *name)
{
  const char *trailer = self->start + self->trailer;
  const char *found = g_strstr_len (trailer, (gssize) (self->pointer - self->trailer), name);
  const char *rest;
  guint64 number;

  if (found == NULL || !read_number (found + strlen (name), &number, &rest) || number >= self->n_objects)
    return 0;
  return (guint) number;
}

/* ASCII in brackets, anything else as the digits of UTF-16. */
static void
append_pdf_string (GString *out,
                   const char *text)
{
  static const char digits[] = "0123456789ABCDEF";
  g_autofree gunichar2 *units = NULL;
  glong n = 0;

  if (g_str_is_ascii (text))
    {
      g_string_append_c (out, '(');
      /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): g_str_is_ascii () is not for NULL either */
      for (const char *p = text; *p != '\0'; p++)
        {
          if (strchr ("()\\", *p) != NULL)
            g_string_append_c (out, '\\');
          g_string_append_c (out, *p);
        }
      g_string_append_c (out, ')');
      return;
    }
  units = g_utf8_to_utf16 (text, -1, NULL, &n, NULL);
  g_string_append (out, "<FEFF");
  for (glong i = 0; i < n; i++)
    for (int shift = 12; shift >= 0; shift -= 4)
      g_string_append_c (out, digits[(units[i] >> shift) & 0xf]);
  g_string_append_c (out, '>');
}

static void
append_keywords (GString *out,
                 const char *keywords)
{
  g_string_append (out, "   /Keywords ");
  append_pdf_string (out, keywords);
  g_string_append_c (out, '\n');
}

static void
append_language (GString *out,
                 const char *language)
{
  g_string_append (out, "   /Lang ");
  append_pdf_string (out, language);
  g_string_append (out, "\n   /ViewerPreferences << /DisplayDocTitle true >>\n");
}

/* The object with what @append writes of @text at its end. FALSE where it is no plain dictionary. */
static gboolean
append_with (const Pdf *self,
             GString *out,
             const Object *object,
             void (*append) (GString *out, const char *text),
             const char *text)
{
  static const char end[] = ">>\nendobj\n";
  const gsize length = object->end - object->offset;
  const char *start = self->start + object->offset;

  if (length < strlen (end) || memcmp (start + length - strlen (end), end, strlen (end)) != 0)
    return FALSE;
  g_string_append_len (out, start, (gssize) (length - strlen (end)));
  append (out, text);
  g_string_append (out, end);
  return TRUE;
}

/* The objects in their order, images in their places; where each begins now is kept in @places [n_objects]. FALSE where one of
 * what is to be put in finds no place. */
static gboolean
copy_objects (const Pdf *self,
              GString *out,
              SondeIndexedImage *const *images,
              guint n_images,
              const char *keywords,
              const char *language,
              gsize *places)
{
  const guint properties = keywords != NULL ? find_named (self, "/Info ") : 0, catalogue = find_named (self, "/Root ");
  const gsize first = self->objects->len > 0 ? g_array_index (self->objects, Object, 0).offset : self->table;
  gboolean told = keywords == NULL, spoken = FALSE;
  guint n_put = 0;

  g_string_append_len (out, self->start, (gssize) first);
  for (guint i = 0; i < self->objects->len; i++)
    {
      const Object *object = &g_array_index (self->objects, Object, i);
      const int image = find_image (self, object, n_images);

      places[object->number] = out->len;
      if (image >= 0)
        append_image (out, object->number, images[image]);
      else if (object->number == properties)
        told = append_with (self, out, object, append_keywords, keywords);
      else if (object->number == catalogue)
        spoken = append_with (self, out, object, append_language, language);
      else
        g_string_append_len (out, self->start + object->offset, (gssize) (object->end - object->offset));
      n_put += image >= 0;
    }
  return told && spoken && n_put == n_images;
}

static void
append_table (const Pdf *self,
              GString *out,
              const gsize *places)
{
  const gsize table = out->len;

  g_string_append_printf (out, "xref\n0 %u\n0000000000 65535 f \n", self->n_objects);
  for (guint i = 1; i < self->n_objects; i++)
    g_string_append_printf (out, "%010" G_GSIZE_FORMAT " 00000 n \n", places[i]);
  g_string_append_len (out, self->start + self->trailer, (gssize) (self->pointer - self->trailer));
  g_string_append_printf (out, POINTER "%" G_GSIZE_FORMAT "\n%%%%EOF\n", table);
}

GBytes *
_sonde_pdf_fill_in (const guint8 *pdf,
                    gsize length,
                    SondeIndexedImage *const *images,
                    guint n_images,
                    const char *keywords,
                    const char *language)
{
  g_autoptr (GArray) objects = g_array_new (FALSE, FALSE, sizeof (Object));
  Pdf self = { .start = (const char *) pdf, .length = length, .objects = objects };
  g_autofree gsize *places = NULL;
  g_autoptr (GString) out = NULL;

  if (!find_table (&self) || !read_table (&self))
    return NULL;
  places = g_new0 (gsize, self.n_objects);
  out = g_string_sized_new (length + (gsize) 65536 * n_images);
  if (!copy_objects (&self, out, images, n_images, keywords, language, places))
    return NULL;
  append_table (&self, out, places);
  return g_string_free_to_bytes (g_steal_pointer (&out));
}

/* ---- drawing ---- */

cairo_surface_t *
_sonde_pdf_add_image (cairo_surface_t *surface,
                      SondeIndexedImage *image)
{
  GPtrArray *images = cairo_surface_get_user_data (surface, &images_key);

  if (images == NULL || images->len == MOST_IMAGES)
    return NULL;
  g_ptr_array_add (images, g_atomic_rc_box_acquire (image));
  return cairo_image_surface_create (CAIRO_FORMAT_RGB24, FIRST_LENGTH + (int) images->len - 1, 1);
}

static void
set_text (cairo_surface_t *surface,
          cairo_pdf_metadata_t key,
          const char *text)
{
  g_autofree char *clean = NULL;

  if (text == NULL || *text == '\0')
    return;
  clean = _sonde_text_clean (text);
  cairo_pdf_surface_set_metadata (surface, key, clean);
}

static char *
format_date (const SondePdfProperties *properties,
             GError **error)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (properties->date);

  if (time == NULL)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_VALUE,
                   _ ("Cannot date the PDF of “%s” %" PRId64 " seconds after 1970: expected a date before the year 10000"), properties->title, properties->date);
      return NULL;
    }
  return g_strdup_printf ("%04d-%02d-%02dT%02d:%02d:%02dZ", g_date_time_get_year (time), g_date_time_get_month (time), g_date_time_get_day_of_month (time),
                          g_date_time_get_hour (time), g_date_time_get_minute (time), g_date_time_get_second (time));
}

static void
set_properties (cairo_surface_t *surface,
                const SondePdfProperties *properties,
                const char *date)
{
  set_text (surface, CAIRO_PDF_METADATA_TITLE, properties->title);
  set_text (surface, CAIRO_PDF_METADATA_CREATOR, SONDE_CREATOR);
  set_text (surface, CAIRO_PDF_METADATA_SUBJECT, properties->subject);
  /* Without these cairo writes the present time. */
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_CREATE_DATE, date);
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_MOD_DATE, date);
}

/* From 1.17.6 on cairo packs the table of objects where the version of PDF lets it. */
static void
keep_table_plain (cairo_surface_t *surface)
{
  if (cairo_version () >= CAIRO_VERSION_ENCODE (1, 17, 6))
    cairo_pdf_surface_restrict_to_version (surface, CAIRO_PDF_VERSION_1_4);
}

typedef struct
{
  double width, height;
  const SondePdfProperties *properties;
  const char *date;
  SondePdfDraw draw;
  gpointer user_data;
} Work;

/* cairo's document; what stands in it for others goes to @images, where there is such an array. */
static GByteArray *
draw_pages (const Work *work,
            GPtrArray *images,
            GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  cairo_surface_t *surface = cairo_pdf_surface_create_for_stream (_sonde_collect_bytes, bytes, work->width, work->height);
  cairo_status_t status;
  cairo_t *cr;

  if (images != NULL)
    keep_table_plain (surface);
  cairo_surface_set_user_data (surface, &images_key, images, NULL);
  set_properties (surface, work->properties, work->date);
  if (images == NULL)
    set_text (surface, CAIRO_PDF_METADATA_KEYWORDS, work->properties->keywords);
  cr = cairo_create (surface);
  errno = 0;
  work->draw (surface, cr, work->user_data);
  status = _sonde_status_with_memory (cairo_status (cr));
  cairo_destroy (cr);
  cairo_surface_finish (surface);
  status = status == CAIRO_STATUS_SUCCESS ? _sonde_status_with_memory (cairo_surface_status (surface)) : status;
  cairo_surface_destroy (surface);
  return _sonde_status_check (status, "PDF", work->properties->title, error) ? g_steal_pointer (&bytes) : NULL;
}

GBytes *
_sonde_pdf_write (double width,
                  double height,
                  const SondePdfProperties *properties,
                  SondePdfDraw draw,
                  gpointer user_data,
                  GError **error)
{
  g_autofree char *date = format_date (properties, error);
  g_autoptr (GPtrArray) images = g_ptr_array_new_with_free_func ((GDestroyNotify) _sonde_indexed_image_unref);
  const Work work = { width, height, properties, date, draw, user_data };
  const gboolean tells = properties->keywords != NULL && *properties->keywords != '\0';
  g_autofree char *keywords = tells ? _sonde_text_clean (properties->keywords) : NULL;
  GByteArray *bytes = date != NULL ? draw_pages (&work, images, error) : NULL;

  if (bytes != NULL)
    {
      GBytes *done = _sonde_pdf_fill_in (bytes->data, bytes->len, (SondeIndexedImage *const *) images->pdata, images->len, keywords, properties->language);

      g_byte_array_unref (bytes);
      if (done != NULL)
        return done;
      bytes = draw_pages (&work, NULL, error);
    }
  return bytes != NULL ? g_byte_array_free_to_bytes (bytes) : NULL;
}
