#define G_LOG_DOMAIN "sonde"

#include <math.h>

#include <glib/gi18n-lib.h>
#include <sonde-plugin.h>

#include "rsa-scores.h"

#define MIN_ROWS 3
#define MAX_SENTENCES 6
#define MOST_STAGES_IN_BARS 7 /* more make more pairs than anybody tells apart */
#define CELL_SIDE 8           /* of a matrix of stages, in points: a line of small letters */
#define SMALLEST_PANEL (4 * 72)

typedef enum
{
  RSA_METHOD_PEARSON,
  RSA_METHOD_SPEARMAN,
  RSA_METHOD_KENDALL,
  RSA_METHOD_RHO_A,
} RsaMethod;

/* In the order of RsaMethod; Pearson's correlation is that of moments, so that no triangle is kept for it. */
static const RsaComparison comparisons[] = {
  NULL,
  sonde_math_spearman,
  sonde_math_kendall_tau_a,
  sonde_math_rho_a,
};

#define RSA_TYPE_METHOD (rsa_method_get_type ())
#define RSA_TYPE_ANALYZER (rsa_analyzer_get_type ())
G_DECLARE_FINAL_TYPE (RsaAnalyzer, rsa_analyzer, RSA, ANALYZER, GObject)

struct _RsaAnalyzer
{
  GObject parent_instance;

  char *layer;
  RsaMethod method;
  double y_low;

  SondeInvestigation *investigation;
  guint shown;
  guint n_pairs;
  GPtrArray *scores;   /* layers x conditions, of SondeTensor: 1 x pairs, float64; NULL where no frame came */
  GPtrArray *warnings; /* of SondeWords */
  guint n_untold;      /* stages without scores beyond those in warnings */
};

static GType
rsa_method_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { RSA_METHOD_PEARSON, N_ ("Pearson’s correlation of the similarities"), "pearson" },
    { RSA_METHOD_SPEARMAN, N_ ("Pearson’s correlation of their ranks, ties at their mean rank"), "spearman" },
    { RSA_METHOD_KENDALL, N_ ("Kendall’s tau-a: pairs that are ordered alike less those that are not, of all pairs"), "kendall" },
    { RSA_METHOD_RHO_A, N_ ("Spearman’s rho-a: the mean over all ways to break ties"), "rho-a" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("RsaMethod", values));
  return type;
}

static const char *
get_method_name (RsaAnalyzer *self)
{
  switch (self->method)
    {
    case RSA_METHOD_SPEARMAN:
      return _ ("Spearman’s rank correlation");
    case RSA_METHOD_KENDALL:
      return _ ("Kendall’s tau-a");
    case RSA_METHOD_RHO_A:
      return _ ("Spearman’s rho-a");
    case RSA_METHOD_PEARSON:
    default:
      return _ ("Pearson’s correlation");
    }
}

static SondeTable *
new_table (void)
{
  SondeTable *table = sonde_table_new ("rsa", N_ ("RSA scores of all pairs of stages in every covered layer"));

  sonde_table_add_column (table, "condition", SONDE_COLUMN_STRING, NULL, N_ ("Condition"));
  sonde_table_add_column (table, "layer", SONDE_COLUMN_INTEGER, NULL, N_ ("Layer, from 0"));
  sonde_table_add_column (table, "stage_a", SONDE_COLUMN_STRING, NULL, N_ ("First stage"));
  sonde_table_add_column (table, "stage_b", SONDE_COLUMN_STRING, NULL, N_ ("Second stage"));
  sonde_table_add_column (table, "score", SONDE_COLUMN_NUMBER, "1", N_ ("Comparison of the two similarity matrices, from -1 to 1; undefined where all similarities of a stage are equal"));
  return table;
}

static SondeDescription *
rsa_analyzer_describe (SondeAnalyzer *analyzer)
{
  SondeDescription *description = sonde_description_new ();
  g_autoptr (SondeTable) table = new_table ();

  sonde_description_add_reads (description, "cosine");
  sonde_description_add_attaches (description, "rsa", _ ("1 x stage pairs, float64; NaN where undefined"), "1",
                                  _ ("Score of every pair of stages, pairs in the order 0.1 0.2 … 1.2 …"));
  sonde_description_add_table (description, table);
  sonde_description_add_figure (description, "rsa", _ ("Scores of all pairs in the shown layer, a panel for each condition"));
  sonde_description_set_example (description, "cosine ! rsa method=spearman");
  return description;
}

static void
unref_tensor (gpointer tensor)
{
  if (tensor != NULL)
    sonde_tensor_unref (tensor);
}

