#define G_LOG_DOMAIN "sonde"

#include "sonde-chain-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "isolation/sonde-isolated-analyzer-private.h"
#include "sonde-error-private.h"
#include "sonde-fault.h"
#include "sonde-limits-private.h"
#include "sonde-property.h"

typedef struct
{
  char *name;
  GObject *object;
} Element;

/**
 * SondeChain:
 *
 * Analyzers in order. What each reads and attaches is declared, so that a chain is checked before anything runs.
 */
struct _SondeChain
{
  GObject parent_instance;

  GPtrArray *analyzers; /* of Element */
  Element tap;
};

G_DEFINE_FINAL_TYPE (SondeChain, sonde_chain, G_TYPE_OBJECT)

static void
element_clear (Element *element)
{
  g_clear_pointer (&element->name, g_free);
  g_clear_object (&element->object);
}

static void
element_free (Element *element)
{
  element_clear (element);
  g_free (element);
}

static void
sonde_chain_finalize (GObject *object)
{
  SondeChain *self = SONDE_CHAIN (object);

  g_ptr_array_unref (self->analyzers);
  element_clear (&self->tap);
  G_OBJECT_CLASS (sonde_chain_parent_class)->finalize (object);
}

static void
sonde_chain_class_init (SondeChainClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sonde_chain_finalize;
}

static void
sonde_chain_init (SondeChain *self)
{
  self->analyzers = g_ptr_array_new_with_free_func ((GDestroyNotify) element_free);
}

static gboolean
add_analyzer (SondeChain *self,
              const char *name,
              GObject *object,
              GError **error)
{
  Element *element;

  if (sonde_chain_find_analyzer (self, name) != NULL)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_CHAIN, _ ("%s stands twice in the chain: its tables and figures would have the same names, so leave one out, and run it twice instead"), name);
      return FALSE;
    }
  element = g_new0 (Element, 1);
  element->name = g_strdup (name);
  element->object = g_object_ref (object);
  g_ptr_array_add (self->analyzers, element);
  return TRUE;
}

/* Makes the plugin that a word names and puts it at the chain's end; a tap only at its beginning. */
static GObject *
add_element (SondeChain *self,
             SondeRegistry *registry,
             const char *name,
             GError **error)
{
  const SondePlugin *plugin = sonde_registry_find (registry, name);
  gboolean is_tap = plugin != NULL && plugin->kind == SONDE_PLUGIN_KIND_TAP;
  g_autoptr (GObject) object = NULL;

  if (is_tap && (self->tap.name != NULL || self->analyzers->len > 0))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_CHAIN, _ ("%s is a tap, and a tap stands once, at the beginning of a chain: put it there, or leave it out"), name);
      return NULL;
    }
  if (is_tap || sonde_registry_get_isolation (registry) == NULL)
    object = sonde_registry_create (registry, name, is_tap ? SONDE_PLUGIN_KIND_TAP : SONDE_PLUGIN_KIND_ANALYZER, error);
  else
    object = (GObject *) _sonde_isolated_analyzer_new (sonde_registry_get_isolation (registry), name, error);
  if (object == NULL)
    return NULL;
  if (is_tap)
    sonde_chain_set_tap (self, name, SONDE_TAP (object));
  else if (!add_analyzer (self, name, object, error))
    return NULL;
  return object; /* the chain holds it */
}

static gboolean
set_property (GObject *object,
              const char *name,
              const char *property,
              const char *value,
              GError **error)
{
  if (SONDE_IS_ISOLATED_ANALYZER (object))
    return _sonde_isolated_analyzer_set_property (SONDE_ISOLATED_ANALYZER (object), property, value, error);
  return sonde_property_set (object, name, property, value, error);
}

static gboolean
set_from_word (GObject *object,
               const char *name,
               const char *word,
               GError **error)
{
  const char *equals = strchr (word, '=');
  g_autofree char *property = NULL;

  if (equals == NULL)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_CHAIN, _ ("“%s” behind %s is no PROPERTY=VALUE: put “!” between plugins"), word, name);
      return FALSE;
    }
  property = g_strndup (word, (gsize) (equals - word));
  return set_property (object, name, property, equals + 1, error);
}

static gboolean
check_length (const char *const *words,
              GError **error)
{
  const guint n = g_strv_length ((char **) words);

  if (n <= SONDE_MAX_CHAIN_WORDS)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_CHAIN, _ ("the chain has %u words, and at most %d are possible: name each plugin and property once"), n, SONDE_MAX_CHAIN_WORDS);
  return FALSE;
}

