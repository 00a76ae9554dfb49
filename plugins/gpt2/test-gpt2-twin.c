#define G_LOG_DOMAIN "gpt2"

#include "test-gpt2-twin.h"

#include <math.h>
#include <string.h>

#include "test-gpt2-common.h"

/* ---- weights ---- */

static void
add_weight (Twin *twin, gboolean centred_at_one, char *name, gsize n)
{
  float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    values[i] = (float) g_test_rand_int_range (-120, 121) / 256 + (centred_at_one ? 1 : 0);
  if (centred_at_one) /* BF16 has 8 bits */
    for (gsize i = 0; i < n; i++)
      values[i] = roundf (values[i] * 64) / 64;
  g_hash_table_insert (twin->weights, name, values);
}

static void
add_layer_weight (Twin *twin, guint layer, const char *name, gsize n)
{
  add_weight (twin, g_str_has_prefix (name, "ln_") && g_str_has_suffix (name, "weight"), g_strdup_printf ("h.%u.%s", layer, name), n);
}

void
twin_init (Twin *twin)
{
  const gsize d = twin->n_features, inner = twin->n_inner;

  twin->weights = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  add_weight (twin, FALSE, g_strdup ("wte.weight"), twin->n_vocabulary * d);
  add_weight (twin, FALSE, g_strdup ("wpe.weight"), twin->n_positions * d);
  add_weight (twin, TRUE, g_strdup ("ln_f.weight"), d);
  add_weight (twin, FALSE, g_strdup ("ln_f.bias"), d);
  if (twin->head)
    add_weight (twin, FALSE, g_strdup ("lm_head.weight"), twin->n_vocabulary * d);
  for (guint layer = 0; layer < twin->n_layers; layer++)
    {
      add_layer_weight (twin, layer, "ln_1.weight", d);
      add_layer_weight (twin, layer, "ln_1.bias", d);
      add_layer_weight (twin, layer, "attn.c_attn.weight", d * 3 * d);
      add_layer_weight (twin, layer, "attn.c_attn.bias", 3 * d);
      add_layer_weight (twin, layer, "attn.c_proj.weight", d * d);
      add_layer_weight (twin, layer, "attn.c_proj.bias", d);
      add_layer_weight (twin, layer, "ln_2.weight", d);
      add_layer_weight (twin, layer, "ln_2.bias", d);
      add_layer_weight (twin, layer, "mlp.c_fc.weight", d * inner);
      add_layer_weight (twin, layer, "mlp.c_fc.bias", inner);
      add_layer_weight (twin, layer, "mlp.c_proj.weight", inner * d);
      add_layer_weight (twin, layer, "mlp.c_proj.bias", d);
    }
}

void
twin_clear (Twin *twin)
{
  g_clear_pointer (&twin->weights, g_hash_table_unref);
}

/* ---- the files ---- */

static void
write_config (Twin *twin, const char *directory)
{
  g_autofree char *text = g_strdup_printf (
      "{\"model_type\": \"gpt2\", \"n_layer\": %u, \"n_head\": %u, \"n_embd\": %u, \"n_inner\": %u, \"n_positions\": %u, \"vocab_size\": %u,\n"
      "\"layer_norm_epsilon\": %g, \"activation_function\": \"%s\", \"scale_attn_weights\": %s, \"scale_attn_by_inverse_layer_idx\": %s%s}",
      twin->n_layers, twin->n_heads, twin->n_features, twin->n_inner, twin->n_positions, twin->n_vocabulary,
      twin->epsilon, twin->activation, twin->scale_by_size ? "true" : "false", twin->scale_by_layer ? "true" : "false", twin->more_config ? twin->more_config : "");

  test_write (directory, "config.json", text);
}

static guint
get_shape (Twin *twin, const char *name, gsize *shape)
{
  const gsize d = twin->n_features, inner = twin->n_inner;
  const struct
  {
    const char *end;
    gsize rows, columns;
  } shapes[] = { { "wte.weight", twin->n_vocabulary, d }, { "wpe.weight", twin->n_positions, d }, { "lm_head.weight", twin->n_vocabulary, d }, { "attn.c_attn.weight", d, 3 * d }, { "attn.c_attn.bias", 0, 3 * d }, { "attn.c_proj.weight", d, d }, { "mlp.c_fc.weight", d, inner }, { "mlp.c_fc.bias", 0, inner }, { "mlp.c_proj.weight", inner, d } };

  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    if (g_str_has_suffix (name, shapes[i].end))
      {
        shape[0] = shapes[i].rows > 0 ? shapes[i].rows : shapes[i].columns;
        shape[1] = shapes[i].columns;
        return shapes[i].rows > 0 ? 2 : 1;
      }
  shape[0] = d;
  return 1;
}

