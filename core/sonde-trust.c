#define G_LOG_DOMAIN "sonde"

#define _GNU_SOURCE /* dladdr () */

#include "sonde-trust-private.h"

#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>

#define MAX_LINKS 40 /* as many as the system follows */
#define MAX_DEPTH 16
#define MAX_NAMES 20000 /* in the folder of a plugin in Python */

gboolean
_sonde_trust_is_privileged (void)
{
  return getauxval (AT_SECURE) != 0;
}

/* ---- one file or folder ---- */

/* Takes both. */
static char *
refuse (char **remedy,
        char *what_to_do,
        char *reason)
{
  g_free (*remedy);
  *remedy = what_to_do;
  return reason;
}

static char *
dup_user_name (uid_t user)
{
  char buffer[16384];
  struct passwd entry, *found = NULL;

  if (getpwuid_r (user, &entry, buffer, sizeof buffer, &found) == 0 && found != NULL)
    return g_strdup (entry.pw_name);
  return g_strdup_printf ("%u", (guint) user);
}

/* Distributions that give each user a group of that name let it write to whatever the user makes (umask 002). */
static gboolean
is_private_group (uid_t owner,
                  gid_t group)
{
  char user_buffer[16384], group_buffer[65536];
  struct passwd user, *found_user = NULL;
  struct group entry, *found = NULL;

  if (getpwuid_r (owner, &user, user_buffer, sizeof user_buffer, &found_user) != 0 || found_user == NULL || user.pw_gid != group)
    return FALSE;
  if (getgrgid_r (group, &entry, group_buffer, sizeof group_buffer, &found) != 0 || found == NULL || strcmp (entry.gr_name, user.pw_name) != 0)
    return FALSE;
  for (guint i = 0; entry.gr_mem[i] != NULL; i++)
    if (strcmp (entry.gr_mem[i], user.pw_name) != 0)
      return FALSE;
  return TRUE;
}

/* With a list of access the group's bits tell the most that anybody in the list may do. */
static gboolean
may_group_write (const char *path,
                 const struct stat *info)
{
  return (info->st_mode & S_IWGRP) != 0 && (getxattr (path, "system.posix_acl_access", NULL, 0) > 0 || !is_private_group (info->st_uid, info->st_gid));
}

static char *
dup_command (const char *command,
             const char *path)
{
  g_autofree char *quoted = g_shell_quote (path);

  return g_strdup_printf (_ ("look at what is in it, and if it is what you expect call “%s %s”"), command, quoted);
}

static char *
find_fault_of_owner (const char *path,
                     const struct stat *info,
                     char **remedy)
{
  g_autofree char *owner = NULL;
  g_autofree char *command = NULL;
  g_autofree char *user = NULL;

  if (info->st_uid == 0 || info->st_uid == geteuid ())
    return NULL;
  owner = dup_user_name (info->st_uid);
  user = dup_user_name (geteuid ());
  command = g_strdup_printf ("sudo chown -h %s", user);
  return refuse (remedy, dup_command (command, path), g_strdup_printf (_ ("“%s” belongs to another user, %s"), path, owner));
}

/* @on_the_way: a folder in which only the owner of an entry can rename it is enough. */
static char *
find_fault (const char *path,
            const struct stat *info,
            gboolean on_the_way,
            char **remedy)
{
  char *fault = find_fault_of_owner (path, info, remedy);
  const guint mode = info->st_mode & 07777;

  if (fault != NULL || (on_the_way && S_ISDIR (info->st_mode) && (mode & S_ISVTX) != 0))
    return fault;
  if ((mode & S_IWOTH) != 0)
    return refuse (remedy, dup_command ("chmod go-w", path), g_strdup_printf (_ ("everybody may write to “%s” (its mode is %04o)"), path, mode));
  if (may_group_write (path, info))
    return refuse (remedy, dup_command ("chmod g-w", path), g_strdup_printf (_ ("a group may write to “%s” (its mode is %04o)"), path, mode));
  return NULL;
}

/* ---- the way ---- */

/* A path that is resolved step by step; what was not looked at yet stands in @names, the next one first. */
typedef struct
{
  GString *at;
  GQueue names;
  guint n_links;
} Walk;

static void
walk_clear (Walk *walk)
{
  g_string_free (walk->at, TRUE);
  g_queue_clear_full (&walk->names, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Walk, walk_clear)

static void
push_names (Walk *walk,
            const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, G_DIR_SEPARATOR_S, -1);

  if (g_path_is_absolute (path))
    g_string_assign (walk->at, G_DIR_SEPARATOR_S);
  for (guint i = g_strv_length (names); i-- > 0;)
    if (*names[i] != '\0' && strcmp (names[i], ".") != 0)
      g_queue_push_head (&walk->names, g_strdup (names[i]));
}

static void
go_to (Walk *walk,
       const char *name)
{
  if (strcmp (name, "..") == 0)
    g_string_truncate (walk->at, MAX (1, strrchr (walk->at->str, G_DIR_SEPARATOR) - walk->at->str));
  else
    g_string_append_printf (walk->at, "%s%s", walk->at->len > 1 ? G_DIR_SEPARATOR_S : "", name);
}

