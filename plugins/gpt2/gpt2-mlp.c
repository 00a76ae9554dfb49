#define G_LOG_DOMAIN "gpt2"

#include "gpt2-run.h"

#include "gpt2-kernels.h"

/* The MLP of one layer. What is done to a part of a matrix after a product is done while the part is in the thread's cache. */
typedef struct
{
  Gpt2Run *run;
  gsize inner;
  gboolean activates; /* somebody wants more than what the activation takes */
  int spoilt;         /* atomic: the residual stream is not finite */
  Gpt2Emission in, pre, post, out, block;
} Mlp;

static void
mlp_clear (Mlp *self)
{
  gpt2_emission_clear (&self->in);
  gpt2_emission_clear (&self->pre);
  gpt2_emission_clear (&self->post);
  gpt2_emission_clear (&self->out);
  gpt2_emission_clear (&self->block);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Mlp, mlp_clear)

static void
activate (const Gpt2Config *config, float *x, gsize n)
{
  switch (config->activation)
    {
    case GPT2_GELU_NEW:
      gpt2_gelu_new (x, n);
      break;
    case GPT2_GELU_ERF:
      gpt2_gelu_erf (x, n);
      break;
    case GPT2_RELU:
      gpt2_relu (x, n);
      break;
    default:
      g_assert_not_reached ();
    }
}

static void
after_expansion (const SondeMathPart *part, gpointer user_data)
{
  Mlp *self = user_data;
  float *wide = self->run->wide;

  gpt2_emission_take (&self->pre, wide, part);
  if (!self->activates)
    return;
  for (gsize row = part->row; row < part->row_end; row++)
    activate (self->run->config, wide + row * self->inner + part->column, part->column_end - part->column);
  gpt2_emission_take (&self->post, wide, part);
}

static void
after_projection (const SondeMathPart *part, gpointer user_data)
{
  Mlp *self = user_data;
  Gpt2Run *run = self->run;
  const gsize features = run->config->n_features, n = part->column_end - part->column;
  gboolean finite = TRUE;

  gpt2_emission_take (&self->out, run->b, part);
  for (gsize row = part->row; row < part->row_end; row++)
    {
      float *x = run->x + row * features + part->column;

      gpt2_add (x, run->b + row * features + part->column, n);
      finite &= gpt2_all_finite (x, n);
    }
  if (!finite)
    g_atomic_int_set (&self->spoilt, TRUE);
  gpt2_emission_take (&self->block, run->x, part);
}

static gboolean
begin (Mlp *self, guint layer, GError **error)
{
  Gpt2Run *run = self->run;
  const gsize features = run->config->n_features;

  return gpt2_run_begin (run, layer, GPT2_SITE_MLP_IN, features, &self->in, error) && gpt2_run_begin (run, layer, GPT2_SITE_MLP_PRE, self->inner, &self->pre, error) && gpt2_run_begin (run, layer, GPT2_SITE_MLP_POST, self->inner, &self->post, error) && gpt2_run_begin (run, layer, GPT2_SITE_MLP_OUT, features, &self->out, error) && gpt2_run_begin (run, layer, GPT2_SITE_BLOCK, features, &self->block, error);
}

static gboolean
expand (Mlp *self, guint layer, const Gpt2Layer *parameters, GError **error)
{
  Gpt2Run *run = self->run;
  const SondeMathLinear c_fc = gpt2_run_get_linear (parameters, GPT2_C_FC_WEIGHT, GPT2_C_FC_BIAS, run->config->n_features, self->inner);

  return gpt2_linear_apply (&c_fc, &run->linear, run->a, run->rows->n, run->wide, self->inner, after_expansion, self, error) && gpt2_run_hand_over (run, layer, GPT2_SITE_MLP_PRE, &self->pre, error) && gpt2_run_hand_over (run, layer, GPT2_SITE_MLP_POST, &self->post, error);
}

static gboolean
project (Mlp *self, guint layer, const Gpt2Layer *parameters, GError **error)
{
  Gpt2Run *run = self->run;
  const gsize features = run->config->n_features;
  const SondeMathLinear c_proj = gpt2_run_get_linear (parameters, GPT2_MLP_PROJ_WEIGHT, GPT2_MLP_PROJ_BIAS, self->inner, features);

  if (!gpt2_linear_apply (&c_proj, &run->linear, run->wide, run->rows->n, run->b, features, after_projection, self, error) || !gpt2_run_hand_over (run, layer, GPT2_SITE_MLP_OUT, &self->out, error))
    return FALSE;
  if (self->spoilt)
    return gpt2_run_fail_not_finite (run, layer, GPT2_SITE_BLOCK, error);
  return gpt2_run_hand_over (run, layer, GPT2_SITE_BLOCK, &self->block, error);
}

gboolean
gpt2_run_mlp (Gpt2Run *run,
              guint layer,
              const Gpt2Layer *parameters,
              Gpt2Site last,
              GError **error)
{
  g_auto (Mlp) self = { .run = run, .inner = run->config->n_inner, .activates = last > GPT2_SITE_MLP_PRE };

  if (!begin (&self, layer, error))
    return FALSE;
  gpt2_run_norm (run, parameters->values[GPT2_LN_2_WEIGHT], parameters->values[GPT2_LN_2_BIAS], &self.in);
  if (!gpt2_run_hand_over (run, layer, GPT2_SITE_MLP_IN, &self.in, error))
    return FALSE;
  if (last >= GPT2_SITE_MLP_PRE && !expand (&self, layer, parameters, error))
    return FALSE;
  return last < GPT2_SITE_MLP_OUT || project (&self, layer, parameters, error);
}
