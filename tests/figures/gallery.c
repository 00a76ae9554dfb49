/* Writes every figure of the gallery, and a report of them, into a directory: gallery DIRECTORY [light|dark] */
#include "gallery.h"

static SondeTheme theme;

static gboolean
write_bytes (const char *directory,
             const char *name,
             const char *extension,
             GBytes *bytes,
             GError **error)
{
  g_autofree char *file = g_strconcat (name, extension, NULL);
  g_autofree char *path = g_build_filename (directory, file, NULL);
  g_autoptr (GBytes) owned = bytes;

  return bytes != NULL && g_file_set_contents (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), error);
}

static gboolean
write_figure (const char *directory,
              const char *name,
              SondeFigure *figure,
              SondeDocument *document,
              GError **error)
{
  g_autoptr (SondeFigure) owned = figure;

  sonde_figure_set_caption (figure, "A caption says what the figure shows and how its numbers were computed; it may take several lines, as this one does, "
                                    "and is set as wide as the text of the report, never as small as the letters in the figure above it.");
  sonde_figure_set_theme (figure, theme);
  sonde_document_add_figure (document, figure);
  return write_bytes (directory, name, ".svg", sonde_figure_to_svg (figure, "made by the gallery", error), error) && write_bytes (directory, name, ".pdf", sonde_figure_to_pdf (figure, "made by the gallery", 0, error), error) && write_bytes (directory, name, ".png", sonde_figure_to_png (figure, "made by the gallery", 133.333, error), error);
}

static SondeDocument *
begin_report (void)
{
  SondeDocument *document = sonde_document_new ("Gallery of figures");

  sonde_document_add_text (document, SONDE_TEXT_TITLE, "Gallery of figures");
  sonde_document_add_text (document, SONDE_TEXT_BODY, "Every figure here is made of invented numbers.\nIt shows how the figures of a run look.");
  sonde_document_add_text (document, SONDE_TEXT_HEADING, "What ran");
  sonde_document_add_field (document, "Model", "none");
  sonde_document_add_field (document, "A field with a long name that wraps", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
  sonde_document_add_field (document, "Text", "東京 · مرحبا بالعالم · Ελληνικά · tab\tand bell\a");
  sonde_document_add_text (document, SONDE_TEXT_CODE, "sonde run mlp-progression --output sonde-report");
  return document;
}

int
main (int argc,
      char **argv)
{
  g_autoptr (SondeDocument) document = begin_report ();
  g_autoptr (GError) error = NULL;
  const char *directory = argc > 1 ? argv[1] : ".";
  gboolean good;

  if (argc > 2 && !sonde_theme_parse (argv[2], &theme))
    {
      g_printerr ("gallery: no theme %s\n", argv[2]);
      return 1;
    }
  sonde_document_set_theme (document, theme);
  good = write_figure (directory, "part2", gallery_activation_histogram (), document, &error) && write_figure (directory, "part3a", gallery_cosine_matrix (88), document, &error) && write_figure (directory, "part3b", gallery_cosine_histogram (), document, &error) && write_figure (directory, "part3c", gallery_cosine_cross_stage (88), document, &error) && write_figure (directory, "part4", gallery_similarity_bars (6), document, &error) && write_figure (directory, "part5", gallery_dimensionality (), document, &error) && write_figure (directory, "part6a", gallery_profile (12), document, &error) && write_figure (directory, "part6b", gallery_violin (4), document, &error) && write_figure (directory, "profile-1", gallery_profile (1), document, &error) && write_figure (directory, "profile-3", gallery_profile (3), document, &error) && write_figure (directory, "profile-48", gallery_profile (48), document, &error) && write_figure (directory, "bars-1", gallery_similarity_bars (1), document, &error) && write_figure (directory, "bars-12", gallery_similarity_bars (12), document, &error) && write_figure (directory, "bars-64", gallery_similarity_bars (64), document, &error) && write_figure (directory, "violin-16", gallery_violin (16), document, &error) && write_figure (directory, "cells-12", gallery_cells (12, 12), document, &error) && write_figure (directory, "cells-64", gallery_cells (64, 200), document, &error) && write_figure (directory, "matrix-3", gallery_cosine_matrix (3), document, &error) && write_figure (directory, "matrix-1000", gallery_cosine_cross_stage (1000), document, &error) && write_figure (directory, "logarithmic", gallery_logarithmic (12), document, &error) && write_figure (directory, "logarithmic-1", gallery_logarithmic (1), document, &error) && write_figure (directory, "hostile", gallery_hostile (), document, &error) && write_bytes (directory, "report", ".pdf", sonde_document_to_pdf (document, "made by the gallery", 0, &error), &error);
  if (!good)
    g_printerr ("gallery: %s\n", error->message);
  return good ? 0 : 1;
}
