#define G_LOG_DOMAIN "sonde"

#include "sonde-isolation-guard-private.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sonde-mapped-file.h"

static SondeIsolationPage *page = NULL;
static guint64 page_size = 0;
static gboolean is_limited = FALSE;
static pid_t own = 0; /* this process: what a plugin forks has the same handlers, and nothing to tell */

/* ---- last words ---- */

/* The third number from the end of "/proc/self/statm": pages of data and stack. Only calls that a handler of signals may make. */
static guint64
read_data_bytes (void)
{
  char text[200];
  const int file = open ("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  const ssize_t length = file >= 0 ? read (file, text, sizeof text) : 0;
  guint64 number = 0;
  guint field = 0;

  for (ssize_t i = 0; i < length && field <= 5; i++)
    if (text[i] == ' ')
      field++;
    else if (field == 5 && text[i] >= '0' && text[i] <= '9')
      number = number * 10 + (guint64) (text[i] - '0');
  if (file >= 0)
    close (file);
  return number * page_size;
}

/* What a plugin maps and loses is told by the call in which that happened. */
static void
handle_crash (int number,
              siginfo_t *info,
              void *context)
{
  if (number == SIGBUS && info->si_code > 0 && sonde_mapped_file_repair (info->si_addr))
    return;
  if (getpid () == own)
    page->data_bytes = is_limited ? read_data_bytes () : 0;
  signal (number, SIG_DFL);
  raise (number);
}

/* A stack that ran over cannot be used. */
static void
watch_crashes (void)
{
  static const int numbers[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS };
  static char stack[64 * 1024];
  const stack_t other = { .ss_sp = stack, .ss_size = sizeof stack };
  struct sigaction action = { .sa_sigaction = handle_crash, .sa_flags = SA_ONSTACK | SA_SIGINFO };

  sigaltstack (&other, NULL);
  sigemptyset (&action.sa_mask);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    sigaction (numbers[i], &action, NULL);
}

/* Ignored, it would be ignored by whatever a plugin starts, too, which could not be told to end any more. */
static void
go_on (int number)
{
  if (getpid () == own)
    return;
  signal (number, SIG_DFL);
  raise (number);
}

static void
go_on_after (int number)
{
  struct sigaction action = { .sa_handler = go_on, .sa_flags = SA_RESTART };

  sigemptyset (&action.sa_mask);
  sigaction (number, &action, NULL);
}

/* What is fatal goes to the report and not to stderr. */
static GLogWriterOutput
write_log (GLogLevelFlags level,
           const GLogField *fields,
           gsize n_fields,
           gpointer user_data)
{
  if ((level & G_LOG_LEVEL_ERROR) == 0)
    return g_log_writer_default (level, fields, n_fields, user_data);
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, "MESSAGE") == 0)
      g_strlcpy (page->message, fields[i].value, sizeof page->message);
  return G_LOG_WRITER_HANDLED;
}

/* ---- limits ---- */

static void
set_limit (int resource,
           guint64 most)
{
  struct rlimit limit;

  if (getrlimit (resource, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max = MIN (limit.rlim_max, most);
  setrlimit (resource, &limit);
}

void
_sonde_guard_limit_memory (guint64 bytes)
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* whose shadows are as large as all addresses */
  set_limit (RLIMIT_DATA, bytes);
  is_limited = TRUE;
#endif
}

SondeIsolationPage *
_sonde_guard_begin (GPid parent)
{
  void *address = mmap (NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, SONDE_ISOLATION_PAGE, 0);

  if (address == MAP_FAILED || prctl (PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid () != parent)
    _exit (SONDE_ISOLATION_LOST);
  close (SONDE_ISOLATION_PAGE);
  fcntl (SONDE_ISOLATION_SOCKET, F_SETFD, FD_CLOEXEC); /* programs that a plugin starts would keep the connection open */
  page = address;
  page_size = (guint64) sysconf (_SC_PAGESIZE);
  own = getpid ();
  go_on_after (SIGINT); /* a terminal sends it to all, and the one that started this process decides */
  go_on_after (SIGTERM);
  signal (SIGPIPE, SIG_IGN);
  signal (SIGTTOU, SIG_IGN);
  setpgid (0, 0);             /* what a plugin starts ends with this process */
  set_limit (RLIMIT_CORE, 1); /* 0 would still start a program that collects cores */
  watch_crashes ();
  g_log_set_writer_func (write_log, NULL, NULL);
  return page;
}
