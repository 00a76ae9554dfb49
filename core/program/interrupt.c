#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib/gi18n-lib.h>

#include "sonde.h"

/* A handler may do next to nothing, and any thread may get the signal, those of the BLAS library too: so the handler writes a
 * byte into a pipe, and a thread of ours reads it. */

static pid_t owner = 0; /* this process: what a plugin forks has the same handlers, and nothing to tell or to undo */
static int interrupt_pipe[2] = { -1, -1 };
static volatile sig_atomic_t interrupts = 0;
static int last_words = -1;                    /* stderr, which is another file while plugins are loaded */
static const char *volatile unfinished = NULL; /* a file that is to go with the program */
static char *interrupted = NULL;               /* what is said of an interrupt where there is nothing to undo */
static char *vanished = NULL;                  /* of a mapped file whose end is gone */
static char *crashed = NULL;                   /* and of a crash */
static char *starved = NULL;                   /* and of memory that is not there */

/* Where nobody listens there is nothing to do about it. */
static void
say (const char *sentence)
{
  const gssize n = write (last_words >= 0 ? last_words : STDERR_FILENO, sentence, strlen (sentence));

  (void) n;
}

static char *
dup_last_words (const char *sentence)
{
  return g_strdup_printf ("%ssonde: %s\n", isatty (STDERR_FILENO) ? "\r\033[K" : "", sentence);
}

void
set_unfinished (const char *path)
{
  unfinished = path;
}

/* May run in a handler. */
static void
leave_nothing (void)
{
  sonde_report_abandon ();
  if (unfinished != NULL)
    unlink (unfinished);
}

/* As without a handler: it comes again as soon as the handler is left. */
static void
let_it_end (int number)
{
  signal (number, SIG_DFL);
  raise (number);
}

/* ---- interrupts ---- */

static void
handle_signal (int number)
{
  int saved = errno;

  if (getpid () != owner)
    {
      let_it_end (number);
      return;
    }
  if (interrupts++ > 0)
    _exit (EXIT_INTERRUPTED);
  if (write (interrupt_pipe[1], "", 1) < 0)
    _exit (EXIT_INTERRUPTED);
  errno = saved;
}

static gpointer
wait_for_interrupt (gpointer data)
{
  g_autoptr (GCancellable) cancellable = data;
  char byte;

  while (read (interrupt_pipe[0], &byte, 1) < 0 && errno == EINTR)
    ;
  g_cancellable_cancel (cancellable);
  return NULL;
}

static void
handle_signal_at_once (int number)
{
  if (getpid () != owner)
    {
      let_it_end (number);
      return;
    }
  say (interrupted);
  _exit (EXIT_INTERRUPTED);
}

static void
handle_interrupts (void (*handler) (int number))
{
  struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };

  sigemptyset (&action.sa_mask);
  sigaction (SIGINT, &action, NULL);
  sigaction (SIGTERM, &action, NULL);
}

GCancellable *
watch_interrupts (void)
{
  GCancellable *cancellable = g_cancellable_new ();

  if (!g_unix_open_pipe (interrupt_pipe, FD_CLOEXEC, NULL))
    return cancellable;
  g_thread_unref (g_thread_new ("interrupt", wait_for_interrupt, g_object_ref (cancellable)));
  handle_interrupts (handle_signal);
  return cancellable;
}

/* ---- what nothing can go on after ---- */

/* To end without a word would leave everybody guessing. */
static void
end (int number,
     const char *sentence)
{
  static volatile sig_atomic_t told = 0;

  if (getpid () == owner && told++ == 0)
    {
      say (sentence);
      leave_nothing ();
    }
  let_it_end (number);
}

static void
handle_crash (int number)
{
  end (number, crashed);
}

/* Of a file that the library mapped, zeros take the place of what is gone, and whoever read them is told in the end. */
static void
handle_bus_error (int number,
                  siginfo_t *info,
                  void *context)
{
  if (info->si_code <= 0 || !sonde_mapped_file_repair (info->si_addr))
    end (number, vanished);
}

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED TRUE
#else
#define SANITIZED FALSE
#endif

/* A sanitizer has more to say of a crash than this. A stack that ran over cannot be used. */
static void
watch_crashes (void)
{
  static const int numbers[] = { SIGSEGV, SIGFPE, SIGILL, SIGABRT, SIGTRAP };
  static char stack[64 * 1024];
  const stack_t other = { .ss_sp = stack, .ss_size = sizeof stack };
  struct sigaction action = { .sa_handler = handle_crash, .sa_flags = SA_ONSTACK };

  if (SANITIZED)
    return;
  crashed = dup_last_words (_ ("crashed, perhaps in a plugin: “sonde run … --isolate” goes on without an analyzer that crashes and says which it was, and “sonde list --check” tries each plugin"));
  sigaltstack (&other, NULL);
  sigemptyset (&action.sa_mask);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    sigaction (numbers[i], &action, NULL);
}

static void
watch_files (void)
{
  struct sigaction action = { .sa_sigaction = handle_bus_error, .sa_flags = SA_SIGINFO };

  vanished = dup_last_words (_ ("a file became shorter while it was read, and nothing can go on without its end: start again when the file is whole"));
  sigemptyset (&action.sa_mask);
  sigaction (SIGBUS, &action, NULL);
}

/* GLib ends the program where there is no memory, with words for those who wrote it. */
static void
handle_fatal_message (const char *domain,
                      GLogLevelFlags level,
                      const char *message,
                      gpointer user_data)
{
  if (strstr (message, "failed to allocate") == NULL && strstr (message, "overflow allocating") == NULL)
    {
      g_log_default_handler (domain, level, message, user_data);
      return;
    }
  end_without_memory ();
}

void
end_without_memory (void)
{
  static volatile sig_atomic_t told = 0;

  if (getpid () == owner && told++ == 0)
    {
      leave_nothing ();
      say (starved);
    }
  _exit (get_failure_status ());
}

void
watch_ends (void)
{
  owner = getpid ();
  last_words = fcntl (STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  interrupted = dup_last_words (_ ("interrupted; nothing was left behind"));
  starved = dup_last_words (_ ("not enough memory: use fewer rows, a shorter text or fewer --threads, or close other programs"));
  handle_interrupts (handle_signal_at_once);
  watch_files ();
  watch_crashes ();
  g_log_set_handler ("GLib", G_LOG_LEVEL_ERROR | G_LOG_FLAG_FATAL | G_LOG_FLAG_RECURSION, handle_fatal_message, NULL);
}
