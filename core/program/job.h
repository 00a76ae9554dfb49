#pragma once

#include "program.h"
#include "sonde.h"

G_BEGIN_DECLS

/* What the options of `run` and `capture` say. */
typedef struct
{
  char *model;
  char *capture; /* rows that are there, instead of a model, a text and a target */
  char *text;
  char *target;
  char *layers;
  char **set;
  int threads; /* NO_THREADS: as many as there are cores */
  char *max_memory;
  char *checkpoint; /* folder */
  gint64 seed;
  gboolean quiet;
  gboolean dry_run;
  gboolean isolate;    /* analyzers run in processes of their own */
  double isolate_time; /* NO_SECONDS: the default */
  char *isolate_memory;
  char **words; /* recipe or chain */
} Settings;

/* Numbers that are not given, and that nobody gives. */
#define NO_THREADS G_MININT
#define NO_SECONDS (-G_MAXDOUBLE)
#define SETTINGS_INIT                                 \
  {                                                   \
    .threads = NO_THREADS, .isolate_time = NO_SECONDS \
  }

void settings_clear (Settings *settings);
/* The options that both commands have; valid as long as @settings is. */
GOptionEntry *settings_list_entries (Settings *settings, const GOptionEntry *more);
/* A HelpFunc: the properties of what the words name, a recipe or a chain. */
void settings_print_help (gpointer user_data);
/* A chain given as one word, as in 'first ! second', becomes the words that a shell would have made of it. */
void settings_split_chain (Settings *settings);
/* What can be judged from the command line alone: wrong usage, with a sentence. */
gboolean settings_check (const Settings *settings, GError **error);
/* Splits NAME.PROPERTY=VALUE; @value stays in @setting. */
gboolean settings_split (const char *setting, char **name, char **property, const char **value, GError **error);
/* What a provider is told holds for whatever it opens; its name goes to @told. */
gboolean settings_configure_provider (SondeRegistry *registry, const char *name, const char *property, const char *value, GPtrArray *told, GError **error);
/* All that --set says of providers. */
gboolean settings_configure_providers (SondeRegistry *registry, char **set, GPtrArray *told, GError **error);
/* One that was told something and opened none of @models: it was meant for something else. NULL: there is none. */
const char *settings_find_unused (const GPtrArray *told, SondeModel *const *models, guint n_models);
/* Bytes: a number with K, M, G or T, powers of 1024; 0 where @text is none. */
guint64 settings_parse_size (const char *text);
/* What would run again with the same numbers: options that change none, and folders, are left out. */
char *settings_dup_command (const Settings *settings, const char *command);

/* The objects of an investigation, ready to be executed. */
typedef struct
{
  SondeRegistry *registry;
  SondeRecipe *recipe;
  SondeChain *chain;
  SondeModel *model;
  SondeCorpus *corpus; /* NULL for a capture */
  SondeRun *run;
  GPtrArray *told; /* of utf8: providers that the command line set something of */
  double seconds_loading;
} Job;

/* Everything that can be refused is refused here, before anything is written. */
gboolean job_prepare (Job *job, const Settings *settings, gboolean analyse, GCancellable *cancellable, GError **error);
void job_clear (Job *job);
/* Refuses an output that would replace a file that the model is read from: the file @output, or, with @report, what an older report in the folder
 * @output calls its own. */
gboolean job_check_output (Job *job, const char *output, gboolean report, GError **error);
/* Layer by layer, on stderr where that is a terminal. */
void job_show_progress (Job *job);
/* How many analyzers failed, which only those in processes of their own do without ending the run. */
guint job_count_failures (Job *job);
/* Of a run that keeps its frames: what had to be computed again, and, unless @quiet, what stays there. */
void job_tell_checkpoint (Job *job, const Settings *settings, gboolean quiet);
/* The status of a run that failed or was interrupted. Takes @error. */
int job_fail (const Settings *settings, GError *error);
/* What `--dry-run` prints. */
void job_print_plan (Job *job);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Settings, settings_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Job, job_clear)

G_END_DECLS
