#define G_LOG_DOMAIN "gpt2"

#include "gpt2-vocabulary.h"

#include <inttypes.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "gpt2-file.h"
#include "gpt2-json.h"
#include "gpt2-limits.h"
#include "sonde.h"

#define NO_BYTE (-1)
#define N_SYMBOLS 324 /* no symbol stands for a code point from here on */

/* Where a token stands in the arena, and the line that it came from. */
typedef struct
{
  gsize offset;
  guint32 length;
  guint32 line;
  gint64 id;
} Entry;

typedef struct
{
  guint64 pair; /* left id in the upper half, right id in the lower; EMPTY: nothing here */
  guint32 rank;
  gint32 merged;
} Merge;

#define EMPTY G_MAXUINT64

struct _Gpt2Vocabulary
{
  GByteArray *arena; /* the bytes of all tokens, one after the other */
  Entry *tokens;     /* by id */
  guint n_tokens;
  gint32 *slots; /* hash table of ids, by bytes; -1: nothing here */
  gsize slot_mask;
  Merge *merges; /* hash table, by pair */
  gsize merge_mask;
  guint64 seed;      /* of the tables' hashes */
  gint32 bytes[256]; /* the id of each single byte */
  gint16 byte_of[N_SYMBOLS];
};

typedef struct
{
  Gpt2Vocabulary *self;
  GArray *entries; /* of Entry, in the order of the file */
  const char *what;
} Loader;

/* GPT-2 writes each byte as one visible character: those that are visible in Latin-1 as themselves, the other 68, in
 * ascending order, as U+0100 and on (Radford et al. 2019, encoder.py). */
static void
fill_byte_symbols (gint16 byte_of[N_SYMBOLS])
{
  guint next = 256;

  for (guint i = 0; i < N_SYMBOLS; i++)
    byte_of[i] = NO_BYTE;
  for (guint byte = 0; byte < 256; byte++)
    {
      gboolean visible = (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;

      byte_of[visible ? byte : next++] = (gint16) byte;
    }
}

/* Every bit of @bits tells on every bit of what comes out (the finisher of MurmurHash3, by Austin Appleby). */
static guint64
mix (guint64 bits)
{
  bits = (bits ^ bits >> 33) * G_GUINT64_CONSTANT (0xff51afd7ed558ccd);
  bits = (bits ^ bits >> 33) * G_GUINT64_CONSTANT (0xc4ceb9fe1a85ec53);
  return bits ^ bits >> 33;
}

guint64
gpt2_vocabulary_hash (const Gpt2Vocabulary *self,
                      const char *bytes,
                      gsize length)
{
  guint64 hash = self->seed ^ length;

  for (;; bytes += sizeof hash, length -= sizeof hash)
    {
      guint64 word = 0;

      if (length >= sizeof word)
        memcpy (&word, bytes, sizeof word);
      else
        for (gsize i = 0; i < length; i++)
          word = word << 8 | (guint8) bytes[i];
      hash = mix (hash ^ word);
      if (length <= sizeof word)
        return hash;
    }
}

static gsize
table_size (gsize n)
{
  gsize size = 16;

  while (size < 2 * n)
    size *= 2;
  return size;
}

static gint32 *
find_slot (const Gpt2Vocabulary *self, const char *bytes, gsize length)
{
  for (gsize i = gpt2_vocabulary_hash (self, bytes, length);; i++)
    {
      gint32 *slot = &self->slots[i & self->slot_mask];

      if (*slot < 0)
        return slot;
      if (self->tokens[*slot].length == length && memcmp (self->arena->data + self->tokens[*slot].offset, bytes, length) == 0)
        return slot;
    }
}

static Merge *
find_merge_slot (const Gpt2Vocabulary *self, guint64 pair)
{
  for (gsize i = mix (self->seed ^ pair);; i++)
    {
      Merge *merge = &self->merges[i & self->merge_mask];

      if (merge->pair == EMPTY || merge->pair == pair)
        return merge;
    }
}

static guint64
pair_of (gint32 left, gint32 right)
{
  return (guint64) (guint32) left << 32 | (guint32) right;
}

/* Appends the bytes that the symbols of @text stand for, one for each. */
static gboolean
append_symbols (const gint16 byte_of[N_SYMBOLS],
                const char *text,
                gsize length,
                GByteArray *bytes,
                gunichar *unknown)
{
  guint n = bytes->len;

  g_byte_array_set_size (bytes, n + (guint) length);
  for (const char *at = text; at < text + length; at = g_utf8_next_char (at))
    {
      gunichar c = (guchar) *at < 0x80 ? (gunichar) *at : g_utf8_get_char (at);

      if (c >= N_SYMBOLS || byte_of[c] == NO_BYTE)
        {
          *unknown = c;
          return FALSE;
        }
      bytes->data[n++] = (guint8) byte_of[c];
    }
  g_byte_array_set_size (bytes, n);
  return TRUE;
}

/* How much of @text, which is UTF-8, a message shows. */
static int
shown_length (const char *text, gsize length)
{
  gsize n = MIN (length, 80);

  while (n < length && (text[n] & 0xc0) == 0x80)
    n--;
  return (int) n;
}

static gboolean
add_entry (const char *name,
           gsize length,
           const Gpt2JsonValue *value,
           guint line,
           gpointer user_data,
           GError **error)
{
  Loader *loader = user_data;
  Entry entry = { .offset = loader->self->arena->len, .line = line, .id = value->integer };
  gunichar unknown;

  if (value->kind != GPT2_JSON_INTEGER)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s, line %u: %s found as the id of “%.*s”, a whole number expected"), loader->what, line, gpt2_json_kind_to_string (value->kind), shown_length (name, length), name);
      return FALSE;
    }
  if (!append_symbols (loader->self->byte_of, name, length, loader->self->arena, &unknown))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s, line %u: the token “%.*s” holds U+%04X, which stands for no byte in a byte-level vocabulary: download the file again"), loader->what, line, shown_length (name, length), name, unknown);
      return FALSE;
    }
  entry.length = (guint32) (loader->self->arena->len - entry.offset);
  if (entry.length == 0)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s, line %u: the token with id %" PRId64 " is empty, at least one byte is expected"), loader->what, line, entry.id);
      return FALSE;
    }
  g_array_append_val (loader->entries, entry);
  return TRUE;
}