static SondeChain *
make_chain (SondeRegistry *registry,
            const char *const *words,
            GError **error)
{
  g_autoptr (SondeChain) self = g_object_new (SONDE_TYPE_CHAIN, NULL);
  GObject *current = NULL;
  const char *name = NULL;

  if (!check_length (words, error))
    return NULL;
  for (guint i = 0; words[i] != NULL; i++)
    {
      if (g_str_equal (words[i], "!"))
        {
          if (current == NULL || words[i + 1] == NULL)
            {
              g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_CHAIN, _ ("a “!” in the chain has nothing on one side: put a plugin there, or leave it out"));
              return NULL;
            }
          current = NULL;
        }
      else if (current == NULL)
        {
          name = words[i];
          current = add_element (self, registry, name, error);
          if (current == NULL)
            return NULL;
        }
      else if (!set_from_word (current, name, words[i], error))
        return NULL;
    }
  return g_steal_pointer (&self);
}

/**
 * sonde_chain_new:
 * @registry: where the plugins are found
 * @words: (array zero-terminated=1): the chain's words, as a shell splits them
 *
 * Makes the tap and the analyzers, and sets their properties. Whether the pieces fit each other is asked with sonde_chain_check().
 * Fails with %SONDE_ERROR_CHAIN where the words are no chain, %SONDE_ERROR_PLUGIN for a plugin that cannot be used,
 * %SONDE_ERROR_PROPERTY for a property or value that it does not have.
 *
 * Returns: (transfer full): the chain; or %NULL with a sentence about the first word that is wrong
 */
SondeChain *
sonde_chain_new (SondeRegistry *registry,
                 const char *const *words,
                 GError **error)
{
  SondeChain *self;

  g_return_val_if_fail (SONDE_IS_REGISTRY (registry) && words != NULL, NULL);

  self = make_chain (registry, words, error);
  if (self == NULL)
    _sonde_error_make_line (error);
  return self;
}

/**
 * sonde_chain_parse:
 * @registry: where the plugins are found
 * @text: a chain as one line, quoted as in a shell
 *
 * Splits a text at blanks, quotes as in a shell, and makes a chain of the words. Fails as sonde_chain_new() does.
 *
 * Returns: (transfer full): see sonde_chain_new()
 */
SondeChain *
sonde_chain_parse (SondeRegistry *registry,
                   const char *text,
                   GError **error)
{
  g_auto (GStrv) words = NULL;
  g_autoptr (GError) local = NULL;

  g_return_val_if_fail (text != NULL, NULL);

  if (text[strspn (text, " \t\n")] == '\0')
    {
      g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_CHAIN, _ ("the chain is empty: name an analyzer"));
      return NULL;
    }
  if (!g_shell_parse_argv (text, NULL, &words, &local))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_CHAIN, _ ("the chain “%s” cannot be read: %s: close its quotes"), text, local->message);
      _sonde_error_make_line (error);
      return NULL;
    }
  return sonde_chain_new (registry, (const char *const *) words, error);
}

/* ---- do the pieces fit? ---- */

static void
refuse_missing (SondeRegistry *registry,
                const Element *element,
                const char *attachment,
                GError **error)
{
  g_autofree char *attachers = SONDE_IS_ISOLATED_ANALYZER (element->object) ? _sonde_isolated_analyzer_dup_attachers (SONDE_ISOLATED_ANALYZER (element->object), attachment)
                                                                            : sonde_registry_dup_attachers (registry, attachment);

  if (attachers != NULL)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_CHAIN, _ ("%s reads `%s`, which nothing before it attaches: put `%s` in front"), element->name, attachment, attachers);
  else
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_CHAIN, _ ("%s reads `%s`, which nothing before it attaches, nor does any enabled plugin: leave it out, or install one that does"), element->name, attachment);
}

/* NULL: everything is there. */
static const char *
find_missing (SondeDescription *description,
              GHashTable *attached)
{
  GPtrArray *reads = sonde_description_get_reads (description);
  GPtrArray *uses = sonde_description_get_uses (description);
  guint n_used = 0;

  for (guint i = 0; i < reads->len; i++)
    if (!g_hash_table_contains (attached, g_ptr_array_index (reads, i)))
      return g_ptr_array_index (reads, i);
  for (guint i = 0; i < uses->len; i++)
    n_used += g_hash_table_contains (attached, g_ptr_array_index (uses, i));
  return uses->len > 0 && n_used == 0 ? g_ptr_array_index (uses, 0) : NULL;
}