/* Exact for the weights of a twin, which need few bits, and for NaN. */
static guint16
to_half (float value, SondeDtype dtype)
{
  guint32 bits;

  memcpy (&bits, &value, sizeof bits);
  if (dtype == SONDE_DTYPE_BF16)
    return (guint16) (bits >> 16);
  if (isnan (value))
    return 0x7e00;
  return value == 0 ? 0 : (guint16) ((bits >> 16 & 0x8000) | ((((bits >> 23) & 0xff) - 127 + 15) << 10) | ((bits >> 13) & 0x3ff));
}

static SondeTensor *
make_tensor (Twin *twin,
             const char *name,
             const gsize *shape,
             guint n_dims)
{
  const gsize n = shape[0] * (n_dims == 2 ? shape[1] : 1);
  g_autofree float *values = g_memdup2 (g_hash_table_lookup (twin->weights, name), n * sizeof *values);
  g_autofree guint16 *halves = g_new (guint16, n);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  SondeTensor *tensor;

  if (g_strcmp0 (name, twin->poisoned) == 0)
    values[twin->poisoned_at] = NAN;
  for (gsize i = 0; i < n; i++)
    halves[i] = to_half (values[i], twin->dtype);
  bytes = twin->dtype == SONDE_DTYPE_F32 ? g_bytes_new (values, n * sizeof *values) : g_bytes_new (halves, n * sizeof *halves);
  tensor = sonde_tensor_new (twin->dtype, shape, n_dims, bytes, &error);
  g_assert_no_error (error);
  return tensor;
}

static char *
name_in_file (Twin *twin, const char *name)
{
  return g_strconcat (twin->prefix && !g_str_has_prefix (name, "lm_head") ? "transformer." : "", name, NULL);
}

void
twin_write (Twin *twin, const char *directory)
{
  g_autoptr (SondeSafetensorsWriter) writer = sonde_safetensors_writer_new ();
  g_autofree char *path = g_build_filename (directory, "model.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  GHashTableIter iter;
  gpointer name;
  gsize shape[2];

  write_config (twin, directory);
  g_hash_table_iter_init (&iter, twin->weights);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      g_autofree char *full = name_in_file (twin, name);
      guint n_dims = get_shape (twin, name, shape);

      sonde_safetensors_writer_declare (writer, full, twin->dtype, shape, n_dims, &error);
      g_assert_no_error (error);
    }
  sonde_safetensors_writer_open (writer, path, &error);
  g_assert_no_error (error);
  g_hash_table_iter_init (&iter, twin->weights);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      g_autofree char *full = name_in_file (twin, name);
      g_autoptr (SondeTensor) tensor = make_tensor (twin, name, shape, get_shape (twin, name, shape));

      sonde_safetensors_writer_write (writer, full, tensor, &error);
      g_assert_no_error (error);
    }
  sonde_safetensors_writer_close (writer, &error);
  g_assert_no_error (error);
}

/* ---- the forward pass ---- */

static const float *
weight (Twin *twin, guint layer, const char *name)
{
  g_autofree char *full = layer == SONDE_NO_LAYER ? g_strdup (name) : g_strdup_printf ("h.%u.%s", layer, name);

  return g_hash_table_lookup (twin->weights, full);
}

static double *
norm (Twin *twin,
      const double *x,
      gsize n,
      guint layer,
      const char *name)
{
  const gsize d = twin->n_features;
  g_autofree char *gain_name = g_strconcat (name, ".weight", NULL);
  g_autofree char *bias_name = g_strconcat (name, ".bias", NULL);
  const float *gain = weight (twin, layer, gain_name), *bias = weight (twin, layer, bias_name);
  double *out = g_new (double, n *d);

  for (gsize row = 0; row < n; row++)
    {
      double mean = 0, variance = 0;

      for (gsize i = 0; i < d; i++)
        mean += x[row * d + i] / (double) d;
      for (gsize i = 0; i < d; i++)
        variance += pow (x[row * d + i] - mean, 2) / (double) d;
      for (gsize i = 0; i < d; i++)
        out[row * d + i] = (x[row * d + i] - mean) / sqrt (variance + twin->epsilon) * gain[i] + bias[i];
    }
  return out;
}

static double *
linear (Twin *twin,
        const double *x,
        gsize n,
        gsize in,
        gsize out_size,
        guint layer,
        const char *name)
{
  g_autofree char *weight_name = g_strconcat (name, ".weight", NULL);
  g_autofree char *bias_name = g_strconcat (name, ".bias", NULL);
  const float *w = weight (twin, layer, weight_name), *bias = weight (twin, layer, bias_name);
  double *out = g_new (double, n *out_size);

  for (gsize row = 0; row < n; row++)
    for (gsize j = 0; j < out_size; j++)
      {
        out[row * out_size + j] = bias[j];
        for (gsize i = 0; i < in; i++)
          out[row * out_size + j] += x[row * in + i] * w[i * out_size + j];
      }
  return out;
}