/* Puts the entries in the order of their ids, which must be 0 to n - 1, each once. */
static gboolean
sort_entries (Loader *loader, GError **error)
{
  Gpt2Vocabulary *self = loader->self;

  self->n_tokens = loader->entries->len;
  self->tokens = g_new0 (Entry, self->n_tokens);
  for (guint i = 0; i < self->n_tokens; i++)
    {
      const Entry *entry = &g_array_index (loader->entries, Entry, i);

      if (entry->id < 0 || entry->id >= self->n_tokens)
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_VALUE, _ ("%s, line %u: token id %" PRId64 " found, from 0 to %u expected for %u tokens"),
                       loader->what, entry->line, entry->id, self->n_tokens - 1, self->n_tokens);
          return FALSE;
        }
      if (self->tokens[entry->id].length > 0)
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s, line %u: id %" PRId64 " found for a second token, one token for each id expected"), loader->what, entry->line, entry->id);
          return FALSE;
        }
      self->tokens[entry->id] = *entry;
    }
  return TRUE;
}

static gboolean
index_tokens (Gpt2Vocabulary *self, const char *what, GError **error)
{
  gsize size = table_size (self->n_tokens);

  self->slots = g_new (gint32, size);
  memset (self->slots, 0xff, size * sizeof *self->slots);
  self->slot_mask = size - 1;
  for (guint id = 0; id < self->n_tokens; id++)
    {
      gint32 *slot = find_slot (self, (const char *) self->arena->data + self->tokens[id].offset, self->tokens[id].length);

      if (*slot >= 0)
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s, line %u: the token with id %u found a second time, first with id %d: download the file again"), what, self->tokens[id].line, id, *slot);
          return FALSE;
        }
      *slot = (gint32) id;
    }
  for (guint byte = 0; byte < 256; byte++)
    {
      const char letter = (char) byte;

      self->bytes[byte] = gpt2_vocabulary_find (self, &letter, 1);
      if (self->bytes[byte] < 0)
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s has no token for the single byte 0x%02x, one for each of the 256 bytes expected"), what, byte);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
load_tokens (Gpt2Vocabulary *self, const char *path, GError **error)
{
  g_autofree char *data = NULL;
  gsize length;
  g_autoptr (GArray) entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  Loader loader = { .self = self, .entries = entries, .what = path };

  return gpt2_file_read (path, GPT2_MAX_VOCABULARY_BYTES, &data, &length, error) && gpt2_json_foreach_member (data, length, path, add_entry, &loader, error) && sort_entries (&loader, error) && index_tokens (self, path, error);
}

/* The id of a token that a merge names, whose bytes are appended to @bytes; -1 with @error set where there is none. */
static gint32
find_named (const Gpt2Vocabulary *self,
            const char *name,
            gsize length,
            GByteArray *bytes,
            const char *path,
            guint line,
            GError **error)
{
  const guint start = bytes->len;
  gint32 id = -1;
  gunichar unknown;

  if (append_symbols (self->byte_of, name, length, bytes, &unknown))
    id = gpt2_vocabulary_find (self, (const char *) bytes->data + start, bytes->len - start);
  if (id < 0)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s, line %u: “%.*s” is not in the vocabulary: download both files again"), path, line, shown_length (name, length), name);
  return id;
}

static gboolean
add_merge (Gpt2Vocabulary *self,
           const char *text,
           gsize length,
           guint32 rank,
           GByteArray *bytes,
           const char *path,
           guint line,
           GError **error)
{
  const char *space = memchr (text, ' ', length);
  gsize left_length = space ? (gsize) (space - text) : 0, right_length = space ? length - left_length - 1 : 0;
  gint32 left, right, merged;
  Merge *merge;

  if (left_length == 0 || right_length == 0 || memchr (space + 1, ' ', right_length))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s, line %u: “%.*s” found, two tokens with one space between them expected"), path, line, shown_length (text, length), text);
      return FALSE;
    }
  g_byte_array_set_size (bytes, 0);
  left = find_named (self, text, left_length, bytes, path, line, error);
  if (left < 0)
    return FALSE;
  right = find_named (self, space + 1, right_length, bytes, path, line, error);
  if (right < 0)
    return FALSE;
  merged = gpt2_vocabulary_find (self, (const char *) bytes->data, bytes->len);
  merge = find_merge_slot (self, pair_of (left, right));
  if (merged < 0 || merge->pair != EMPTY)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, merged < 0 ? _ ("%s, line %u: what the merge “%.*s” makes is not in the vocabulary: download both files again") : _ ("%s, line %u: the merge “%.*s” found a second time: download the file again"), path, line, shown_length (text, length), text);
      return FALSE;
    }
  *merge = (Merge){ .pair = pair_of (left, right), .rank = rank, .merged = merged };
  return TRUE;
}

