#include "fuzz.h"

#include "sonde.h"

/* What a capture says of itself: what was read can be written, and says the same when it is read again. */

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeCaptureDescription) description = sonde_capture_description_parse (text, "capture.npz", &error);
  g_autoptr (SondeCaptureDescription) again = NULL;
  g_autofree char *written = NULL;
  g_autofree char *written_again = NULL;

  fuzz_check (description != NULL, error);
  if (description == NULL)
    return 0;
  for (guint i = 0; i < description->conditions->len; i++)
    g_free (sonde_condition_dup_summary (g_ptr_array_index (description->conditions, i)));
  written = sonde_capture_description_to_json (description);
  again = sonde_capture_description_parse (written, "again.npz", &error);
  fuzz_check (again != NULL, error);
  fuzz_assert (again != NULL);
  written_again = sonde_capture_description_to_json (again);
  fuzz_assert (g_str_equal (written, written_again));
  return 0;
}