/* The file of the running library, or of the program where it is linked into that. */
static const char *
get_own_path (void)
{
  static char *own;

  if (g_once_init_enter (&own))
    {
      Dl_info info;
      char *real = dladdr ((gpointer) get_own_path, &info) != 0 ? realpath (info.dli_fname, NULL) : NULL;

      g_once_init_leave (&own, real != NULL ? real : g_strdup (""));
    }
  return own;
}

static gboolean
holds_own (const char *folder)
{
  const gsize length = strlen (folder);

  return length == 1 || (strncmp (get_own_path (), folder, length) == 0 && get_own_path ()[length] == G_DIR_SEPARATOR);
}

static char *
follow (Walk *walk,
        const struct stat *info,
        char **remedy)
{
  char target[4096];
  const gssize length = readlink (walk->at->str, target, sizeof target - 1);
  char *fault = find_fault_of_owner (walk->at->str, info, remedy);

  if (fault != NULL)
    return fault;
  if (length < 0 || ++walk->n_links > MAX_LINKS)
    return refuse (remedy, g_strdup (_ ("remove that link")), g_strdup_printf (_ ("the link “%s” leads nowhere"), walk->at->str));
  target[length] = '\0';
  go_to (walk, "..");
  push_names (walk, target);
  return NULL;
}

/* FALSE where nothing more can be said of it: it is not there, or a fault was found. */
static gboolean
step (Walk *walk,
      gboolean strict,
      char **fault,
      char **remedy)
{
  g_autofree char *name = g_queue_pop_head (&walk->names);
  const gboolean last = g_queue_is_empty (&walk->names);
  struct stat info;

  go_to (walk, name);
  if (lstat (walk->at->str, &info) != 0)
    {
      if (errno != ENOENT && errno != ENOTDIR)
        *fault = refuse (remedy, g_strdup (_ ("let yourself read it, or move the plugin elsewhere")), g_strdup_printf (_ ("“%s” cannot be looked at: %s"), walk->at->str, g_strerror (errno)));
      return FALSE;
    }
  if (S_ISLNK (info.st_mode))
    *fault = follow (walk, &info, remedy);
  else if ((last && strict) || !S_ISDIR (info.st_mode) || !holds_own (walk->at->str))
    *fault = find_fault (walk->at->str, &info, !(last && strict), remedy);
  return *fault == NULL;
}

static char *
walk_to (const char *path,
         gboolean strict,
         char **remedy)
{
  g_auto (Walk) walk = { g_string_new (G_DIR_SEPARATOR_S), G_QUEUE_INIT, 0 };
  g_autofree char *whole = g_canonicalize_filename (path, NULL);
  char *fault = NULL;

  /* “..” is left to the walk: a link may stand before it */
  push_names (&walk, g_path_is_absolute (path) ? path : whole);
  while (!g_queue_is_empty (&walk.names) && step (&walk, strict, &fault, remedy))
    ;
  return fault;
}

/* ---- what an import may find ---- */

static gboolean
is_module (const char *name)
{
  return g_str_has_suffix (name, ".py") || g_str_has_suffix (name, ".pyc") || g_str_has_suffix (name, ".so");
}

/* All on the way to it was looked at, unless a link leads elsewhere. */
static char *
find_fault_of_child (const char *path,
                     gboolean folder,
                     char **remedy)
{
  struct stat info;

  if (lstat (path, &info) != 0 || S_ISLNK (info.st_mode))
    return walk_to (path, folder, remedy);
  return find_fault (path, &info, FALSE, remedy);
}

static char *find_fault_inside (const char *folder, guint depth, guint *n_names, char **remedy);

static char *
find_fault_of_entry (const char *path,
                     guint depth,
                     guint *n_names,
                     char **remedy)
{
  const gboolean folder = g_file_test (path, G_FILE_TEST_IS_DIR);
  char *fault;

  if (!folder && !is_module (path))
    return NULL;
  fault = find_fault_of_child (path, folder, remedy);
  return fault != NULL || !folder ? fault : find_fault_inside (path, depth + 1, n_names, remedy);
}

static char *
find_fault_inside (const char *folder,
                   guint depth,
                   guint *n_names,
                   char **remedy)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  char *fault = NULL;

  while (fault == NULL && dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (++*n_names > MAX_NAMES || depth > MAX_DEPTH)
        fault = refuse (remedy, g_strdup (_ ("move the plugin to a folder of its own")), g_strdup_printf (_ ("“%s” holds more than can be looked at"), folder));
      else
        fault = find_fault_of_entry (path, depth, n_names, remedy);
    }
  return fault;
}

char *
_sonde_trust_find_fault (const char *path,
                         SondeTrustScope scope,
                         char **remedy)
{
  char *fault = scope == SONDE_TRUST_INSIDE ? find_fault_of_child (path, FALSE, remedy) : walk_to (path, scope != SONDE_TRUST_FILE, remedy);
  guint n_names = 0;

  return fault == NULL && scope == SONDE_TRUST_PYTHON ? find_fault_inside (path, 0, &n_names, remedy) : fault;
}