/* What the heads read; their weights go to @pattern [n, heads, n], which is zero. */
static double *
attention (Twin *twin,
           const double *qkv,
           gsize n,
           guint layer,
           double *pattern)
{
  const gsize d = twin->n_features, size = d / twin->n_heads;
  double *out = g_new0 (double, n *d);

  for (gsize head = 0; head < twin->n_heads; head++)
    for (gsize row = 0; row < n; row++)
      {
        double *p = pattern + (row * twin->n_heads + head) * n, sum = 0;

        for (gsize key = 0; key <= row; key++)
          {
            double score = 0;

            for (gsize i = 0; i < size; i++)
              score += qkv[row * 3 * d + head * size + i] * qkv[key * 3 * d + d + head * size + i];
            if (twin->scale_by_size)
              score /= sqrt ((double) size);
            if (twin->scale_by_layer)
              score /= layer + 1;
            p[key] = exp (score);
            sum += p[key];
          }
        for (gsize key = 0; key <= row; key++)
          {
            p[key] /= sum;
            for (gsize i = 0; i < size; i++)
              out[row * d + head * size + i] += p[key] * qkv[key * 3 * d + 2 * d + head * size + i];
          }
      }
  return out;
}

static double
activate (Twin *twin, double x)
{
  if (g_str_equal (twin->activation, "relu"))
    return MAX (x, 0);
  if (g_str_equal (twin->activation, "gelu"))
    return 0.5 * x * (1 + erf (x / sqrt (2)));
  return 0.5 * x * (1 + tanh (sqrt (2 / G_PI) * (x + 0.044715 * x * x * x)));
}

static double *
store (GHashTable *sites, guint layer, const char *site, double *values)
{
  g_hash_table_insert (sites, test_site_key (layer, site), values);
  return values;
}

static double *
sum (const double *a, const double *b, gsize n)
{
  double *out = g_new (double, n);

  for (gsize i = 0; i < n; i++)
    out[i] = a[i] + b[i];
  return out;
}

/* Columns @first to @first + @n_columns of each of the @n rows of @x, which has @width. */
static double *
cut (const double *x,
     gsize n,
     gsize width,
     gsize first,
     gsize n_columns)
{
  double *out = g_new (double, n *n_columns);

  for (gsize row = 0; row < n; row++)
    memcpy (out + row * n_columns, x + row * width + first, n_columns * sizeof *out);
  return out;
}

static const double *
run_attention (Twin *twin,
               GHashTable *sites,
               const double *x,
               gsize n,
               guint layer)
{
  static const char *const thirds[] = { "attn.q", "attn.k", "attn.v" };
  const gsize d = twin->n_features;
  const double *in = store (sites, layer, "attn.in", norm (twin, x, n, layer, "ln_1")), *heads, *out;
  double *pattern = store (sites, layer, "attn.pattern", g_new0 (double, n * twin->n_heads * n));
  g_autofree double *qkv = linear (twin, in, n, d, 3 * d, layer, "attn.c_attn");

  for (guint i = 0; i < 3; i++)
    store (sites, layer, thirds[i], cut (qkv, n, 3 * d, i * d, d));
  heads = store (sites, layer, "attn.heads", attention (twin, qkv, n, layer, pattern));
  out = store (sites, layer, "attn.out", linear (twin, heads, n, d, d, layer, "attn.c_proj"));
  return store (sites, layer, "block.middle", sum (x, out, n * d));
}

static const double *
run_layer (Twin *twin,
           GHashTable *sites,
           const double *x,
           gsize n,
           guint layer)
{
  const gsize d = twin->n_features, inner = twin->n_inner;
  const double *r = run_attention (twin, sites, x, n, layer), *in, *pre, *out;
  double *post = g_new (double, n *inner);

  store (sites, layer, "block.input", g_memdup2 (x, n * d * sizeof *x));
  in = store (sites, layer, "mlp.in", norm (twin, r, n, layer, "ln_2"));
  pre = store (sites, layer, "mlp.pre", linear (twin, in, n, d, inner, layer, "mlp.c_fc"));
  for (gsize i = 0; i < n * inner; i++)
    post[i] = activate (twin, pre[i]);
  store (sites, layer, "mlp.post", post);
  out = store (sites, layer, "mlp.out", linear (twin, post, n, inner, d, layer, "mlp.c_proj"));
  return store (sites, layer, "block", sum (r, out, n * d));
}

