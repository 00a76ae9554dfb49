#define G_LOG_DOMAIN "sonde"

#include "sonde-analyzer.h"

/**
 * SondeDescription:
 *
 * What an analyzer says of itself: the attachments that it reads, uses and leaves, its tables, its figures, an example.
 * The checks of a chain and the `inspect` page are made from it.
 */
struct _SondeDescription
{
  GObject parent_instance;

  GPtrArray *reads;
  GPtrArray *uses;
  GPtrArray *attaches;
  GPtrArray *tables;
  GPtrArray *figures;
  char *example;
};

G_DEFINE_FINAL_TYPE (SondeDescription, sonde_description, G_TYPE_OBJECT)

G_DEFINE_BOXED_TYPE (SondeAttachmentInfo, sonde_attachment_info, sonde_attachment_info_copy, sonde_attachment_info_free)

/**
 * sonde_attachment_info_copy:
 * @self: what is said of an attachment
 *
 * Copies all texts.
 *
 * Returns: (transfer full): a copy
 */
SondeAttachmentInfo *
sonde_attachment_info_copy (const SondeAttachmentInfo *self)
{
  SondeAttachmentInfo *copy;

  g_return_val_if_fail (self != NULL, NULL);

  copy = g_new (SondeAttachmentInfo, 1);
  *copy = (SondeAttachmentInfo){ g_strdup (self->name), g_strdup (self->shape), g_strdup (self->unit), g_strdup (self->blurb) };
  return copy;
}

/**
 * sonde_attachment_info_free:
 * @self: (transfer full): what is said of an attachment
 *
 * Gives it back.
 */
void
sonde_attachment_info_free (SondeAttachmentInfo *self)
{
  g_return_if_fail (self != NULL);

  g_free (self->name);
  g_free (self->shape);
  g_free (self->unit);
  g_free (self->blurb);
  g_free (self);
}

static void
add_info (GPtrArray *infos,
          const char *name,
          const char *shape,
          const char *unit,
          const char *blurb)
{
  const SondeAttachmentInfo info = { (char *) name, (char *) shape, (char *) unit, (char *) blurb };

  g_ptr_array_add (infos, sonde_attachment_info_copy (&info));
}

static void
sonde_description_finalize (GObject *object)
{
  SondeDescription *self = SONDE_DESCRIPTION (object);

  g_ptr_array_unref (self->reads);
  g_ptr_array_unref (self->uses);
  g_ptr_array_unref (self->attaches);
  g_ptr_array_unref (self->tables);
  g_ptr_array_unref (self->figures);
  g_free (self->example);
  G_OBJECT_CLASS (sonde_description_parent_class)->finalize (object);
}

static void
sonde_description_class_init (SondeDescriptionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sonde_description_finalize;
}

static void
sonde_description_init (SondeDescription *self)
{
  self->reads = g_ptr_array_new_with_free_func (g_free);
  self->uses = g_ptr_array_new_with_free_func (g_free);
  self->attaches = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_attachment_info_free);
  self->tables = g_ptr_array_new_with_free_func (g_object_unref);
  self->figures = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_attachment_info_free);
}

/**
 * sonde_description_new:
 *
 * Makes a description that says nothing yet.
 *
 * Returns: (transfer full): a new description
 */
SondeDescription *
sonde_description_new (void)
{
  return g_object_new (SONDE_TYPE_DESCRIPTION, NULL);
}

/**
 * sonde_description_add_reads:
 * @name: an attachment that an analyzer upstream must leave
 *
 * Declares what the analyzer cannot do without. A chain in which nothing upstream attaches it is refused.
 */
void
sonde_description_add_reads (SondeDescription *self,
                             const char *name)
{
  g_return_if_fail (SONDE_IS_DESCRIPTION (self) && name != NULL);
  g_ptr_array_add (self->reads, g_strdup (name));
}

/**
 * sonde_description_add_uses:
 * @name: an attachment that is used where it is there
 *
 * An analyzer that uses several needs at least one of them.
 */
void
sonde_description_add_uses (SondeDescription *self,
                            const char *name)
{
  g_return_if_fail (SONDE_IS_DESCRIPTION (self) && name != NULL);
  g_ptr_array_add (self->uses, g_strdup (name));
}

