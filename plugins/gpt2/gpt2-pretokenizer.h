#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where the word that starts at @start ends. @text is UTF-8, in which NUL is a character like any other; start < length. */
gsize gpt2_find_word_end (const char *text, gsize start, gsize length);

G_END_DECLS
