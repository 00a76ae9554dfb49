#pragma once

#include "sonde.h"

/* What the tests of this plugin share. Everything here ends the test on the first surprise. */

/* "mlp.in:1" for layer 1; a site of the whole model by its name. */
char *test_site_key (guint layer, const char *site);

SondeModel *test_open (const char *path);
/* Pairs of layer and site; the last is TEST_END. */
#define TEST_END 0x7fffffff
SondeSelection *test_select (guint layer, const char *site, ...);
/* (transfer full): of keys to SondeTensor. */
GHashTable *test_run (SondeModel *model, SondeBatch *batch, SondeSelection *selection);
const float *test_peek (GHashTable *sites, guint layer, const char *site, gsize rows, gsize columns);

/* Appends a sequence of which all positions are kept. */
void test_add_whole (SondeBatch *batch, const gint32 *ids, guint n_ids);
double test_largest_difference (const float *a, const float *b, gsize n);

char *test_make_directory (void);
void test_remove_directory (char *path);
void test_write (const char *directory, const char *name, const char *text);
/* vocab.json of the 256 bytes and @extra, a JSON fragment such as ", \"ab\": 256", and merges.txt as given. */
void test_write_vocabulary (const char *directory, const char *extra, const char *merges);
/* Bytes as GPT-2 spells them. */
char *test_symbol (guint8 byte);
