#include "fuzz.h"

#include <string.h>

#include "sonde-json-private.h"

/* JSON as the library reads and writes it: what was read can be written, and says the same when it is read again. */

static char *
write_again (const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr (JsonNode) root = _sonde_json_parse_object (bytes, "again.json", NULL);

  fuzz_assert (root != NULL);
  return _sonde_json_to_text (json_node_get_object (root), FALSE);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) root = _sonde_json_parse_object (bytes, "results.json", &error);
  g_autofree char *text = NULL;
  g_autofree char *again = NULL;

  fuzz_check_inner (root != NULL, error);
  if (root == NULL)
    return 0;
  text = _sonde_json_to_text (json_node_get_object (root), FALSE);
  again = write_again (text);
  fuzz_assert (g_str_equal (text, again));
  return 0;
}