/* Where the scores of a frame are kept. */
static SondeTensor **
get_place (RsaAnalyzer *self,
           guint layer,
           guint condition)
{
  return (SondeTensor **) &g_ptr_array_index (self->scores, layer * sonde_investigation_get_n_conditions (self->investigation) + condition);
}

static gboolean
rsa_analyzer_prepare (SondeAnalyzer *analyzer,
                      SondeInvestigation *investigation,
                      GError **error)
{
  RsaAnalyzer *self = RSA_ANALYZER (analyzer);

  self->n_pairs = sonde_stage_pair_count (sonde_investigation_get_n_stages (investigation));
  if (!sonde_investigation_want_layer (investigation, self->layer, &self->shown, error))
    return FALSE;
  g_set_object (&self->investigation, investigation);
  g_ptr_array_set_size (self->scores, 0);
  g_ptr_array_set_size (self->scores, sonde_investigation_get_n_layers (investigation) * sonde_investigation_get_n_conditions (investigation));
  g_ptr_array_set_size (self->warnings, 0);
  self->n_untold = 0;
  if (self->n_pairs == 0)
    g_ptr_array_add (self->warnings, SONDE_WORDS (g_strdup_printf (_ ("RSA compares stages with each other, and there is only “%s”: there are no scores."),
                                                                   sonde_investigation_get_stage (investigation, 0)->id)));
  return TRUE;
}

static void
warn_of_constant (RsaAnalyzer *self,
                  SondeFrame *frame,
                  guint stage)
{
  if (self->warnings->len >= MAX_SENTENCES)
    self->n_untold++;
  else
    g_ptr_array_add (self->warnings,
                     SONDE_WORDS (g_strdup_printf (_ ("All similarities of stage “%s” in layer %u, condition “%s”, are equal: its RSA scores are undefined."),
                                                   sonde_frame_get_stage (frame, stage)->id, sonde_frame_get_layer (frame),
                                                   sonde_condition_get_id (sonde_frame_get_condition (frame)))));
}

static gboolean
fail_for_memory (SondeSimilarity *similarity,
                 GError **error)
{
  const double n_rows = (double) sonde_similarity_get_n_rows (similarity);

  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("RSA found no memory to compare %.0f similarities: set method=pearson, which needs next to none"), n_rows * (n_rows - 1) / 2);
  return FALSE;
}

static gboolean
score_frame (RsaAnalyzer *self,
             SondeFrame *frame,
             SondeSimilarity *similarity,
             double *scores,
             GCancellable *cancellable,
             GError **error)
{
  g_autofree gboolean *constant = g_new0 (gboolean, sonde_frame_get_n_stages (frame));
  GError *local = NULL;
  gboolean scored;

  if (self->method == RSA_METHOD_PEARSON)
    scored = rsa_score_moments (similarity, scores, constant, cancellable, &local);
  else
    scored = rsa_score_triangles (similarity, comparisons[self->method], scores, constant, cancellable, &local);
  if (!scored && local == NULL)
    return fail_for_memory (similarity, error);
  for (guint i = 0; scored && i < sonde_frame_get_n_stages (frame); i++)
    if (constant[i])
      warn_of_constant (self, frame, i);
  if (!scored)
    g_propagate_error (error, local);
  return scored;
}

static SondeSimilarity *
find_similarity (SondeFrame *frame,
                 GError **error)
{
  SondeSimilarity *similarity = sonde_frame_dup_similarity (frame, "cosine");
  guint n_rows = sonde_frame_get_n_rows (frame);

  if (similarity == NULL)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("RSA found nothing under “cosine” that has the similarities of %u x %u rows for each of %u stages: put an analyzer in front that attaches them"), n_rows, n_rows,
                 sonde_frame_get_n_stages (frame));
  return similarity;
}

