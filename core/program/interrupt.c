#include "program.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib/gi18n.h>

/* A handler may do next to nothing, and any thread may get the signal, those of the BLAS library too: so the handler writes a
 * byte into a pipe, and a thread of ours reads it. */

static int interrupt_pipe[2] = { -1, -1 };
static volatile sig_atomic_t interrupts = 0;
static char *vanished = NULL; /* what is said of a mapped file whose end is gone */
static char *crashed = NULL;  /* and of a crash */

static void
handle_signal (int number)
{
  int saved = errno;

  if (interrupts++ > 0)
    _exit (EXIT_INTERRUPTED);
  if (write (interrupt_pipe[1], "", 1) < 0)
    _exit (EXIT_INTERRUPTED);
  errno = saved;
}

static gpointer
wait_for_interrupt (gpointer data)
{
  GCancellable *cancellable = data;
  char byte;

  while (read (interrupt_pipe[0], &byte, 1) < 0 && errno == EINTR)
    ;
  g_cancellable_cancel (cancellable);
  return NULL;
}

/* Nothing can go on after it, but to end without a word would leave everybody guessing. */
static void
handle_end (int number)
{
  static volatile sig_atomic_t told = 0;
  const char *sentence = number == SIGBUS ? vanished : crashed;

  if (told++ == 0 && write (STDERR_FILENO, sentence, strlen (sentence)) < 0)
    _exit (EXIT_INTERRUPTED);
  signal (number, SIG_DFL);
  raise (number);
}

static char *
dup_last_words (const char *sentence)
{
  return g_strdup_printf ("%s%s\n", isatty (STDERR_FILENO) ? "\r\033[K" : "", sentence);
}

static void
watch_files (void)
{
  struct sigaction action = { .sa_handler = handle_end };

  g_free (vanished);
  vanished = dup_last_words (_ ("sonde: a file became shorter while it was read, and nothing can go on without its end: what was written so far may lie beside the output under a name with “.part”; start again when the file is whole"));
  sigemptyset (&action.sa_mask);
  sigaction (SIGBUS, &action, NULL);
}

/* A sanitizer has more to say of a crash than this. A stack that ran over cannot be used. */
void
watch_crashes (void)
{
#ifndef __SANITIZE_ADDRESS__
  static const int numbers[] = { SIGSEGV, SIGFPE, SIGILL, SIGABRT, SIGTRAP };
  static char stack[64 * 1024];
  const stack_t other = { .ss_sp = stack, .ss_size = sizeof stack };
  struct sigaction action = { .sa_handler = handle_end, .sa_flags = SA_ONSTACK };

  crashed = dup_last_words (_ ("sonde: crashed, perhaps in a plugin: “sonde run … --isolate” goes on without an analyzer that crashes and says which it was, and “sonde list --check” tries each plugin; what was written so far may lie beside the output under a name with “.part”"));
  sigaltstack (&other, NULL);
  sigemptyset (&action.sa_mask);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    sigaction (numbers[i], &action, NULL);
#endif
}

GCancellable *
watch_interrupts (void)
{
  GCancellable *cancellable = g_cancellable_new ();
  struct sigaction action = { 0 };

  watch_files ();
  if (!g_unix_open_pipe (interrupt_pipe, FD_CLOEXEC, NULL))
    return cancellable;
  g_thread_unref (g_thread_new ("interrupt", wait_for_interrupt, g_object_ref (cancellable)));
  action.sa_handler = handle_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset (&action.sa_mask);
  sigaction (SIGINT, &action, NULL);
  sigaction (SIGTERM, &action, NULL);
  return cancellable;
}
