#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The threads that everything shares: model providers, analyzers and the report divide their work among these and no others,
 * so that --threads N means N. Matrix products run in the thread that asks for them. */
void sonde_threads_set_n (guint n_threads); /* 0: as many as there are cores, which is how it begins */
guint sonde_threads_get_n (void);

/**
 * SondeTaskFunc:
 * @task: which one, from 0
 * @worker: which thread runs it: from 0 to below sonde_threads_get_n(), no two at the same time
 * @user_data: handed to sonde_threads_run()
 *
 * One part of a work. It must give the same whoever runs it, and write where no other part does.
 */
typedef void (*SondeTaskFunc) (guint task, guint worker, gpointer user_data);

void sonde_threads_run (guint n_tasks, SondeTaskFunc func, gpointer user_data);

G_END_DECLS
