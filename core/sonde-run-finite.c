#define G_LOG_DOMAIN "sonde"

#include "sonde-run-private.h"

#include <glib/gi18n-lib.h>

#include "math/sonde-math.h"
#include "sonde-condition-private.h"
#include "sonde-error.h"
#include "sonde-threads.h"

/* No statistic can be taken of a NaN: whatever made it, it is named before an analyzer meets it. */

typedef struct
{
  SondeFrame *frame;
  int spoilt; /* atomic: a stage has a value that is not finite */
} Look;

static void
look_at_stage (guint stage,
               guint worker,
               gpointer user_data)
{
  Look *look = user_data;
  SondeTensor *tensor = sonde_frame_get_tensor (look->frame, stage);

  if (!sonde_math_all_finite (sonde_tensor_peek_f32 (tensor), sonde_tensor_get_n_rows (tensor), sonde_tensor_get_n_columns (tensor), NULL, NULL))
    g_atomic_int_set (&look->spoilt, TRUE);
}

gboolean
_sonde_run_check_finite (SondeFrame *frame,
                         gboolean own_rows,
                         GError **error)
{
  Look look = { frame, FALSE };

  sonde_threads_run (sonde_frame_get_n_stages (frame), look_at_stage, &look);
  for (guint i = 0; look.spoilt && i < sonde_frame_get_n_stages (frame); i++)
    {
      SondeTensor *tensor = sonde_frame_get_tensor (frame, i);
      size_t row;
      size_t column;
      g_autofree char *label = NULL;

      if (sonde_math_all_finite (sonde_tensor_peek_f32 (tensor), sonde_tensor_get_n_rows (tensor), sonde_tensor_get_n_columns (tensor), &row, &column))
        continue;
      label = sonde_condition_dup_row_label (sonde_frame_get_condition (frame), (guint) row);
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_VALUE, _ ("layer %u, stage %s, condition %s: the value at %s, feature %zu is not finite: %s"),
                   sonde_frame_get_layer (frame), sonde_frame_get_stage (frame, i)->id,
                   sonde_condition_get_id (sonde_frame_get_condition (frame)), label, column,
                   own_rows ? _ ("the file holds NaN, infinity, or a number too large for float32: mend it, or leave out that layer or stage") : _ ("the model's weights are damaged or overflow: get them anew"));
      return FALSE;
    }
  return TRUE;
}
