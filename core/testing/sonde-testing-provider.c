#define G_LOG_DOMAIN "sonde-testing"

#include "sonde-testing-contract-private.h"

#include <glib/gstdio.h>
#include <string.h>

#include "sonde-testing-rows-private.h"
#include "sonde-testing-scratch-private.h"

/* What holds for every model provider before one of its models runs. */

static guint
probe (SondeTestingSubject *subject,
       const char *path,
       char **reason,
       GError **error)
{
  g_autoptr (GObject) provider = _sonde_testing_create (subject, error);

  *reason = NULL;
  return provider != NULL ? SONDE_MODEL_PROVIDER_GET_IFACE (provider)->probe (SONDE_MODEL_PROVIDER (provider), path, reason) : 0;
}

static gboolean
check_own (SondeTestingSubject *subject,
           gconstpointer data,
           GError **error)
{
  g_autofree char *reason = NULL;
  g_autoptr (GObject) provider = _sonde_testing_create (subject, error);
  gint64 start = g_get_monotonic_time ();
  guint score;

  if (provider == NULL)
    return FALSE;
  if (subject->source == NULL)
    return _sonde_testing_fail (error, "no example of what it opens is named");
  if (SONDE_MODEL_PROVIDER_GET_IFACE (provider)->probe == NULL)
    return _sonde_testing_fail (error, "it has no probe ()");
  score = probe (subject, subject->source, &reason, error);
  if (score == 0)
    return _sonde_testing_fail (error, "probe () gives 0 for its own example: %s", reason != NULL ? reason : "without a reason");
  if (score > 100)
    return _sonde_testing_fail (error, "probe () gives %u, where 100 is the most", score);
  return g_get_monotonic_time () - start < 5 * G_TIME_SPAN_SECOND || _sonde_testing_fail (error, "probe () takes seconds: it must read nothing large");
}

/* What it does not know is nobody's: 0, and why; or it is not opened in the end. */
static gboolean
check_stranger (SondeTestingSubject *subject,
                const char *path,
                const char *what,
                GError **error)
{
  g_autoptr (GObject) provider = _sonde_testing_create (subject, error);
  g_autoptr (SondeModel) model = NULL;
  g_autofree char *reason = NULL;
  g_autofree char *opening = g_strdup_printf ("%s that was opened", what);
  g_autoptr (GError) refusal = NULL;

  if (provider == NULL)
    return FALSE;
  if (SONDE_MODEL_PROVIDER_GET_IFACE (provider)->probe (SONDE_MODEL_PROVIDER (provider), path, &reason) == 0 && (!_sonde_testing_check_words (reason, error, "the reason why probe () gives 0 for %s", what) || strchr (reason, '\n') != NULL))
    return FALSE;
  model = sonde_model_provider_open (SONDE_MODEL_PROVIDER (provider), path, NULL, &refusal);
  if (model != NULL)
    return _sonde_testing_fail (error, "it opens %s as a model", what);
  return _sonde_testing_check_refusal (refusal, opening, error);
}

