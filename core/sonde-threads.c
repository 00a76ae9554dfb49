#define G_LOG_DOMAIN "sonde"
#define _GNU_SOURCE /* sched_getaffinity () */

#include "sonde-threads-private.h"

#include <pthread.h> /* not GMutex: ThreadSanitizer knows these locks, and so can judge what stands between them */
#ifdef __linux__
#include <sched.h>
#endif

#include "math/sonde-math-blas.h"
#include "sonde-limits-private.h"

/* How often a thread looks for work, or for the end of it, before it sleeps: up to some 0.2 ms. Works follow each other
 * closely, and waking a thread takes as long. */
#define LOOKS 4000

#if defined(__x86_64__) || defined(__i386__)
#define PAUSE() __builtin_ia32_pause ()
#else
#define PAUSE() ((void) 0)
#endif

/* One work at a time. Threads are started when they are first needed and stay. */
typedef struct
{
  pthread_mutex_t lock;
  pthread_cond_t begun; /* generation changed */
  pthread_cond_t ended; /* n_running became 0 */
  guint n_started;
  int generation; /* of the work: atomic, changed under lock */
  int n_running;  /* threads that have not finished with it: atomic, changed under lock */

  SondeTaskFunc func;
  gpointer user_data;
  guint n_tasks;
  guint n_workers; /* that take part, the caller included */
  int next;        /* the next task: atomic */
} Pool;

typedef struct
{
  guint number; /* from 1: 0 is whoever asks */
  int seen;     /* the generation before its first work */
} Worker;

/* What threads do while they wait. */
typedef struct
{
  pthread_mutex_t lock; /* held while a piece runs */
  SondeIdleFunc func;
  gpointer user_data;
  int is_there; /* atomic */
} Idle;

static Pool pool = { .lock = PTHREAD_MUTEX_INITIALIZER, .begun = PTHREAD_COND_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER };
static Idle idle = { .lock = PTHREAD_MUTEX_INITIALIZER };
static pthread_mutex_t in_use = PTHREAD_MUTEX_INITIALIZER; /* held by whoever's work it is */
static int n_wanted = 0;
static GPrivate inside = G_PRIVATE_INIT (NULL); /* set in a thread that runs a task */

/* Those that this process may run on: a container or taskset may have left it a few of the machine's, which GLib need not know. */
static guint
count_cores (void)
{
  static gsize n_cores = 0;

  if (g_once_init_enter (&n_cores))
    {
      guint n = g_get_num_processors ();
#ifdef __linux__
      cpu_set_t set;

      if (sched_getaffinity (0, sizeof set, &set) == 0 && CPU_COUNT (&set) > 0)
        n = (guint) CPU_COUNT (&set);
#endif
      g_once_init_leave (&n_cores, n);
    }
  return (guint) n_cores;
}

/**
 * sonde_threads_set_n:
 * @n_threads: how many threads work at a time, the one that asks included; 0: as many as there are cores for this process
 *
 * Results are the same bytes for the same number.
 */
void
sonde_threads_set_n (guint n_threads)
{
  g_atomic_int_set (&n_wanted, (int) MIN (n_threads, SONDE_MAX_THREADS));
}

/**
 * sonde_threads_get_n:
 *
 * Counts the threads that everything shares.
 *
 * Returns: how many, at least 1
 */
guint
sonde_threads_get_n (void)
{
  guint n = (guint) g_atomic_int_get (&n_wanted);

  return n > 0 ? n : count_cores ();
}

void
_sonde_threads_set_idle_work (SondeIdleFunc func,
                              gpointer user_data)
{
  pthread_mutex_lock (&idle.lock);
  idle.func = func;
  idle.user_data = user_data;
  g_atomic_int_set (&idle.is_there, func != NULL);
  pthread_mutex_unlock (&idle.lock);
}

void
_sonde_threads_clear_idle_work (void)
{
  _sonde_threads_set_idle_work (NULL, NULL);
}

/* Whether a piece was run. Where another thread is at one there is nothing to do. */
static gboolean
run_idle_piece (void)
{
  gboolean ran = FALSE;

  if (!g_atomic_int_get (&idle.is_there) || pthread_mutex_trylock (&idle.lock) != 0)
    return FALSE;
  if (idle.func != NULL)
    {
      ran = TRUE;
      if (!idle.func (idle.user_data))
        {
          idle.func = NULL;
          g_atomic_int_set (&idle.is_there, FALSE);
        }
    }
  pthread_mutex_unlock (&idle.lock);
  return ran;
}

