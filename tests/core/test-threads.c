#define _GNU_SOURCE

#include "sonde-threads-private.h"

#include <glib.h>

#include <sched.h>

#define N_TASKS 500

typedef struct
{
  int runs[N_TASKS];
  int busy[8]; /* workers that run a task at this moment */
  guint n_workers;
} Work;

static void
count (guint task,
       guint worker,
       gpointer user_data)
{
  Work *work = user_data;

  g_assert_cmpuint (worker, <, work->n_workers);
  g_assert_cmpint (g_atomic_int_add (&work->busy[worker], 1), ==, 0);
  work->runs[task]++;
  if (task % 7 == 0)
    g_thread_yield ();
  g_atomic_int_add (&work->busy[worker], -1);
}

/* Each task once, no two at the same time as the same worker, whatever the number of threads, and many works in a row. */
static void
test_each_task_once (void)
{
  for (guint n = 1; n <= 8; n++)
    {
      sonde_threads_set_n (n);
      g_assert_cmpuint (sonde_threads_get_n (), ==, n);
      for (guint n_tasks = 0; n_tasks <= N_TASKS; n_tasks = n_tasks * 2 + 1)
        {
          Work work = { .n_workers = n };

          sonde_threads_run (n_tasks, count, &work);
          for (guint i = 0; i < N_TASKS; i++)
            g_assert_cmpint (work.runs[i], ==, i < n_tasks ? 1 : 0);
        }
    }
}

static void
count_nested (guint task,
              guint worker,
              gpointer user_data)
{
  int *total = user_data;

  g_assert_cmpuint (worker, ==, 0);
  (*total)++;
}

static void
nest (guint task,
      guint worker,
      gpointer user_data)
{
  int *totals = user_data;

  sonde_threads_run (20, count_nested, &totals[task]);
}

/* A work inside a task runs there, as worker 0, in full. */
static void
test_nested (void)
{
  int totals[16] = { 0 };

  sonde_threads_set_n (4);
  sonde_threads_run (16, nest, totals);
  for (guint i = 0; i < 16; i++)
    g_assert_cmpint (totals[i], ==, 20);
}

static gpointer
run_elsewhere (gpointer data)
{
  for (guint i = 0; i < 200; i++)
    {
      Work work = { .n_workers = 4 };

      sonde_threads_run (50, count, &work);
      for (guint j = 0; j < 50; j++)
        g_assert_cmpint (work.runs[j], ==, 1);
    }
  return NULL;
}

/* Several threads that share work out at the same time do not mix their tasks up. */
static void
test_from_several_threads (void)
{
  GThread *threads[3];

  sonde_threads_set_n (4);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("asks", run_elsewhere, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

/* Threads are not more than the cores that this process may use unless somebody says so. */
static void
test_default (void)
{
  cpu_set_t set;

  g_assert_cmpint (sched_getaffinity (0, sizeof set, &set), ==, 0);
  sonde_threads_set_n (0);
  g_assert_cmpint ((int) sonde_threads_get_n (), ==, CPU_COUNT (&set));
}

typedef struct
{
  int n_pieces;
  int n_running;
  int n_wanted;
} Pieces;

static gboolean
run_piece (gpointer user_data)
{
  Pieces *pieces = user_data;

  g_assert_cmpint (g_atomic_int_add (&pieces->n_running, 1), ==, 0);
  pieces->n_pieces++;
  g_usleep (50);
  g_atomic_int_add (&pieces->n_running, -1);
  return pieces->n_pieces < pieces->n_wanted;
}

static void
dawdle (guint task,
        guint worker,
        gpointer user_data)
{
  g_usleep (task == 0 ? 30000 : 1);
}

/* A thread that waits for another one runs pieces meanwhile, one at a time, no more than there are, and none when it is told to
 * leave off; a single thread never waits. */
static void
test_idle_work (void)
{
  Pieces few = { .n_wanted = 5 }, many = { .n_wanted = G_MAXINT };
  int before;

  sonde_threads_set_n (1);
  _sonde_threads_set_idle_work (run_piece, &few);
  sonde_threads_run (2, dawdle, NULL);
  sonde_threads_set_n (3);
  for (guint i = 0; i < 3; i++)
    sonde_threads_run (3, dawdle, NULL);
  _sonde_threads_clear_idle_work ();
  g_assert_cmpint (few.n_pieces, ==, 5);

  _sonde_threads_set_idle_work (run_piece, &many);
  for (guint i = 0; i < 3; i++)
    sonde_threads_run (3, dawdle, NULL);
  _sonde_threads_clear_idle_work ();
  before = many.n_pieces;
  g_assert_cmpint (before, >, 0);
  sonde_threads_run (3, dawdle, NULL);
  g_assert_cmpint (many.n_pieces, ==, before);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/threads/each-task-once", test_each_task_once);
  g_test_add_func ("/threads/nested", test_nested);
  g_test_add_func ("/threads/from-several-threads", test_from_several_threads);
  g_test_add_func ("/threads/default", test_default);
  g_test_add_func ("/threads/idle-work", test_idle_work);
  return g_test_run ();
}