/* One before it failed and could not say what it attaches: that is no fault of the chain. */
static gboolean
is_fault_of_failed (SondeChain *self,
                    guint place,
                    const char *missing)
{
  SondeAnalyzer *analyzer = sonde_chain_get_analyzer (self, place, NULL);

  for (guint i = 0; i < place && SONDE_IS_ISOLATED_ANALYZER (analyzer); i++)
    if (sonde_chain_get_failure (self, i, NULL, NULL) != NULL)
      {
        _sonde_isolated_analyzer_fail_upstream (SONDE_ISOLATED_ANALYZER (analyzer), SONDE_ISOLATED_ANALYZER (sonde_chain_get_analyzer (self, i, NULL)), missing);
        return TRUE;
      }
  return FALSE;
}

/* An analyzer in a process of its own has those there whose attachments it reads. */
static void
connect_upstream (SondeChain *self,
                  guint place)
{
  SondeAnalyzer *analyzer = sonde_chain_get_analyzer (self, place, NULL);

  for (guint i = 0; i < place && SONDE_IS_ISOLATED_ANALYZER (analyzer); i++)
    _sonde_isolated_analyzer_connect (SONDE_ISOLATED_ANALYZER (analyzer), SONDE_ISOLATED_ANALYZER (sonde_chain_get_analyzer (self, i, NULL)));
}

/**
 * sonde_chain_check:
 * @registry: to look up which plugin would help
 *
 * Checks that there are analyzers, and that whatever one reads is attached by one before it.
 *
 * Returns: %FALSE with %SONDE_ERROR_CHAIN: the sentence names what to put in front
 */
gboolean
sonde_chain_check (SondeChain *self,
                   SondeRegistry *registry,
                   GError **error)
{
  g_autoptr (GHashTable) attached = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  g_return_val_if_fail (SONDE_IS_CHAIN (self) && SONDE_IS_REGISTRY (registry), FALSE);

  if (self->analyzers->len == 0)
    {
      g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_CHAIN, _ ("the chain has no analyzer: put “!” and one behind it; “sonde list” shows them"));
      return FALSE;
    }
  for (guint i = 0; i < self->analyzers->len; i++)
    {
      Element *element = g_ptr_array_index (self->analyzers, i);
      g_autoptr (SondeDescription) description = sonde_analyzer_describe (SONDE_ANALYZER (element->object));
      GPtrArray *attaches = sonde_description_get_attaches (description);
      const char *missing = find_missing (description, attached);

      if (!sonde_fault_check (element->object, error))
        {
          g_prefix_error (error, "%s: ", element->name);
          return FALSE;
        }
      if (missing != NULL && !is_fault_of_failed (self, i, missing))
        {
          refuse_missing (registry, element, missing, error);
          return FALSE;
        }
      connect_upstream (self, i);
      for (guint j = 0; j < attaches->len; j++)
        g_hash_table_add (attached, g_strdup (((SondeAttachmentInfo *) g_ptr_array_index (attaches, j))->name));
    }
  return TRUE;
}

/* ---- what is in it ---- */

/**
 * sonde_chain_get_n_analyzers:
 *
 * Counts the analyzers; the tap is none.
 *
 * Returns: how many
 */
guint
sonde_chain_get_n_analyzers (SondeChain *self)
{
  g_return_val_if_fail (SONDE_IS_CHAIN (self), 0);
  return self->analyzers->len;
}

/**
 * sonde_chain_get_analyzer:
 * @index: which one, from 0, in the order of the chain
 * @name: (out) (optional) (transfer none): its plugin's name
 *
 * Gives an analyzer and the name of its plugin.
 *
 * Returns: (transfer none): the analyzer at that place
 */
SondeAnalyzer *
sonde_chain_get_analyzer (SondeChain *self,
                          guint index,
                          const char **name)
{
  Element *element;

  g_return_val_if_fail (SONDE_IS_CHAIN (self) && index < self->analyzers->len, NULL);

  element = g_ptr_array_index (self->analyzers, index);
  if (name != NULL)
    *name = element->name;
  return SONDE_ANALYZER (element->object);
}

/**
 * sonde_chain_get_failure:
 * @index: which one, from 0, in the order of the chain
 * @where: (out) (optional) (nullable) (transfer none): in what, such as "process (), layer 3, condition one-sequence"
 * @reason: (out) (optional) (nullable) (transfer none): how
 *
 * Only analyzers that run in processes of their own, as sonde_registry_set_isolation() has it, fail so that the others go on.
 *
 * Returns: (transfer none) (nullable): what went wrong with the analyzer at that place, as a sentence; %NULL: nothing did
 */
