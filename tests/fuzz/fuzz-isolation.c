#include "fuzz.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "figure/sonde-figure-writer.h"
#include "isolation/sonde-isolation-private.h"

/* What a process that went bad may answer. The first byte says how the rest is to be understood: as the bytes of a result, as a result
 * written as text, which mutations keep nearer to something whole, or as a packet. A result that is taken is drawn, too. */

#define MOST_BYTES 100000

static void
take_result (GVariant *variant)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeResult) result = _sonde_result_new_from_variant (variant, &error);
  g_autoptr (SondeResult) again = NULL;
  g_autoptr (GVariant) written = NULL;
  g_autoptr (GVariant) written_again = NULL;

  fuzz_assert ((result != NULL) == (error == NULL));
  if (result == NULL)
    return;
  for (guint i = 0; i < sonde_result_get_tables (result)->len; i++)
    g_free (sonde_table_to_csv (g_ptr_array_index (sonde_result_get_tables (result), i)));
  for (guint i = 0; i < sonde_result_get_figures (result)->len; i++)
    {
      g_autoptr (GBytes) drawing = sonde_figure_to_svg (g_ptr_array_index (sonde_result_get_figures (result), i), NULL, &error);

      fuzz_assert ((drawing != NULL) == (error == NULL));
      g_clear_error (&error);
    }
  written = g_variant_ref_sink (_sonde_result_to_variant (result));
  again = _sonde_result_new_from_variant (written, &error);
  fuzz_assert (again != NULL);
  written_again = g_variant_ref_sink (_sonde_result_to_variant (again));
  fuzz_assert (g_variant_get_size (written) == g_variant_get_size (written_again) && memcmp (g_variant_get_data (written), g_variant_get_data (written_again), g_variant_get_size (written)) == 0);
}

static void
take_description (GVariant *variant)
{
  g_autoptr (SondeDescription) description = _sonde_description_new_from_variant (variant);
  g_autoptr (GVariant) written = description != NULL ? g_variant_ref_sink (_sonde_description_to_variant (description)) : NULL;

  fuzz_assert (description == NULL || written != NULL);
}

static void
take (GVariant *variant)
{
  g_autoptr (GVariant) owned = g_variant_take_ref (variant);

  if (!g_variant_is_normal_form (owned))
    return;
  if (g_variant_is_of_type (owned, G_VARIANT_TYPE (SONDE_RESULT_TYPE)))
    take_result (owned);
  else
    take_description (owned);
}

static void
take_bytes (const char *type,
            const guint8 *data,
            gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);

  take (g_variant_new_from_bytes (G_VARIANT_TYPE (type), bytes, FALSE));
}

static void
take_text (const char *type,
           const guint8 *data,
           gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  GVariant *variant = g_utf8_validate (text, -1, NULL) ? g_variant_parse (G_VARIANT_TYPE (type), text, NULL, NULL, NULL) : NULL;

  if (variant != NULL)
    take (variant);
}

static void
take_packet (const guint8 *data,
             gsize size)
{
  int ends[2], file;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) message = NULL;

  fuzz_assert (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
  fuzz_assert (send (ends[0], data, size, MSG_DONTWAIT) == (gssize) size || size > 10000);
  close (ends[0]);
  message = _sonde_message_receive (ends[1], SONDE_ANSWER_TYPE, MOST_BYTES, &file, &error);
  fuzz_check (message != NULL, error);
  fuzz_assert (file == -1);
  close (ends[1]);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  if (size == 0)
    return 0;
  if (*data == 'r')
    take_bytes (SONDE_RESULT_TYPE, data + 1, size - 1);
  else if (*data == 'd')
    take_bytes (SONDE_DESCRIPTION_TYPE, data + 1, size - 1);
  else if (*data == 'R')
    take_text (SONDE_RESULT_TYPE, data + 1, size - 1);
  else if (*data == 'D')
    take_text (SONDE_DESCRIPTION_TYPE, data + 1, size - 1);
  else
    take_packet (data + 1, size - 1);
  return 0;
}
