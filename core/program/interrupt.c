#include "program.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <glib-unix.h>

/* A handler may do next to nothing, and any thread may get the signal, those of the BLAS library too: so the handler writes a
 * byte into a pipe, and a thread of ours reads it. */

static int interrupt_pipe[2] = { -1, -1 };
static volatile sig_atomic_t interrupts = 0;

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

GCancellable *
watch_interrupts (void)
{
  GCancellable *cancellable = g_cancellable_new ();
  struct sigaction action = { 0 };

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
