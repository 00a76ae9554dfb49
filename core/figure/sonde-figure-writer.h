#pragma once

#include <gio/gio.h>

#include "sonde-figure.h"

G_BEGIN_DECLS

/* Bytes of a whole file. The same figure, metadata and fonts give the same bytes. @metadata: text kept in the file
 * (SVG <metadata>, PDF keywords/subject, PNG tEXt), NULL for none. @date: seconds since 1970 for PDF's dates. */
GBytes *sonde_figure_to_svg (SondeFigure *figure, const char *metadata, GError **error);
GBytes *sonde_figure_to_pdf (SondeFigure *figure, const char *metadata, gint64 date, GError **error);
GBytes *sonde_figure_to_png (SondeFigure *figure, const char *metadata, double dots_per_inch, GError **error);

/* ---- a report: text that flows over pages, and one figure a page ---- */

/**
 * SondeTextKind:
 * @SONDE_TEXT_TITLE: large: the first line
 * @SONDE_TEXT_HEADING: over a section
 * @SONDE_TEXT_BODY: running text
 * @SONDE_TEXT_CODE: of equal widths, with its line ends
 *
 * How a paragraph of a document is set.
 */
typedef enum
{
  SONDE_TEXT_TITLE,
  SONDE_TEXT_HEADING,
  SONDE_TEXT_BODY,
  SONDE_TEXT_CODE,
} SondeTextKind;

gunichar sonde_figure_get_missing_letter (void); /* 0: fonts had all that was drawn */

#define SONDE_TYPE_DOCUMENT (sonde_document_get_type ())
G_DECLARE_FINAL_TYPE (SondeDocument, sonde_document, SONDE, DOCUMENT, GObject)

SondeDocument *sonde_document_new (const char *title); /* A4 */
void sonde_document_set_theme (SondeDocument *self, SondeTheme theme);
void sonde_document_add_text (SondeDocument *self, SondeTextKind kind, const char *text); /* plain UTF-8, any script, any length */
void sonde_document_add_field (SondeDocument *self, const char *name, const char *value); /* a line of a two-column list; long values wrap */
void sonde_document_add_page_break (SondeDocument *self);
void sonde_document_add_figure (SondeDocument *self, SondeFigure *figure); /* a page of its own, with its caption */
GBytes *sonde_document_to_pdf (SondeDocument *self, const char *metadata, gint64 date, GError **error);

G_END_DECLS