/* Lines that are shorter than two letters with a space between them need no room. */
static void
make_merge_table (Gpt2Vocabulary *self, const char *data, gsize length)
{
  gsize n = 1, size;
  const char *end;

  for (const char *at = data; (end = memchr (at, '\n', length - (gsize) (at - data))); at = end + 1)
    n += end - at >= 3;
  size = table_size (n);
  self->merges = g_new (Merge, size);
  for (gsize i = 0; i < size; i++)
    self->merges[i].pair = EMPTY;
  self->merge_mask = size - 1;
}

static gboolean
load_merges (Gpt2Vocabulary *self, const char *path, GError **error)
{
  g_autofree char *data = NULL;
  gsize length;
  g_autoptr (GByteArray) scratch = g_byte_array_new ();
  guint32 rank = 0, line = 1;
  const char *stop;

  if (!gpt2_file_read (path, GPT2_MAX_VOCABULARY_BYTES, &data, &length, error))
    return FALSE;
  if (!g_utf8_validate_len (data, length, &stop))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s is not UTF-8 at byte %zu: download it again"), path, (gsize) (stop - data));
      return FALSE;
    }
  make_merge_table (self, data, length);
  for (const char *at = data, *end = data + length; at < end; line++)
    {
      const char *newline = memchr (at, '\n', (gsize) (end - at));
      gsize n = (gsize) ((newline ? newline : end) - at);

      if (n > 0 && !(line == 1 && g_str_has_prefix (at, "#version")) && !add_merge (self, at, n, rank++, scratch, path, line, error))
        return FALSE;
      at += n + 1;
    }
  return TRUE;
}

/* Reads vocab.json, an object of tokens and their ids, and merges.txt, two tokens a line in the order of their rank. */
Gpt2Vocabulary *
gpt2_vocabulary_load (const char *vocabulary_path,
                      const char *merges_path,
                      GError **error)
{
  g_autoptr (Gpt2Vocabulary) self = g_new0 (Gpt2Vocabulary, 1);

  self->arena = g_byte_array_new ();
  self->seed = (guint64) g_random_int () << 32 | g_random_int ();
  fill_byte_symbols (self->byte_of);
  if (!load_tokens (self, vocabulary_path, error) || !load_merges (self, merges_path, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
gpt2_vocabulary_free (Gpt2Vocabulary *self)
{
  g_byte_array_unref (self->arena);
  g_free (self->tokens);
  g_free (self->slots);
  g_free (self->merges);
  g_free (self);
}

guint
gpt2_vocabulary_get_n_tokens (const Gpt2Vocabulary *self)
{
  return self->n_tokens;
}

const char *
gpt2_vocabulary_peek_token (const Gpt2Vocabulary *self,
                            gint32 id,
                            gsize *length)
{
  if (id < 0 || (guint) id >= self->n_tokens)
    return NULL;
  *length = self->tokens[id].length;
  return (const char *) self->arena->data + self->tokens[id].offset;
}

gint32
gpt2_vocabulary_find (const Gpt2Vocabulary *self,
                      const char *bytes,
                      gsize length)
{
  return *find_slot (self, bytes, length);
}

gint32
gpt2_vocabulary_get_byte (const Gpt2Vocabulary *self, guint8 byte)
{
  return self->bytes[byte];
}

gboolean
gpt2_vocabulary_find_merge (const Gpt2Vocabulary *self,
                            gint32 left,
                            gint32 right,
                            guint32 *rank,
                            gint32 *merged)
{
  const Merge *merge = find_merge_slot (self, pair_of (left, right));

  *rank = merge->rank;
  *merged = merge->merged;
  return merge->pair != EMPTY;
}