static gboolean
rsa_analyzer_process (SondeAnalyzer *analyzer,
                      SondeFrame *frame,
                      GCancellable *cancellable,
                      GError **error)
{
  RsaAnalyzer *self = RSA_ANALYZER (analyzer);
  guint n_rows = sonde_frame_get_n_rows (frame);
  g_autofree double *scores = g_new (double, self->n_pairs);
  g_autoptr (SondeSimilarity) similarity = NULL;
  SondeTensor *tensor;
  SondeTensor **place;

  if (n_rows < MIN_ROWS)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_VALUE, g_dngettext (GETTEXT_PACKAGE, "condition “%s” has %u row: RSA needs at least %d", "condition “%s” has %u rows: RSA needs at least %d", n_rows),
                   sonde_condition_get_id (sonde_frame_get_condition (frame)), n_rows, MIN_ROWS);
      return FALSE;
    }
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (self->n_pairs == 0)
    return TRUE;
  similarity = find_similarity (frame, error);
  if (similarity == NULL || !score_frame (self, frame, similarity, scores, cancellable, error))
    return FALSE;

  tensor = sonde_tensor_new_take_f64 (g_steal_pointer (&scores), 1, self->n_pairs);
  sonde_frame_attach (frame, "rsa", 0, tensor);
  place = get_place (self, sonde_frame_get_layer (frame), sonde_frame_get_condition_index (frame));
  unref_tensor (*place);
  *place = tensor;
  return TRUE;
}

static const SondeStage *
get_stage (RsaAnalyzer *self,
           guint stage)
{
  return sonde_investigation_get_stage (self->investigation, stage);
}

static void
add_rows (RsaAnalyzer *self,
          SondeTable *table,
          guint condition)
{
  guint n_layers;
  const guint *layers = sonde_investigation_get_layers (self->investigation, &n_layers);
  const char *id = sonde_condition_get_id (sonde_investigation_get_condition (self->investigation, condition));

  for (guint i = 0; i < n_layers; i++)
    {
      SondeTensor *scores = *get_place (self, layers[i], condition);

      for (guint j = 0; scores != NULL && j < self->n_pairs; j++)
        {
          guint a;
          guint b;

          sonde_stage_pair_get (sonde_investigation_get_n_stages (self->investigation), j, &a, &b);
          sonde_table_add_row (table, id, (gint64) layers[i], get_stage (self, a)->id, get_stage (self, b)->id, sonde_tensor_peek_f64 (scores)[j]);
        }
    }
}

/* The property y-low, or the tenth below the least score of the shown layer. */
static double
find_low (RsaAnalyzer *self)
{
  double low = self->y_low;

  for (guint i = 0; i < sonde_investigation_get_n_conditions (self->investigation); i++)
    for (guint j = 0; j < self->n_pairs; j++)
      low = fmin (low, floor (10 * sonde_tensor_peek_f64 (*get_place (self, self->shown, i))[j]) / 10);
  return low;
}

static void
draw_bars (RsaAnalyzer *self,
           SondePanel *panel,
           const double *scores,
           double low)
{
  g_auto (GStrv) pairs = sonde_label_dup_stage_pairs (self->investigation);

  for (guint i = 0; i < self->n_pairs; i++)
    {
      SondeStyle style = SONDE_STYLE_INIT;

      style.color = sonde_color_series_of (i, self->n_pairs);
      sonde_panel_add_bar (panel, i, scores[i], .8, &style, NULL);
    }
  sonde_panel_set_x_label (panel, _ ("Pair"));
  sonde_panel_set_y_label (panel, _ ("RSA score"));
  sonde_panel_set_x_categories (panel, (const char *const *) pairs);
  sonde_panel_set_y_limits (panel, low, 1);
}

/* Both triangles, with a diagonal of 1 where a stage has any score, as it is like itself. */
static void
draw_matrix (RsaAnalyzer *self,
             SondePanel *panel,
             const double *scores,
             double low)
{
  const guint n_stages = sonde_investigation_get_n_stages (self->investigation);
  g_autofree double *cells = g_new (double, (gsize) n_stages *n_stages);
  g_auto (GStrv) labels = sonde_label_dup_short_labels (self->investigation);

  for (guint i = 0; i < n_stages; i++)
    cells[i * n_stages + i] = NAN;
  for (guint i = 0; i < self->n_pairs; i++)
    {
      guint a;
      guint b;

      sonde_stage_pair_get (n_stages, i, &a, &b);
      cells[a * n_stages + b] = cells[b * n_stages + a] = scores[i];
      if (!isnan (scores[i]))
        cells[a * n_stages + a] = cells[b * n_stages + b] = 1;
    }
  sonde_panel_add_heat_map (panel, cells, n_stages, n_stages, SONDE_COLOR_MAP_VIRIDIS, low, 1);
  sonde_panel_set_color_bar (panel, SONDE_SIDE_RIGHT, SONDE_COLOR_MAP_VIRIDIS, low, 1);
  sonde_panel_set_color_label (panel, _ ("RSA score"));
  sonde_panel_set_x_categories (panel, (const char *const *) labels);
  sonde_panel_set_y_categories (panel, (const char *const *) labels);
}

static gboolean
has_matrix (RsaAnalyzer *self)
{
  return sonde_investigation_get_n_stages (self->investigation) > MOST_STAGES_IN_BARS;
}

