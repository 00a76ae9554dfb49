#define G_LOG_DOMAIN "crash"

#include "crash-peer.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKET 3 /* where it is today */
#define MANY 250

gboolean
peer_fork (GError **error)
{
  if (fork () == 0)
    for (;;)
      pause ();
  raise (SIGSEGV);
  return TRUE;
}

/* A message as the program expects it, with whatever it does not. */
static gboolean
speak (guint64 size,
       guint32 in_file,
       gconstpointer body,
       gsize length,
       const int *files,
       guint n_files)
{
  struct
  {
    guint64 size;
    guint32 in_file, unused;
  } header = { size, in_file, 0 };
  union
  {
    char bytes[CMSG_SPACE (MANY * sizeof (int))];
    struct cmsghdr header;
  } control = { .header = { CMSG_LEN (n_files * sizeof *files), SOL_SOCKET, SCM_RIGHTS } };
  struct iovec parts[] = { { &header, sizeof header }, { (void *) body, length } };
  struct msghdr packet = { .msg_iov = parts, .msg_iovlen = 2, .msg_control = n_files > 0 ? &control : NULL, .msg_controllen = n_files > 0 ? CMSG_SPACE (n_files * sizeof *files) : 0 };

  if (n_files > 0)
    memcpy (CMSG_DATA (&control.header), files, n_files * sizeof *files);
  return sendmsg (SOCKET, &packet, MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
}

gboolean
peer_many_files (GError **error)
{
  g_autoptr (GVariant) answer = g_variant_ref_sink (g_variant_new ("(bsisv)", TRUE, "", 0, "", g_variant_new ("()")));
  int files[MANY];

  for (guint i = 0; i < MANY; i++)
    files[i] = STDERR_FILENO;
  speak (g_variant_get_size (answer), FALSE, g_variant_get_data (answer), g_variant_get_size (answer), files, MANY);
  return TRUE;
}

gboolean
peer_folder (GError **error)
{
  const int folder = open ("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  speak (4096, TRUE, NULL, 0, &folder, 1);
  close (folder);
  return TRUE;
}

gboolean
peer_flood (GError **error)
{
  while (speak (1, FALSE, "x", 1, NULL, 0))
    ;
  return TRUE;
}

gboolean
peer_scribble (GError **error)
{
  g_autofree char *maps = NULL;
  g_auto (GStrv) lines = NULL;

  g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL);
  lines = g_strsplit (maps, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      gsize start, end;

      if (strstr (lines[i], "rw-s") != NULL && strstr (lines[i], "memfd:") != NULL && sscanf (lines[i], "%zx-%zx", &start, &end) == 2)
        memset ((void *) start, 0xff, end - start);
    }
  raise (SIGKILL);
  return TRUE;
}

gboolean
peer_colours (GError **error)
{
  g_autoptr (GVariant) answer = g_variant_ref_sink (g_variant_new ("(bsisv)", FALSE, "g-io-error-quark", G_IO_ERROR_CANCELLED, "\033[31mred\nand \033]0;title\a", g_variant_new ("()")));

  speak (g_variant_get_size (answer), FALSE, g_variant_get_data (answer), g_variant_get_size (answer), NULL, 0);
  return TRUE;
}

gboolean
peer_speech (GError **error)
{
  g_autofree char *words = g_strnfill (10000000, 'w');

  g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_VALUE, words);
  return FALSE;
}

/* ---- results ---- */

static void
add_figure (SondeResult *result,
            double size,
            const char *words)
{
  g_autoptr (SondeFigure) figure = sonde_figure_new ("crash", 1, 1, size, size);
  SondePanel *panel = sonde_figure_add_panel (figure, 0, 0);

  sonde_panel_set_title (panel, words);
  sonde_panel_add_bar (panel, 1, 1, 1, NULL, words);
  sonde_figure_set_title (figure, words);
  sonde_figure_set_caption (figure, words);
  sonde_result_add_figure (result, figure);
}

gboolean
peer_has_figure (const char *method)
{
  return g_strcmp0 (method, "large-figure") == 0 || g_strcmp0 (method, "no-text") == 0;
}

void
peer_add_odd (SondeResult *result,
              const char *method)
{
  const char *words = "\033[31mred\xff\xfe\n\001";

  if (g_strcmp0 (method, "large-figure") == 0)
    add_figure (result, 99000, "large");
  if (g_strcmp0 (method, "no-text") == 0)
    {
      add_figure (result, 200, words);
      sonde_result_add_warning (result, words);
      sonde_result_add_key_number (result, words, words);
    }
  if (g_strcmp0 (method, "tensor") == 0)
    {
      g_autoptr (SondeTensor) tensor = sonde_tensor_new_take_f64 (g_new0 (double, 1), 1, 1);

      sonde_result_add_tensor (result, "../../escaped\n", tensor);
    }
}