/**
 * sonde_description_add_attaches:
 * @name: what the analyzer leaves on every frame
 * @shape: its shape in words: "rows x rows, float64, one per stage"
 * @unit: its unit; "1" for pure numbers
 * @blurb: a sentence
 *
 * Declares what analyzers downstream may read.
 */
void
sonde_description_add_attaches (SondeDescription *self,
                                const char *name,
                                const char *shape,
                                const char *unit,
                                const char *blurb)
{
  g_return_if_fail (SONDE_IS_DESCRIPTION (self) && name != NULL && shape != NULL);
  add_info (self->attaches, name, shape, unit, blurb);
}

/**
 * sonde_description_add_table:
 * @empty: (transfer none): a table with columns and no rows
 *
 * Declares a table: its name, and its columns with their units.
 */
void
sonde_description_add_table (SondeDescription *self,
                             SondeTable *empty)
{
  g_return_if_fail (SONDE_IS_DESCRIPTION (self) && SONDE_IS_TABLE (empty));
  g_ptr_array_add (self->tables, g_object_ref (empty));
}

/**
 * sonde_description_add_figure:
 * @name: its name, that of its file
 * @blurb: what it shows
 *
 * Declares a figure. A chain may give fewer, as where there is a single stage.
 */
void
sonde_description_add_figure (SondeDescription *self,
                              const char *name,
                              const char *blurb)
{
  g_return_if_fail (SONDE_IS_DESCRIPTION (self) && name != NULL);
  add_info (self->figures, name, NULL, NULL, blurb);
}

/**
 * sonde_description_set_example:
 * @chain: a chain that runs, as the command line takes it
 *
 * Declares a chain that has the analyzer in it and runs on the demo model; the tests run it.
 */
void
sonde_description_set_example (SondeDescription *self,
                               const char *chain)
{
  g_return_if_fail (SONDE_IS_DESCRIPTION (self));
  g_free (self->example);
  self->example = g_strdup (chain);
}

/**
 * sonde_description_get_reads:
 *
 * Lists what must be attached upstream.
 *
 * Returns: (transfer none) (element-type utf8): names of the attachments that must be there
 */
GPtrArray *
sonde_description_get_reads (SondeDescription *self)
{
  g_return_val_if_fail (SONDE_IS_DESCRIPTION (self), NULL);
  return self->reads;
}

/**
 * sonde_description_get_uses:
 *
 * Lists what is used where it is attached.
 *
 * Returns: (transfer none) (element-type utf8): names of the attachments of which one must be there
 */
GPtrArray *
sonde_description_get_uses (SondeDescription *self)
{
  g_return_val_if_fail (SONDE_IS_DESCRIPTION (self), NULL);
  return self->uses;
}

/**
 * sonde_description_get_attaches:
 *
 * Lists what analyzers downstream may read, as #SondeAttachmentInfo.
 *
 * Returns: (transfer none) (element-type SondeAttachmentInfo): what is left on every frame
 */
GPtrArray *
sonde_description_get_attaches (SondeDescription *self)
{
  g_return_val_if_fail (SONDE_IS_DESCRIPTION (self), NULL);
  return self->attaches;
}

/**
 * sonde_description_get_tables:
 *
 * Lists the tables that come out of `finish ()`.
 *
 * Returns: (transfer none) (element-type SondeTable): the tables, without rows
 */
GPtrArray *
sonde_description_get_tables (SondeDescription *self)
{
  g_return_val_if_fail (SONDE_IS_DESCRIPTION (self), NULL);
  return self->tables;
}

/**
 * sonde_description_get_figures:
 *
 * Lists the figures that come out of `finish ()`, as #SondeAttachmentInfo without shape and unit.
 *
 * Returns: (transfer none) (element-type SondeAttachmentInfo): names and blurbs of the figures
 */
GPtrArray *
sonde_description_get_figures (SondeDescription *self)
{
  g_return_val_if_fail (SONDE_IS_DESCRIPTION (self), NULL);
  return self->figures;
}

/**
 * sonde_description_get_example:
 *
 * Gives a chain that can be tried.
 *
 * Returns: (nullable): a chain that runs
 */
const char *
sonde_description_get_example (SondeDescription *self)
{
  g_return_val_if_fail (SONDE_IS_DESCRIPTION (self), NULL);
  return self->example;
}