static void
add_panel (RsaAnalyzer *self,
           SondePanel *panel,
           guint condition,
           double low)
{
  SondeCondition *source = sonde_investigation_get_condition (self->investigation, condition);
  const double *scores = sonde_tensor_peek_f64 (*get_place (self, self->shown, condition));
  g_autofree char *title = sonde_label_dup_panel (condition, sonde_condition_get_label (source, SONDE_LABEL_ATTRIBUTIVE));

  sonde_panel_set_title (panel, title);
  if (has_matrix (self))
    draw_matrix (self, panel, scores, low);
  else
    draw_bars (self, panel, scores, low);
}

/* Bars of few pairs, a matrix of many stages: as large as its words want it. */
static SondeFigure *
new_grid (RsaAnalyzer *self)
{
  guint n_conditions = sonde_investigation_get_n_conditions (self->investigation);
  double side = MAX (SMALLEST_PANEL, 120 + CELL_SIDE * (double) sonde_investigation_get_n_stages (self->investigation));

  /* Two large ones are larger on a page one over the other. */
  guint most_columns = side > 6 * 72 && n_conditions <= 2 ? 1 : 2;

  return has_matrix (self) ? sonde_figure_new_wrapped ("rsa", n_conditions, most_columns, side * 1.15, side)
                           : sonde_figure_new_wrapped ("rsa", n_conditions, 3, 5 * 72, 3 * 72);
}

static SondeFigure *
new_figure (RsaAnalyzer *self)
{
  guint n_conditions = sonde_investigation_get_n_conditions (self->investigation);
  const double low = find_low (self);
  SondeFigure *figure = new_grid (self);
  g_autofree char *rows = sonde_label_dup_rows (self->investigation);
  g_autofree char *caption = NULL;

  for (guint i = 0; i < n_conditions; i++)
    add_panel (self, sonde_figure_append_panel (figure), i, low);
  caption = g_strdup_printf (_ ("Representational similarity analysis of layer %u: for each pair of stages, %s of the strict upper triangles of their "
                                "two matrices of cosine similarities over the same rows. 1 means that both stages arrange the rows alike.%s Rows: %s."),
                             self->shown, get_method_name (self),
                             has_matrix (self) ? _ (" Each cell compares the stage of its row with that of its column; grey is undefined.") : "", rows);
  sonde_figure_set_heading (figure, _ ("Representational similarity of the stages"));
  sonde_label_set_caption (figure, self->investigation, caption);
  return figure;
}

/* The first stage against the last: how far apart the sequence of stages ends from where it began. */
static void
add_key_number (RsaAnalyzer *self,
                SondeResult *result,
                guint condition)
{
  guint n_stages = sonde_investigation_get_n_stages (self->investigation);
  SondeCondition *source = sonde_investigation_get_condition (self->investigation, condition);
  double score = sonde_tensor_peek_f64 (*get_place (self, self->shown, condition))[n_stages - 2];
  SondeWords *label = SONDE_WORDS (g_strdup_printf (_ ("RSA %s–%s, layer %u, %s"), get_stage (self, 0)->id, get_stage (self, n_stages - 1)->id, self->shown, sonde_condition_get_label (source, SONDE_LABEL_TITLE)));

  sonde_result_take_key_number (result, label, SONDE_WORDS (isnan (score) ? g_strdup (_ ("undefined")) : sonde_label_dup_number ("%.3f", score)));
}

static SondeResult *
rsa_analyzer_finish (SondeAnalyzer *analyzer,
                     GCancellable *cancellable,
                     GError **error)
{
  RsaAnalyzer *self = RSA_ANALYZER (analyzer);
  g_autoptr (SondeResult) result = sonde_result_new ();
  g_autoptr (SondeTable) table = new_table ();
  g_autoptr (SondeFigure) figure = NULL;

  for (guint i = 0; i < sonde_investigation_get_n_conditions (self->investigation); i++)
    {
      if (self->n_pairs > 0 && *get_place (self, self->shown, i) == NULL)
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("no activations of layer %u came for condition “%s”: this is a defect of what runs the chain: tell its authors"), self->shown,
                       sonde_condition_get_id (sonde_investigation_get_condition (self->investigation, i)));
          return NULL;
        }
      add_rows (self, table, i);
      if (self->n_pairs > 0)
        add_key_number (self, result, i);
    }
  sonde_result_add_table (result, table);
  if (self->n_pairs > 0)
    {
      figure = new_figure (self);
      sonde_result_add_figure (result, figure);
    }
  for (guint i = 0; i < self->warnings->len; i++)
    sonde_result_take_warning (result, sonde_words_ref (g_ptr_array_index (self->warnings, i)));
  if (self->n_untold > 0)
    sonde_result_take_warning (result, SONDE_WORDS (g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "RSA scores are undefined for %u more stage, in a further layer or condition.", "RSA scores are undefined for %u more stages, in further layers or conditions.", self->n_untold), self->n_untold)));
  return g_steal_pointer (&result);
}

