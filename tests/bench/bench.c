#include "bench.h"

#include <malloc.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A sample is repeated until it takes this long, so that the clock's own error does not show. */
#define SAMPLE_SECONDS 0.01
/* A case is given this long, and at least and at most so many samples of it and its bound in turn. */
#define CASE_SECONDS 0.8
#define MIN_PAIRS 3
/* But less where they take very long; and what takes this long needs no run to warm up. */
#define LONG_CASE_SECONDS 15
#define LONG_RUN_SECONDS 0.5
#define MAX_PAIRS 31
/* Above its reference by more than this is slower; what seems so is measured again, some time later, before it is said. */
#define TOLERANCE 0.10
#define MAX_ROUNDS 4
#define PAUSE_MICROSECONDS 1500000

static struct
{
  const char *program;
  char **wanted; /* words of the command line */
  GKeyFile *references;
  GKeyFile *results;
  guint n_cases;
  guint n_slower;
} bench;

typedef struct
{
  double time, bound_time; /* minima */
  double ratio;            /* median of the pairs' */
} Measurement;

void
bench_fail (const char *format,
            ...)
{
  va_list arguments;

  printf ("Bail out! ");
  va_start (arguments, format);
  vprintf (format, arguments);
  va_end (arguments);
  printf ("\n");
  exit (2);
}

