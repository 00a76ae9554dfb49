#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What the benchmarks share: each case runs in turn with its bound, which is something that this machine does as fast as it can,
 * and what counts is how many times as long the case takes. Machines differ; such ratios differ far less. */

typedef void (*BenchFunc) (gpointer data);

typedef enum
{
  BENCH_CPU,  /* time of all threads of this process: other programs disturb it least */
  BENCH_WALL, /* time on the wall: for what runs in several threads, where waiting must count */
} BenchClock;

typedef struct
{
  BenchFunc run;
  gpointer data;
  BenchFunc prepare; /* before every run, not measured; NULL where a run leaves its input as it was */
} BenchWork;

typedef struct
{
  const char *name; /* "gelu-new": its key in ratios.ini */
  BenchWork work;
  const char *bound_name; /* "memcpy" */
  BenchWork bound;
  BenchClock clock;
  double amount;    /* of @unit that the work does in one run, for the column of speeds; 0: none */
  const char *unit; /* "MB", "Gflop" */
} BenchCase;

/* @program: the group in ratios.ini. Takes the words of the command line: with some, only cases run whose name contains one of them. */
void bench_begin (const char *program, int argc, char **argv);
gboolean bench_wants (const char *name);
void bench_run (const BenchCase *one);
int bench_end (void); /* the exit status: 1 where something got slower */

/* Ends the program with a sentence. */
void bench_fail (const char *format, ...) G_GNUC_PRINTF (1, 2) G_GNUC_NORETURN;
#define bench_check(error)                 \
  G_STMT_START                             \
  {                                        \
    if ((error) != NULL)                   \
      bench_fail ("%s", (error)->message); \
  }                                        \
  G_STMT_END

double bench_now (BenchClock clock); /* seconds */

int bench_compare_doubles (const void *a, const void *b); /* for qsort () */
double bench_median (double *values, gsize n);            /* which are sorted */

/* Numbers about normal, from -2 to 2, the same every time. */
float *bench_new_floats (gsize n);
double *bench_new_doubles (gsize n);

G_END_DECLS