static void
run_tasks (guint worker)
{
  guint task;

  g_private_set (&inside, &pool);
  while ((task = (guint) g_atomic_int_add (&pool.next, 1)) < pool.n_tasks)
    pool.func (task, worker, pool.user_data);
  g_private_set (&inside, NULL);
}

/* Waits until there is another work than the one that was seen; returns whether this thread takes part in it. */
static gboolean
wait_for_work (const Worker *self,
               int *seen)
{
  gboolean takes_part;

  for (guint i = 0; i < LOOKS && g_atomic_int_get (&pool.generation) == *seen; i++)
    if (run_idle_piece ())
      i = 0;
    else
      PAUSE ();
  pthread_mutex_lock (&pool.lock);
  while (pool.generation == *seen)
    pthread_cond_wait (&pool.begun, &pool.lock);
  *seen = pool.generation;
  takes_part = self->number < pool.n_workers;
  pthread_mutex_unlock (&pool.lock);
  return takes_part;
}

static gpointer
work (gpointer data)
{
  g_autofree Worker *self = data;
  int seen = self->seen;

  _sonde_math_blas_enter_thread ();
  for (;;)
    {
      if (!wait_for_work (self, &seen))
        continue;
      run_tasks (self->number);
      pthread_mutex_lock (&pool.lock);
      if (g_atomic_int_dec_and_test (&pool.n_running))
        pthread_cond_signal (&pool.ended);
      pthread_mutex_unlock (&pool.lock);
    }
  return NULL;
}

/* A thread that cannot be started leaves its tasks to the others. */
static void
start_threads (guint n)
{
  while (pool.n_started + 1 < n)
    {
      Worker *worker = g_new (Worker, 1);
      GThread *thread;

      *worker = (Worker){ pool.n_started + 1, pool.generation };
      thread = g_thread_try_new ("worker", work, worker, NULL);
      if (thread == NULL)
        {
          g_free (worker);
          return;
        }
      g_thread_unref (thread);
      pool.n_started++;
    }
}

static void
wait_for_end (void)
{
  for (guint i = 0; i < LOOKS; i++)
    {
      if (g_atomic_int_get (&pool.n_running) == 0)
        return;
      if (run_idle_piece ())
        i = 0;
      else
        PAUSE ();
    }
  pthread_mutex_lock (&pool.lock);
  while (g_atomic_int_get (&pool.n_running) > 0)
    pthread_cond_wait (&pool.ended, &pool.lock);
  pthread_mutex_unlock (&pool.lock);
}

static void
share (guint n_tasks,
       guint n_workers,
       SondeTaskFunc func,
       gpointer user_data)
{
  pthread_mutex_lock (&pool.lock);
  pool.func = func;
  pool.user_data = user_data;
  pool.n_tasks = n_tasks;
  pool.n_workers = n_workers;
  g_atomic_int_set (&pool.next, 0);
  g_atomic_int_set (&pool.n_running, (int) n_workers - 1);
  g_atomic_int_inc (&pool.generation);
  pthread_cond_broadcast (&pool.begun);
  pthread_mutex_unlock (&pool.lock);
  run_tasks (0);
  wait_for_end ();
}

/**
 * sonde_threads_run: (skip)
 * @n_tasks: how many parts the work has
 * @func: runs one part
 * @user_data: handed to @func
 *
 * Runs all parts, as many at a time as sonde_threads_get_n() says, the calling thread among them, and comes back when all are
 * done. A work inside a task, or while another thread has its own shared out, is not divided again: it runs in the thread that
 * asked, part by part, as worker 0. Matrix products in tasks stay in their thread.
 */
void
sonde_threads_run (guint n_tasks,
                   SondeTaskFunc func,
                   gpointer user_data)
{
  guint n_workers = MIN (sonde_threads_get_n (), n_tasks);

  g_return_if_fail (func != NULL);

  _sonde_math_blas_enter_thread ();
  if (n_workers > 1 && g_private_get (&inside) == NULL && pthread_mutex_trylock (&in_use) == 0)
    {
      start_threads (n_workers);
      share (n_tasks, MIN (n_workers, pool.n_started + 1), func, user_data);
      pthread_mutex_unlock (&in_use);
      return;
    }
  for (guint i = 0; i < n_tasks; i++)
    func (i, 0, user_data);
}