double
bench_now (BenchClock clock)
{
  struct timespec now;

  clock_gettime (clock == BENCH_CPU ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

/* ---- measuring ---- */

/* Seconds of one run, over @n. */
static double
take_sample (const BenchWork *work,
             BenchClock clock,
             guint n)
{
  double seconds = 0;

  for (guint i = 0; i < (work->prepare != NULL ? n : 1); i++)
    {
      double start;

      if (work->prepare != NULL)
        work->prepare (work->data);
      start = bench_now (clock);
      for (guint j = 0; j < (work->prepare != NULL ? 1 : n); j++)
        work->run (work->data);
      seconds += bench_now (clock) - start;
    }
  return seconds / n;
}

/* How many runs make a sample of @seconds a run. */
static guint
count_runs (double seconds)
{
  return (guint) CLAMP (SAMPLE_SECONDS / MAX (seconds, 1e-8), 1, 100000);
}

int
bench_compare_doubles (const void *a,
                       const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

double
bench_median (double *values,
              gsize n)
{
  qsort (values, n, sizeof *values, bench_compare_doubles);
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static gboolean
is_enough (guint n_pairs,
           double seconds)
{
  if (n_pairs < MIN_PAIRS)
    return n_pairs > 0 && seconds > LONG_CASE_SECONDS;
  return n_pairs == MAX_PAIRS || seconds > CASE_SECONDS;
}

/* The two run in turn, so that what disturbs the machine disturbs both. The first pair says how long they take, and warms memory
 * and caches. */
static Measurement
measure (const BenchCase *one)
{
  const double start = bench_now (BENCH_WALL);
  double time = take_sample (&one->work, one->clock, 1), bound_time = take_sample (&one->bound, one->clock, 1);
  const guint n_work = count_runs (time), n_bound = count_runs (bound_time);
  Measurement best = { G_MAXDOUBLE, G_MAXDOUBLE, 0 };
  double ratios[MAX_PAIRS];
  guint n = 0;

  if (MIN (time, bound_time) > LONG_RUN_SECONDS)
    {
      best = (Measurement){ time, bound_time, 0 };
      ratios[n++] = time / bound_time;
    }
  while (!is_enough (n, bench_now (BENCH_WALL) - start))
    {
      time = take_sample (&one->work, one->clock, n_work);
      bound_time = take_sample (&one->bound, one->clock, n_bound);
      best.time = MIN (best.time, time);
      best.bound_time = MIN (best.bound_time, bound_time);
      ratios[n++] = time / bound_time;
    }
  best.ratio = bench_median (ratios, n);
  return best;
}

/* ---- the table ---- */

static const char *
get_clock_name (BenchClock clock)
{
  return clock == BENCH_CPU ? "CPU" : "wall";
}

/* NaN where none is known. */
static double
find_reference (const char *name)
{
  double reference = g_key_file_get_double (bench.references, bench.program, name, NULL);

  return reference > 0 ? reference : NAN;
}

static void
set_milliseconds (const char *group,
                  const char *key,
                  double seconds)
{
  g_autofree char *text = g_strdup_printf ("%.4g ms", 1e3 * seconds);

  g_key_file_set_string (bench.results, group, key, text);
}

static void
remember (const BenchCase *one,
          const Measurement *measurement,
          const char *speed)
{
  g_autofree char *group = g_strconcat (bench.program, "/", one->name, NULL);

  set_milliseconds (group, "time", measurement->time);
  g_key_file_set_string (bench.results, group, "clock", get_clock_name (one->clock));
  g_key_file_set_string (bench.results, group, "speed", speed);
  g_key_file_set_string (bench.results, group, "bound", one->bound_name);
  set_milliseconds (group, "bound-time", measurement->bound_time);
  g_key_file_set_double (bench.results, group, "ratio", measurement->ratio);
}

static void
print_line (const BenchCase *one,
            const Measurement *measurement,
            double reference)
{
  const double off = measurement->ratio / reference - 1;
  const gboolean slower = off > TOLERANCE; /* not for NaN */
  g_autofree char *speed = one->amount > 0 ? g_strdup_printf ("%.4g %s/s", one->amount / measurement->time, one->unit) : g_strdup ("");
  g_autofree char *wanted = reference > 0 ? g_strdup_printf ("%.4g", reference) : g_strdup ("none");
  g_autofree char *verdict = slower          ? g_strdup_printf ("SLOWER by %.0f %%", 100 * off)
                             : reference > 0 ? g_strdup_printf ("%+.0f %%", 100 * off)
                                             : g_strdup ("");

  bench.n_slower += slower;
  printf ("%-6s %2u - %-28s %9.4g ms %-4s %14s   %-24s %9.4g ms   ratio %8.4g   reference %8s   %s\n", slower ? "not ok" : "ok", ++bench.n_cases,
          one->name, 1e3 * measurement->time, get_clock_name (one->clock), speed, one->bound_name, 1e3 * measurement->bound_time, measurement->ratio, wanted, verdict);
  fflush (stdout);
  remember (one, measurement, speed);
}

gboolean
bench_wants (const char *name)
{
  for (guint i = 0; bench.wanted[i] != NULL; i++)
    if (strstr (name, bench.wanted[i]) != NULL)
      return TRUE;
  return bench.wanted[0] == NULL;
}

void
bench_run (const BenchCase *one)
{
  const double reference = find_reference (one->name);
  Measurement measurement;

  if (!bench_wants (one->name))
    return;
  measurement = measure (one);
  for (guint round = 1; round < MAX_ROUNDS && measurement.ratio > reference * (1 + TOLERANCE); round++)
    {
      Measurement again;

      g_usleep (PAUSE_MICROSECONDS);
      again = measure (one);
      if (again.ratio < measurement.ratio)
        measurement = again;
    }
  print_line (one, &measurement, reference);
}

/* ---- beginning and end ---- */

void
bench_begin (const char *program,
             int argc,
             char **argv)
{
  const char *own = g_getenv ("SONDE_BENCH_OWN_RATIOS");
  const char *references = own != NULL && g_file_test (own, G_FILE_TEST_EXISTS) ? own : g_getenv ("SONDE_BENCH_RATIOS");
  g_autoptr (GError) error = NULL;

  /* what is freed is kept, as the program does */
  mallopt (M_MMAP_THRESHOLD, 32 << 20);
  mallopt (M_TRIM_THRESHOLD, 128 << 20);
  bench.program = program;
  bench.wanted = argv + MIN (argc, 1);
  bench.references = g_key_file_new ();
  bench.results = g_key_file_new ();
  if (references != NULL)
    g_key_file_load_from_file (bench.references, references, G_KEY_FILE_NONE, &error);
  bench_check (error);
  printf ("TAP version 13\n");
}

int
bench_end (void)
{
  const char *folder = g_getenv ("SONDE_BENCH_RESULTS");
  g_autofree char *name = g_strconcat (bench.program, ".ini", NULL);
  g_autofree char *path = folder != NULL ? g_build_filename (folder, name, NULL) : NULL;
  g_autoptr (GError) error = NULL;

  /* some of the cases are not to pass for all */
  if (path != NULL && bench.wanted[0] == NULL && g_mkdir_with_parents (folder, 0777) == 0)
    g_key_file_save_to_file (bench.results, path, &error);
  bench_check (error);
  printf ("1..%u\n", bench.n_cases);
  g_key_file_unref (bench.references);
  g_key_file_unref (bench.results);
  return bench.n_slower > 0;
}

/* ---- numbers ---- */

/* Four uniform numbers of a linear congruential generator, added up. */
static double
draw (guint64 *state)
{
  double sum = -2;

  for (guint i = 0; i < 4; i++)
    {
      *state = *state * G_GUINT64_CONSTANT (6364136223846793005) + G_GUINT64_CONSTANT (1442695040888963407);
      sum += (double) (*state >> 40) / (1 << 24);
    }
  return sum;
}

float *
bench_new_floats (gsize n)
{
  float *values = g_new (float, n);
  guint64 state = 1;

  for (gsize i = 0; i < n; i++)
    values[i] = (float) draw (&state);
  return values;
}

double *
bench_new_doubles (gsize n)
{
  double *values = g_new (double, n);
  guint64 state = 2;

  for (gsize i = 0; i < n; i++)
    values[i] = draw (&state);
  return values;
}