const char *
sonde_chain_get_failure (SondeChain *self,
                         guint index,
                         const char **where,
                         const char **reason)
{
  SondeWords *place = NULL;
  SondeWords *cause = NULL;
  SondeWords *failure;

  g_return_val_if_fail (SONDE_IS_CHAIN (self) && index < self->analyzers->len, NULL);

  failure = _sonde_chain_get_failure (self, index, &place, &cause);
  if (where != NULL)
    *where = place != NULL ? sonde_words_get_translated (place) : NULL;
  if (reason != NULL)
    *reason = cause != NULL ? sonde_words_get_translated (cause) : NULL;
  return failure != NULL ? sonde_words_get_translated (failure) : NULL;
}

SondeWords *
_sonde_chain_get_failure (SondeChain *self,
                          guint index,
                          SondeWords **where,
                          SondeWords **reason)
{
  SondeAnalyzer *analyzer = sonde_chain_get_analyzer (self, index, NULL);

  return SONDE_IS_ISOLATED_ANALYZER (analyzer) ? _sonde_isolated_analyzer_get_failure (SONDE_ISOLATED_ANALYZER (analyzer), where, reason) : NULL;
}

/**
 * sonde_chain_find_analyzer:
 * @name: the name of a plugin
 *
 * Finds an analyzer by its plugin.
 *
 * Returns: (transfer none) (nullable): the analyzer that the plugin @name made
 */
SondeAnalyzer *
sonde_chain_find_analyzer (SondeChain *self,
                           const char *name)
{
  g_return_val_if_fail (SONDE_IS_CHAIN (self), NULL);

  for (guint i = 0; i < self->analyzers->len; i++)
    if (g_strcmp0 (((Element *) g_ptr_array_index (self->analyzers, i))->name, name) == 0)
      return sonde_chain_get_analyzer (self, i, NULL);
  return NULL;
}

/**
 * sonde_chain_get_tap:
 * @name: (out) (optional) (transfer none): its plugin's name
 *
 * Gives the tap that stands in front, where there is one.
 *
 * Returns: (transfer none) (nullable): the tap, where there is one
 */
SondeTap *
sonde_chain_get_tap (SondeChain *self,
                     const char **name)
{
  g_return_val_if_fail (SONDE_IS_CHAIN (self), NULL);
  if (name != NULL)
    *name = self->tap.name;
  return (SondeTap *) self->tap.object;
}

/**
 * sonde_chain_set_tap:
 * @name: the name of its plugin
 * @tap: the tap, to which a reference is held
 *
 * Puts a tap in front, in the place of one that is there.
 */
void
sonde_chain_set_tap (SondeChain *self,
                     const char *name,
                     SondeTap *tap)
{
  g_return_if_fail (SONDE_IS_CHAIN (self) && SONDE_IS_TAP (tap));

  g_object_ref (tap);
  element_clear (&self->tap);
  self->tap.name = g_strdup (name);
  self->tap.object = G_OBJECT (tap);
}

static char *
list_elements (SondeChain *self)
{
  GString *list = g_string_new (self->tap.name);

  for (guint i = 0; i < self->analyzers->len; i++)
    g_string_append_printf (list, "%s%s", list->len == 0 ? "" : ", ", ((Element *) g_ptr_array_index (self->analyzers, i))->name);
  return g_string_free (list, FALSE);
}

/**
 * sonde_chain_set_property:
 * @element: a plugin in the chain
 * @property: the name of the property
 * @value: the value, as the command line takes it
 *
 * Sets a property of the tap or of an analyzer, by its text.
 *
 * Returns: %FALSE with %SONDE_ERROR_PROPERTY: the sentence lists what would have been valid
 */
gboolean
sonde_chain_set_property (SondeChain *self,
                          const char *element,
                          const char *property,
                          const char *value,
                          GError **error)
{
  GObject *object;
  g_autofree char *elements = NULL;

  g_return_val_if_fail (SONDE_IS_CHAIN (self) && element != NULL && property != NULL && value != NULL, FALSE);

  object = g_strcmp0 (self->tap.name, element) == 0 ? self->tap.object : (GObject *) sonde_chain_find_analyzer (self, element);
  if (object != NULL)
    return set_property (object, element, property, value, error);

  elements = list_elements (self);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("no plugin “%s” is in this chain: it has %s"), element, elements);
  _sonde_error_make_line (error);
  return FALSE;
}