GHashTable *
twin_run (Twin *twin, const gint32 *ids, gsize n)
{
  GHashTable *sites = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const gsize d = twin->n_features;
  const float *wte = weight (twin, SONDE_NO_LAYER, "wte.weight"), *wpe = weight (twin, SONDE_NO_LAYER, "wpe.weight");
  const float *head = twin->head ? weight (twin, SONDE_NO_LAYER, "lm_head.weight") : wte;
  double *embedding = g_new (double, n *d), *logits = g_new0 (double, n * twin->n_vocabulary);
  const double *x = embedding, *last;

  for (gsize i = 0; i < n * d; i++)
    embedding[i] = (double) wte[(gsize) ids[i / d] * d + i % d] + wpe[i];
  store (sites, SONDE_NO_LAYER, "embedding", embedding);
  for (guint layer = 0; layer < twin->n_layers; layer++)
    x = run_layer (twin, sites, x, n, layer);
  last = store (sites, SONDE_NO_LAYER, "ln_f", norm (twin, x, n, SONDE_NO_LAYER, "ln_f"));
  for (gsize row = 0; row < n; row++)
    for (gsize token = 0; token < twin->n_vocabulary; token++)
      for (gsize i = 0; i < d; i++)
        logits[row * twin->n_vocabulary + token] += last[row * d + i] * head[token * d + i];
  store (sites, SONDE_NO_LAYER, "logits", logits);
  return sites;
}

/* Every weight one float away from where it is, up or down. */
static GHashTable *
move_weights (GHashTable *weights, Twin *twin)
{
  GHashTable *moved = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GHashTableIter iter;
  gpointer name, values;
  gsize shape[2];

  g_hash_table_iter_init (&iter, weights);
  while (g_hash_table_iter_next (&iter, &name, &values))
    {
      const gsize n = get_shape (twin, name, shape) == 2 ? shape[0] * shape[1] : shape[0];
      float *near = g_memdup2 (values, n * sizeof *near);

      for (gsize i = 0; i < n; i++)
        near[i] = nextafterf (near[i], g_test_rand_bit () ? INFINITY : -INFINITY);
      g_hash_table_insert (moved, g_strdup (name), near);
    }
  return moved;
}

double
twin_tolerate (Twin *twin,
               GHashTable *exact,
               const gint32 *ids,
               gsize n)
{
  Twin near = *twin;
  g_autoptr (GHashTable) weights = move_weights (twin->weights, twin);
  g_autoptr (GHashTable) moved = NULL;
  GHashTableIter iter;
  gpointer key, values;
  double rounding = 0;

  near.weights = weights;
  moved = twin_run (&near, ids, n);
  g_hash_table_iter_init (&iter, exact);
  while (g_hash_table_iter_next (&iter, &key, &values))
    {
      g_autofree char *site = g_strndup (key, strcspn (key, ":"));
      const double *a = values, *b = g_hash_table_lookup (moved, key);
      double difference = 0, largest = 1;

      for (gsize i = 0; i < n * twin_width (twin, site, n); i++)
        {
          difference = MAX (difference, fabs (a[i] - b[i]));
          largest = MAX (largest, fabs (a[i]));
        }
      rounding = MAX (rounding, difference / largest);
    }
  return 1e-6 + 4 * rounding;
}

void
twin_random_ids (Twin *twin, gint32 *ids, gsize n)
{
  for (gsize i = 0; i < n; i++)
    ids[i] = g_test_rand_int_range (0, (gint32) twin->n_vocabulary);
}

gsize
twin_width (Twin *twin, const char *site, gsize longest)
{
  if (g_str_equal (site, "attn.pattern"))
    return twin->n_heads * longest;
  if (g_str_equal (site, "mlp.pre") || g_str_equal (site, "mlp.post"))
    return twin->n_inner;
  return g_str_equal (site, "logits") ? twin->n_vocabulary : twin->n_features;
}

Twin
twin_small (void)
{
  Twin twin = { .n_layers = 3, .n_heads = 3, .n_features = 24, .n_inner = 40, .n_positions = 80, .n_vocabulary = 50, .epsilon = 1e-5, .activation = "gelu_new", .prefix = TRUE, .scale_by_size = TRUE, .dtype = SONDE_DTYPE_F32 };

  return twin;
}

static double
tolerate_any (Twin *twin)
{
  g_autofree gint32 *ids = g_new (gint32, twin->n_positions);
  g_autoptr (GHashTable) exact = NULL;

  twin_random_ids (twin, ids, twin->n_positions);
  exact = twin_run (twin, ids, twin->n_positions);
  return twin_tolerate (twin, exact, ids, twin->n_positions);
}

void
twin_fixture_set_up (TwinFixture *fixture, gconstpointer data)
{
  fixture->twin = twin_small ();
  fixture->directory = test_make_directory ();
  twin_init (&fixture->twin);
  twin_write (&fixture->twin, fixture->directory);
  fixture->model = test_open (fixture->directory);
  fixture->tolerance = tolerate_any (&fixture->twin);
}

void
twin_fixture_tear_down (TwinFixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->model);
  twin_clear (&fixture->twin);
  test_remove_directory (fixture->directory);
}