static gboolean
check_strangers (SondeTestingSubject *subject,
                 gconstpointer data,
                 GError **error)
{
  g_autoptr (SondeTestingScratch) scratch = _sonde_testing_scratch_new (error);
  g_autofree char *end = NULL;
  guchar noise[3000];
  guint32 state = 1;

  if (scratch == NULL)
    return FALSE;
  end = g_strdup (subject->source != NULL && strrchr (subject->source, '.') > strrchr (subject->source, '/') ? strrchr (subject->source, '.') : "");
  for (guint i = 0; i < sizeof noise; i++)
    noise[i] = (guchar) ((state = state * 1664525 + 1013904223) >> 24);
  for (guint i = 0; i < 2; i++) /* with a name that is nobody's, and with one that ends like its own */
    {
      g_autofree char *missing_name = g_strconcat ("missing", i == 0 ? ".unknown" : end, NULL);
      g_autofree char *empty_name = g_strconcat ("empty", i == 0 ? ".unknown" : end, NULL);
      g_autofree char *noise_name = g_strconcat ("noise", i == 0 ? ".unknown" : end, NULL);
      g_autofree char *folder_name = g_strconcat ("folder", i == 0 ? ".unknown" : end, NULL);
      g_autofree char *missing = _sonde_testing_scratch_dup_path (scratch, missing_name);
      g_autofree char *empty = _sonde_testing_scratch_write (scratch, empty_name, "", 0, error);
      g_autofree char *random = _sonde_testing_scratch_write (scratch, noise_name, noise, sizeof noise, error);
      g_autofree char *folder = _sonde_testing_scratch_dup_path (scratch, folder_name);

      g_mkdir (folder, 0700);
      if (empty == NULL || random == NULL || !check_stranger (subject, missing, "a missing file", error) || !check_stranger (subject, empty, "an empty file", error) || !check_stranger (subject, random, "a file of random bytes", error) || !check_stranger (subject, folder, "an empty folder", error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_open (SondeTestingSubject *subject,
            gconstpointer data,
            GError **error)
{
  g_autoptr (GObject) provider = _sonde_testing_create (subject, error);
  g_autoptr (GObject) model = NULL;
  SondeModelInterface *iface;
  GError *local = NULL;

  if (provider == NULL)
    return FALSE;
  if (subject->source == NULL)
    return _sonde_testing_fail (error, "no example of what it opens is named");
  if (SONDE_MODEL_PROVIDER_GET_IFACE (provider)->open == NULL)
    return _sonde_testing_fail (error, "it has no open ()");
  model = (GObject *) SONDE_MODEL_PROVIDER_GET_IFACE (provider)->open (SONDE_MODEL_PROVIDER (provider), subject->source, NULL, &local);
  if (!_sonde_testing_check_outcome ("open", model != NULL, local, error))
    return FALSE;
  if (!SONDE_IS_MODEL (model))
    return _sonde_testing_fail (error, "open () gave an object that is no model");
  iface = SONDE_MODEL_GET_IFACE (model);
  if (iface->get_name == NULL || !_sonde_testing_check_words (iface->get_name (SONDE_MODEL (model)), NULL, "the name"))
    return _sonde_testing_fail (error, "its model has no name for people");
  if (sonde_model_get_n_layers (SONDE_MODEL (model)) == 0)
    return _sonde_testing_fail (error, "its model has no layer");
  if (iface->dup_sites == NULL || iface->run == NULL)
    return _sonde_testing_fail (error, "its model has no dup_sites () or no run ()");
  return (iface->dup_conditions != NULL) + (iface->dup_stages != NULL) + (iface->dup_layers != NULL) != 1 || _sonde_testing_fail (error, "its model has one of dup_conditions (), dup_stages () and dup_layers (): those that bring their own rows have all three");
}

static gboolean
check_open_cancelled (SondeTestingSubject *subject,
                      gconstpointer data,
                      GError **error)
{
  g_autoptr (GObject) provider = _sonde_testing_create (subject, error);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (SondeModel) model = NULL;
  GError *local = NULL;

  if (provider == NULL || subject->source == NULL)
    return _sonde_testing_fail (error, "no example of what it opens is named");
  g_cancellable_cancel (cancellable);
  model = sonde_model_provider_open (SONDE_MODEL_PROVIDER (provider), subject->source, cancellable, &local);
  return _sonde_testing_check_cancelled (model != NULL, local, "open ()", error);
}

static gboolean
check_value (SondeTestingSubject *subject,
             GObject *provider,
             const char *what,
             GError **error)
{
  g_autoptr (SondeModel) model = NULL;
  g_autoptr (GError) refusal = NULL;

  if (subject->source == NULL)
    return _sonde_testing_fail (error, "no example of what it opens is named");
  model = sonde_model_provider_open (SONDE_MODEL_PROVIDER (provider), subject->source, NULL, &refusal);
  return model != NULL || _sonde_testing_check_refusal (refusal, what, error);
}

static gboolean
check_values (SondeTestingSubject *subject,
              gconstpointer data,
              GError **error)
{
  return _sonde_testing_check_values (subject, check_value, error);
}

/* ---- what a model says of itself ---- */

static gboolean
check_site (SondeModel *model,
            const SondeSite *site,
            GError **error)
{
  g_autoptr (SondeSite) found = NULL;

  if (!_sonde_testing_check_words (site->name, error, "the name of a site") || !_sonde_testing_check_words (site->formula, error, "the formula of site %s", site->name))
    return FALSE;
  if (site->n_features == 0)
    return _sonde_testing_fail (error, "site %s has no features", site->name);
  found = sonde_model_dup_site (model, site->name);
  return (found != NULL && g_str_equal (found->name, site->name)) || _sonde_testing_fail (error, "the name %s means another site too", site->name);
}

static gboolean
check_sites (SondeTestingSubject *subject,
             gconstpointer data,
             GError **error)
{
  g_autoptr (SondeModel) model = _sonde_testing_open (subject, error);
  g_autoptr (GPtrArray) sites = model != NULL ? sonde_model_list_sites (model) : NULL;
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  if (sites == NULL)
    return FALSE;
  if (sites->len == 0)
    return _sonde_testing_fail (error, "its model has no site");
  for (guint i = 0; i < sites->len; i++)
    {
      const SondeSite *site = g_ptr_array_index (sites, i);

      if (!check_site (model, site, error))
        return FALSE;
      if (!g_hash_table_add (names, site->name))
        return _sonde_testing_fail (error, "its model has two sites called %s", site->name);
    }
  return TRUE;
}

/* What it says of all its models holds for this one. */
static gboolean
check_known_sites (SondeTestingSubject *subject,
                   gconstpointer data,
                   GError **error)
{
  g_autoptr (SondeModel) model = _sonde_testing_open (subject, error);
  g_autoptr (GObject) provider = model != NULL ? _sonde_testing_create (subject, error) : NULL;
  g_autoptr (GPtrArray) sites = provider != NULL ? sonde_model_provider_list_sites (SONDE_MODEL_PROVIDER (provider)) : NULL;

  if (sites == NULL)
    return FALSE;
  if (sites->len == 0)
    return _sonde_testing_skip (subject, "it says nothing of sites before a model is opened");
  for (guint i = 0; i < sites->len; i++)
    {
      const SondeSite *site = g_ptr_array_index (sites, i);
      g_autoptr (SondeSite) found = sonde_model_dup_site (model, site->name);

      if (found == NULL || found->per_layer != site->per_layer)
        return _sonde_testing_fail (error, "it says that all of its models have site %s, and its example has not, or not in each layer", site->name);
    }
  return TRUE;
}

static void
look_at_file (const char *role,
              const char *path,
              gpointer user_data)
{
  char **missing = user_data;

  if (*missing == NULL && (role == NULL || path == NULL || !g_file_test (path, G_FILE_TEST_IS_REGULAR)))
    *missing = g_strdup_printf ("“%s” as its %s", path != NULL ? path : "nothing", role != NULL ? role : "file without a role");
}

static gboolean
check_files (SondeTestingSubject *subject,
             gconstpointer data,
             GError **error)
{
  g_autoptr (SondeModel) model = _sonde_testing_open (subject, error);
  g_autofree char *missing = NULL;

  if (model == NULL)
    return FALSE;
  sonde_model_foreach_file (model, look_at_file, &missing);
  return missing == NULL || _sonde_testing_fail (error, "its model says that it was read from %s, which is no file", missing);
}

static gboolean
check_own_rows (SondeTestingSubject *subject,
                gconstpointer data,
                GError **error)
{
  g_autoptr (SondeModel) model = _sonde_testing_open (subject, error);
  g_autoptr (GPtrArray) conditions = model != NULL ? sonde_model_list_conditions (model) : NULL;
  g_autoptr (SondeRun) run = NULL;
  g_autoptr (GArray) layers = NULL;
  GError *local = NULL;

  if (model == NULL)
    return FALSE;
  if (conditions == NULL)
    return _sonde_testing_skip (subject, "its model runs text");
  layers = sonde_model_list_layers (model);
  for (guint i = 0; i < layers->len; i++)
    {
      const guint layer = g_array_index (layers, guint, i);

      if (layer >= sonde_model_get_n_layers (model) || (i > 0 && layer <= g_array_index (layers, guint, i - 1)))
        return _sonde_testing_fail (error, "its model has rows of layer %u, which is none of its %u layers or not above the one before it", layer, sonde_model_get_n_layers (model));
    }
  run = sonde_run_new_for_rows (model, NULL, "all", &local);
  if (run == NULL || !sonde_run_execute (run, NULL, &local))
    return _sonde_testing_fail_with (error, local, "a run of its rows must work");
  return TRUE;
}

/* ---- the tokenizer ---- */

static gboolean
check_text (SondeTokenizer *tokenizer,
            const char *text,
            GError **error)
{
  g_autoptr (GArray) tokens = NULL;
  g_autoptr (GByteArray) joined = g_byte_array_new ();
  GError *local = NULL;
  gsize covered = 0;

  tokens = sonde_tokenizer_encode (tokenizer, text, strlen (text), &local);
  if (tokens == NULL)
    return _sonde_testing_fail_with (error, local, "its tokenizer must take UTF-8");
  for (guint i = 0; i < tokens->len; i++)
    {
      const SondeToken *token = &g_array_index (tokens, SondeToken, i);
      g_autoptr (GBytes) bytes = sonde_tokenizer_dup_token (tokenizer, token->id);

      if (bytes == NULL)
        return _sonde_testing_fail (error, "its tokenizer gives the id %d for “%s”, and does not know its bytes", token->id, text);
      if (token->start > covered)
        return _sonde_testing_fail (error, "no token covers byte %" G_GSIZE_FORMAT " of “%s”", covered, text);
      covered = MAX (covered, token->end);
      g_byte_array_append (joined, g_bytes_get_data (bytes, NULL), (guint) g_bytes_get_size (bytes));
    }
  if (covered != strlen (text))
    return _sonde_testing_fail (error, "the tokens of “%s” end at byte %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT, text, covered, strlen (text));
  return (joined->len == strlen (text) && (joined->len == 0 || memcmp (joined->data, text, joined->len) == 0)) || _sonde_testing_fail (error, "the tokens of “%s”, joined, do not give the text", text);
}

static gboolean
check_tokenizer (SondeTestingSubject *subject,
                 gconstpointer data,
                 GError **error)
{
  static const char *const texts[] = { "", "a", " coffee", "The quick brown fox jumps over the lazy dog.\n", "  two  spaces\t\ttabs\r\n", "naïve café, Ω ≠ ω, 日本語, 👩‍🔬", "0123456789 3.14 __x__" };
  g_autoptr (SondeModel) model = _sonde_testing_open (subject, error);
  SondeTokenizer *tokenizer = model != NULL ? sonde_model_get_tokenizer (model) : NULL;
  guint n_tokens;
  g_autoptr (GBytes) below = NULL;
  g_autoptr (GBytes) above = NULL;

  if (model == NULL)
    return FALSE;
  if (tokenizer == NULL)
    return _sonde_testing_skip (subject, "its model has no tokenizer");
  n_tokens = sonde_tokenizer_get_n_tokens (tokenizer);
  below = sonde_tokenizer_dup_token (tokenizer, -1);
  above = sonde_tokenizer_dup_token (tokenizer, (gint32) n_tokens);
  if (n_tokens == 0 || below != NULL || above != NULL)
    return _sonde_testing_fail (error, "its tokenizer says that it has %u ids, and has bytes for the id %d", n_tokens, below != NULL ? -1 : (int) n_tokens);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (!check_text (tokenizer, texts[i], error))
      return FALSE;
  return TRUE;
}

void
_sonde_testing_add_provider_checks (GArray *checks)
{
  static const SondeTestingCheck provider[] = {
    { "own-source", check_own, NULL },
    { "open", check_open, NULL },
    { "open-cancelled", check_open_cancelled, NULL },
    { "strangers", check_strangers, NULL },
    { "values", check_values, NULL },
    { "sites", check_sites, NULL },
    { "known-sites", check_known_sites, NULL },
    { "files", check_files, NULL },
    { "own-rows", check_own_rows, NULL },
    { "tokenizer", check_tokenizer, NULL },
  };

  g_array_append_vals (checks, provider, G_N_ELEMENTS (provider));
}
