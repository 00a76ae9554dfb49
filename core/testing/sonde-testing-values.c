#define G_LOG_DOMAIN "sonde-testing"

#include "sonde-testing-contract-private.h"

/* What somebody may well set a property to. */

static char **
dup_values (GParamSpec *pspec)
{
  g_autoptr (GStrvBuilder) values = g_strv_builder_new ();
  char number[2][G_ASCII_DTOSTR_BUF_SIZE];

  if (G_IS_PARAM_SPEC_ENUM (pspec))
    for (guint i = 0; i < G_PARAM_SPEC_ENUM (pspec)->enum_class->n_values; i++)
      g_strv_builder_add (values, G_PARAM_SPEC_ENUM (pspec)->enum_class->values[i].value_nick);
  else if (G_IS_PARAM_SPEC_BOOLEAN (pspec))
    g_strv_builder_add_many (values, "true", "false", NULL);
  else if (G_IS_PARAM_SPEC_STRING (pspec))
    g_strv_builder_add_many (values, "", "no such thing, surely", NULL);
  else if (G_IS_PARAM_SPEC_DOUBLE (pspec))
    g_strv_builder_add_many (values, g_ascii_dtostr (number[0], sizeof number[0], G_PARAM_SPEC_DOUBLE (pspec)->minimum),
                             g_ascii_dtostr (number[1], sizeof number[1], G_PARAM_SPEC_DOUBLE (pspec)->maximum), NULL);
  else if (G_IS_PARAM_SPEC_INT (pspec) || G_IS_PARAM_SPEC_UINT (pspec))
    {
      gboolean is_signed = G_IS_PARAM_SPEC_INT (pspec);

      g_snprintf (number[0], sizeof number[0], "%" G_GINT64_FORMAT, is_signed ? G_PARAM_SPEC_INT (pspec)->minimum : (gint64) G_PARAM_SPEC_UINT (pspec)->minimum);
      g_snprintf (number[1], sizeof number[1], "%" G_GINT64_FORMAT, is_signed ? G_PARAM_SPEC_INT (pspec)->maximum : (gint64) G_PARAM_SPEC_UINT (pspec)->maximum);
      g_strv_builder_add_many (values, number[0], number[1], NULL);
    }
  return g_strv_builder_end (values);
}

gboolean
_sonde_testing_check_values (SondeTestingSubject *subject,
                             SondeTestingValueFunc func,
                             GError **error)
{
  g_autoptr (GObject) object = _sonde_testing_create (subject, error);
  g_autofree GParamSpec **properties = NULL;
  guint n_properties;

  if (object == NULL)
    return FALSE;
  properties = sonde_properties_list (G_OBJECT_GET_CLASS (object), &n_properties);
  if (n_properties == 0)
    return _sonde_testing_skip (subject, "it has no property");
  for (guint i = 0; i < n_properties; i++)
    {
      g_auto (GStrv) values = dup_values (properties[i]);

      for (guint j = 0; values[j] != NULL; j++)
        {
          g_autofree char *what = g_strdup_printf ("%s=%s", properties[i]->name, values[j]);
          g_autoptr (GObject) fresh = _sonde_testing_create (subject, error);
          g_autoptr (GError) refusal = NULL;

          if (fresh == NULL)
            return FALSE;
          if (!sonde_property_set (fresh, subject->name, properties[i]->name, values[j], &refusal))
            {
              if (!_sonde_testing_check_refusal (refusal, what, error))
                return FALSE;
              continue;
            }
          if (!func (subject, fresh, what, error))
            return FALSE;
        }
    }
  return TRUE;
}
