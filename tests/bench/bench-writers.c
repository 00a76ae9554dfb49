/* Each writer: figures of every kind as SVG, PDF and PNG beside zlib on what they come to, tables and JSON likewise, captures beside a
 * plain write of the same bytes. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <glib/gstdio.h>

#include "bench-model.h"
#include "bench.h"
#include "gallery.h"
#include "sonde-json-private.h"

#define DOTS_PER_INCH 200
#define N_TABLE_ROWS 5000

/* ---- bounds ---- */

/* What zlib is given, and room for what it makes. */
typedef struct
{
  const guint8 *bytes;
  gsize size;
  guint8 *packed;
} Deflate;

static void
run_deflate (gpointer data)
{
  Deflate *deflate = data;
  uLongf size = compressBound (deflate->size);

  if (compress2 (deflate->packed, &size, deflate->bytes, deflate->size, Z_DEFAULT_COMPRESSION) != Z_OK)
    bench_fail ("zlib failed");
}

static void
init_deflate (Deflate *deflate,
              const guint8 *bytes,
              gsize size)
{
  *deflate = (Deflate){ bytes, size, g_malloc (compressBound (size)) };
}

/* ---- figures ---- */

typedef enum
{
  SVG,
  PDF,
  PNG,
} Format;

typedef struct
{
  SondeFigure *figure;
  SondeDocument *document; /* instead of a figure */
  Format format;
} Drawing;

static GBytes *
draw (const Drawing *drawing)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes;

  if (drawing->document != NULL)
    bytes = sonde_document_to_pdf (drawing->document, "benchmark", 0, &error);
  else if (drawing->format == SVG)
    bytes = sonde_figure_to_svg (drawing->figure, "benchmark", &error);
  else if (drawing->format == PDF)
    bytes = sonde_figure_to_pdf (drawing->figure, "benchmark", 0, &error);
  else
    bytes = sonde_figure_to_png (drawing->figure, "benchmark", DOTS_PER_INCH, &error);
  bench_check (error);
  return bytes;
}

static void
run_drawing (gpointer data)
{
  g_bytes_unref (draw (data));
}

static cairo_surface_t *
draw_pixels (SondeFigure *figure)
{
  const double scale = DOTS_PER_INCH / 72.0, width = sonde_figure_get_width (figure), height = sonde_figure_get_height (figure);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int) (width * scale), (int) (height * scale));
  cairo_t *cr = cairo_create (surface);

  cairo_scale (cr, scale, scale);
  sonde_figure_draw (figure, cr, width, height);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  return surface;
}

/* SVG and PDF beside zlib on the SVG's bytes, PNG beside zlib on the pixels. */
static void
bench_figure (const char *kind,
              SondeFigure *figure)
{
  g_autofree char *svg_name = g_strconcat ("svg-", kind, NULL);
  g_autofree char *pdf_name = g_strconcat ("pdf-", kind, NULL);
  g_autofree char *png_name = g_strconcat ("png-", kind, NULL);
  Drawing svg = { figure, NULL, SVG }, pdf = { figure, NULL, PDF }, png = { figure, NULL, PNG };
  g_autoptr (GBytes) text = draw (&svg);
  cairo_surface_t *surface = draw_pixels (figure);
  Deflate text_bound, pixels_bound;

  init_deflate (&text_bound, g_bytes_get_data (text, NULL), g_bytes_get_size (text));
  init_deflate (&pixels_bound, cairo_image_surface_get_data (surface), (gsize) cairo_image_surface_get_stride (surface) * (gsize) cairo_image_surface_get_height (surface));
  bench_run (&(BenchCase){ svg_name, { run_drawing, &svg }, "zlib on the SVG", { run_deflate, &text_bound }, BENCH_CPU });
  bench_run (&(BenchCase){ pdf_name, { run_drawing, &pdf }, "zlib on the SVG", { run_deflate, &text_bound }, BENCH_CPU });
  bench_run (&(BenchCase){ png_name, { run_drawing, &png }, "zlib on the pixels", { run_deflate, &pixels_bound }, BENCH_CPU });
  g_free (text_bound.packed);
  g_free (pixels_bound.packed);
  cairo_surface_destroy (surface);
}

