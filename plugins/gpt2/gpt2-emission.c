#define G_LOG_DOMAIN "gpt2"

#include "gpt2-emission.h"

#include <string.h>

#include "gpt2-kernels.h"

/* The first kept row that stands at @row or behind it; they ascend. */
static gsize
find_kept (const Gpt2Layout *layout, gsize row)
{
  gsize low = 0, high = layout->kept.n;

  while (low < high)
    {
      const gsize middle = low + (high - low) / 2;

      if (layout->kept_in_all[middle] < row)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

void
gpt2_emission_take (Gpt2Emission *self,
                    const float *matrix,
                    const SondeMathPart *part)
{
  const Gpt2Layout *layout = self->layout;
  const gsize first = self->gathers ? find_kept (layout, part->row) : part->row;
  const gsize end = self->gathers ? find_kept (layout, part->row_end) : part->row_end;
  const gsize column = MAX (part->column, self->first), column_end = MIN (part->column_end, self->first + self->columns);
  gboolean finite = TRUE;

  if (!self->data || column >= column_end)
    return;
  for (gsize i = first; i < end; i++)
    {
      const gsize row = self->gathers ? layout->kept_in_all[i] : i;
      float *to = self->data + i * self->columns + column - self->first;

      memcpy (to, matrix + row * self->stride + column, (column_end - column) * sizeof *to);
      finite &= gpt2_all_finite (to, column_end - column);
    }
  if (!finite)
    g_atomic_int_set (&self->spoilt, TRUE);
}

void
gpt2_emission_clear (Gpt2Emission *self)
{
  g_clear_pointer (&self->data, g_free);
}