/* Ranks need all similarities at once, and as much again for the ranks of two stages in each thread. */
static void
rsa_analyzer_estimate (SondeAnalyzer *analyzer,
                       SondeEstimate *estimate)
{
  RsaAnalyzer *self = RSA_ANALYZER (analyzer);
  const guint64 n_stages = sonde_investigation_get_n_stages (self->investigation);
  const guint64 n_threads = MIN (sonde_threads_get_n (), self->n_pairs);

  for (guint i = 0; self->method != RSA_METHOD_PEARSON && i < sonde_investigation_get_n_conditions (self->investigation); i++)
    {
      const guint64 n_rows = sonde_condition_get_n_rows (sonde_investigation_get_condition (self->investigation, i));

      estimate->working = MAX (estimate->working, n_rows * (n_rows - 1) / 2 * sizeof (double) * (n_stages + 3 * n_threads));
    }
}

static void
analyzer_iface_init (SondeAnalyzerInterface *iface)
{
  iface->describe = rsa_analyzer_describe;
  iface->prepare = rsa_analyzer_prepare;
  iface->process = rsa_analyzer_process;
  iface->finish = rsa_analyzer_finish;
  iface->estimate = rsa_analyzer_estimate;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (RsaAnalyzer, rsa_analyzer, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_ANALYZER, analyzer_iface_init))

enum
{
  PROP_LAYER = 1,
  PROP_METHOD,
  PROP_Y_LOW,
};

static void
rsa_analyzer_get_property (GObject *object,
                           guint property_id,
                           GValue *value,
                           GParamSpec *pspec)
{
  RsaAnalyzer *self = RSA_ANALYZER (object);

  switch (property_id)
    {
    case PROP_LAYER:
      g_value_set_string (value, self->layer);
      break;
    case PROP_METHOD:
      g_value_set_enum (value, self->method);
      break;
    case PROP_Y_LOW:
      g_value_set_double (value, self->y_low);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
rsa_analyzer_set_property (GObject *object,
                           guint property_id,
                           const GValue *value,
                           GParamSpec *pspec)
{
  RsaAnalyzer *self = RSA_ANALYZER (object);

  switch (property_id)
    {
    case PROP_LAYER:
      g_free (self->layer);
      self->layer = g_value_dup_string (value);
      break;
    case PROP_METHOD:
      self->method = g_value_get_enum (value);
      break;
    case PROP_Y_LOW:
      self->y_low = g_value_get_double (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
rsa_analyzer_finalize (GObject *object)
{
  RsaAnalyzer *self = RSA_ANALYZER (object);

  g_free (self->layer);
  g_clear_object (&self->investigation);
  g_ptr_array_unref (self->scores);
  g_ptr_array_unref (self->warnings);
  G_OBJECT_CLASS (rsa_analyzer_parent_class)->finalize (object);
}

static void
rsa_analyzer_class_init (RsaAnalyzerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

  object_class->finalize = rsa_analyzer_finalize;
  object_class->get_property = rsa_analyzer_get_property;
  object_class->set_property = rsa_analyzer_set_property;

  g_object_class_install_property (object_class, PROP_LAYER,
                                   g_param_spec_string ("layer", "Layer", "Layer that is shown: first, middle, last or a number", "middle", flags));
  g_object_class_install_property (object_class, PROP_METHOD,
                                   g_param_spec_enum ("method", "Method", "How two similarity matrices are compared", RSA_TYPE_METHOD, RSA_METHOD_PEARSON, flags));
  g_object_class_install_property (object_class, PROP_Y_LOW,
                                   g_param_spec_double ("y-low", "Y low", "Where the axis of the scores starts; lower where a score is", -1, .9, .3, flags));
}

static void
rsa_analyzer_init (RsaAnalyzer *self)
{
  self->scores = g_ptr_array_new_with_free_func (unref_tensor);
  self->warnings = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_words_unref);
}

SONDE_PLUGIN_REGISTER (SONDE_TYPE_ANALYZER, RSA_TYPE_ANALYZER)