static void
bench_document (SondeDocument *document)
{
  Drawing drawing = { NULL, document, PDF };
  g_autoptr (GBytes) bytes = draw (&drawing);
  Deflate bound;

  init_deflate (&bound, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  bench_run (&(BenchCase){ "pdf-report", { run_drawing, &drawing }, "zlib on the PDF", { run_deflate, &bound }, BENCH_CPU });
  g_free (bound.packed);
}

static void
bench_figures (void)
{
  const struct
  {
    const char *kind;
    SondeFigure *figure;
  } figures[] = {
    { "histogram", gallery_activation_histogram () },
    { "matrix", gallery_cosine_matrix (103) },
    { "similarities", gallery_cosine_histogram () },
    { "cross-stage", gallery_cosine_cross_stage (103) },
    { "bars", gallery_similarity_bars (6) },
    { "dimensionality", gallery_dimensionality () },
    { "profile", gallery_profile (12) },
    { "violin", gallery_violin (4) },
  };
  g_autoptr (SondeDocument) document = sonde_document_new ("Benchmark");

  for (guint i = 0; i < G_N_ELEMENTS (figures); i++)
    {
      bench_figure (figures[i].kind, figures[i].figure);
      sonde_document_add_figure (document, figures[i].figure);
    }
  bench_document (document);
  for (guint i = 0; i < G_N_ELEMENTS (figures); i++)
    g_object_unref (figures[i].figure);
}

/* ---- text ---- */

static void
run_csv (gpointer data)
{
  g_free (sonde_table_to_csv (data));
}

static void
run_json (gpointer data)
{
  g_free (_sonde_json_to_text (data, TRUE));
}

static void
bench_text (const char *name,
            BenchFunc func,
            gpointer data,
            const char *text)
{
  Deflate bound;

  init_deflate (&bound, (const guint8 *) text, strlen (text));
  bench_run (&(BenchCase){ name, { func, data }, "zlib on the text", { run_deflate, &bound }, BENCH_CPU, 1e-6 * (double) bound.size, "MB" });
  g_free (bound.packed);
}

static void
bench_tables (void)
{
  g_autoptr (SondeTable) table = sonde_table_new ("benchmark", "numbers as tables have them");
  g_autoptr (JsonObject) object = json_object_new ();
  JsonArray *array = json_array_new ();
  g_autofree double *numbers = bench_new_doubles (N_TABLE_ROWS);
  g_autofree char *csv = NULL;
  g_autofree char *json = NULL;

  sonde_table_add_column (table, "condition", SONDE_COLUMN_STRING, NULL, "a word");
  sonde_table_add_column (table, "layer", SONDE_COLUMN_INTEGER, NULL, "a count");
  sonde_table_add_column (table, "score", SONDE_COLUMN_NUMBER, "1", "a number");
  for (guint i = 0; i < N_TABLE_ROWS; i++)
    {
      sonde_table_add_row (table, "many-sequences", (gint64) i, numbers[i]);
      json_array_add_double_element (array, numbers[i]);
    }
  json_object_set_array_member (object, "numbers", array);
  csv = sonde_table_to_csv (table);
  json = _sonde_json_to_text (object, TRUE);
  bench_text ("csv", run_csv, table, csv);
  bench_text ("json", run_json, object, json);
}

/* ---- captures ---- */

#define N_LAYERS 12
#define N_ROWS 103
static const struct
{
  const char *stage;
  guint width;
} stages[] = { { "input", 768 }, { "expansion", 3072 }, { "gelu", 3072 }, { "projection", 768 } };
static const char *const conditions[] = { "one-sequence", "many-sequences" };

typedef void (*ArrayFunc) (const char *name, guint width, gpointer user_data);

static void
foreach_array (ArrayFunc func,
               gpointer user_data)
{
  for (guint layer = 0; layer < N_LAYERS; layer++)
    for (guint i = 0; i < G_N_ELEMENTS (conditions); i++)
      for (guint j = 0; j < G_N_ELEMENTS (stages); j++)
        {
          g_autofree char *name = g_strdup_printf ("%s/L%u/%s", conditions[i], layer, stages[j].stage);

          func (name, stages[j].width, user_data);
        }
}

typedef struct
{
  char *directory;
  char *source; /* a capture */
  SondeModel *model;
  float *numbers;
  gsize size; /* bytes of all arrays */
} Capture;

static void
declare (const char *name,
         guint width,
         gpointer writer)
{
  const gsize shape[] = { N_ROWS, width };
  g_autoptr (GError) error = NULL;

  sonde_safetensors_writer_declare (writer, name, SONDE_DTYPE_F32, shape, 2, &error);
  bench_check (error);
}

typedef struct
{
  SondeSafetensorsWriter *writer;
  Capture *capture;
} Filling;

static void
fill (const char *name,
      guint width,
      gpointer user_data)
{
  Filling *filling = user_data;
  const gsize n = (gsize) N_ROWS * width;
  g_autoptr (SondeTensor) tensor = sonde_tensor_new_take_f32 (g_memdup2 (filling->capture->numbers, n * sizeof (float)), N_ROWS, width);
  g_autoptr (GError) error = NULL;

  sonde_safetensors_writer_write (filling->writer, name, tensor, &error);
  bench_check (error);
  filling->capture->size += n * sizeof (float);
}

static void
make_source (Capture *capture)
{
  g_autoptr (SondeSafetensorsWriter) writer = sonde_safetensors_writer_new ();
  Filling filling = { writer, capture };
  g_autoptr (GError) error = NULL;

  foreach_array (declare, writer);
  sonde_safetensors_writer_open (writer, capture->source, &error);
  bench_check (error);
  foreach_array (fill, &filling);
  sonde_safetensors_writer_close (writer, &error);
  bench_check (error);
}

static void
write_capture (const Capture *capture,
               const char *name)
{
  g_autofree char *path = g_build_filename (capture->directory, name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeRun) run = sonde_run_new_for_rows (capture->model, NULL, "all", &error);

  bench_check (error);
  sonde_run_set_capture (run, path);
  sonde_run_execute (run, NULL, &error);
  bench_check (error);
  g_unlink (path);
}

static void
run_safetensors (gpointer data)
{
  write_capture (data, "out.safetensors");
}

static void
run_npz (gpointer data)
{
  write_capture (data, "out.npz");
}

/* The same bytes, array by array, to the disk. */
static void
run_write (gpointer data)
{
  const Capture *capture = data;
  g_autofree char *path = g_build_filename (capture->directory, "out", NULL);
  const gsize chunk = (gsize) N_ROWS * 3072 * sizeof (float);
  int fd = g_open (path, O_CREAT | O_TRUNC | O_WRONLY, 0666);
  gsize left = capture->size;

  while (fd >= 0 && left > 0)
    {
      gssize written = write (fd, capture->numbers, MIN (left, chunk));

      if (written <= 0)
        break;
      left -= (gsize) written;
    }
  if (fd < 0 || left > 0 || fsync (fd) != 0)
    bench_fail ("%s cannot be written: %s", path, g_strerror (errno));
  g_close (fd, NULL);
  g_unlink (path);
}

static void
bench_captures (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *directory = g_dir_make_tmp ("sonde-bench-XXXXXX", &error);
  g_autofree char *source = directory != NULL ? g_build_filename (directory, "source.safetensors", NULL) : NULL;
  g_autofree float *numbers = bench_new_floats ((gsize) N_ROWS * 3072);
  Capture capture = { directory, source, NULL, numbers, 0 };

  bench_check (error);
  make_source (&capture);
  capture.model = bench_model_open_path (source);
  bench_run (&(BenchCase){ "safetensors", { run_safetensors, &capture }, "write", { run_write, &capture }, BENCH_CPU, 1e-6 * (double) capture.size, "MB" });
  bench_run (&(BenchCase){ "npz", { run_npz, &capture }, "write", { run_write, &capture }, BENCH_CPU, 1e-6 * (double) capture.size, "MB" });
  g_object_unref (capture.model);
  g_unlink (source);
  g_rmdir (directory);
}

int
main (int argc,
      char **argv)
{
  bench_begin ("writers", argc, argv);
  bench_figures ();
  bench_tables ();
  bench_captures ();
  return bench_end ();
}
