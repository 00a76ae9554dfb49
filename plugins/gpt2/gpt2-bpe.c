#define G_LOG_DOMAIN "gpt2"

#include "gpt2-bpe.h"

#include <string.h>

/* Byte pair encoding (Sennrich et al. 2016): as long as two neighbours can merge, take the pair of the lowest rank and merge it
 * wherever it stands, from left to right. Pairs wait in a heap, so a word of n bytes costs n log n. */

#define NO_RANK G_MAXUINT32
#define FEWEST_SLOTS 16
#define MOST_SLOTS 65536 /* words; when half of them are taken, no more are remembered */
#define CACHE_WORD_BYTES 64

/* A token of the word, at the index of its first byte. */
typedef struct
{
  gint32 id;
  gint32 merged; /* what it and its right neighbour make */
  guint32 rank;  /* of that merge; NO_RANK: they do not merge, or this token is gone */
  guint32 previous;
  guint32 next; /* the first byte after it */
} Node;

typedef struct
{
  guint64 hash;
  gsize bytes;    /* offset in words */
  guint ids;      /* offset in ids */
  guint32 length; /* of the word; 0: empty slot */
  guint n_ids;
} CacheEntry;

struct _Gpt2Bpe
{
  const Gpt2Vocabulary *vocabulary;
  GArray *nodes;     /* of Node */
  GArray *heap;      /* of guint64, rank in the upper half, index of the left node in the lower; a binary heap, least first */
  GArray *deferred;  /* of guint64, found during a round */
  GArray *result;    /* of gint32 */
  CacheEntry *cache; /* [n_slots], a power of two */
  gsize n_slots;
  guint n_cached;
  GByteArray *words; /* the bytes of all cached words */
  GArray *ids;       /* of gint32, the ids of all cached words */
};

Gpt2Bpe *
gpt2_bpe_new (const Gpt2Vocabulary *vocabulary, gsize length)
{
  Gpt2Bpe *self = g_new0 (Gpt2Bpe, 1);

  self->vocabulary = vocabulary;
  self->nodes = g_array_new (FALSE, FALSE, sizeof (Node));
  self->heap = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->deferred = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->result = g_array_new (FALSE, FALSE, sizeof (gint32));
  for (self->n_slots = FEWEST_SLOTS; self->n_slots < MOST_SLOTS && self->n_slots < length;)
    self->n_slots *= 2;
  self->cache = g_new0 (CacheEntry, self->n_slots);
  self->words = g_byte_array_new ();
  self->ids = g_array_new (FALSE, FALSE, sizeof (gint32));
  return self;
}

void
gpt2_bpe_free (Gpt2Bpe *self)
{
  g_array_unref (self->nodes);
  g_array_unref (self->heap);
  g_array_unref (self->deferred);
  g_array_unref (self->result);
  g_free (self->cache);
  g_byte_array_unref (self->words);
  g_array_unref (self->ids);
  g_free (self);
}

static void
heap_push (GArray *heap, guint64 key)
{
  guint64 *keys;
  guint at = heap->len;

  g_array_set_size (heap, heap->len + 1);
  keys = (guint64 *) (gpointer) heap->data;
  for (; at > 0 && keys[(at - 1) / 2] > key; at = (at - 1) / 2)
    keys[at] = keys[(at - 1) / 2];
  keys[at] = key;
}

static guint64
heap_pop (GArray *heap)
{
  guint64 *keys = (guint64 *) (gpointer) heap->data;
  guint64 least = keys[0], moved = keys[heap->len - 1];
  guint n = heap->len - 1, at = 0, child;

  for (; (child = 2 * at + 1) < n; at = child)
    {
      if (child + 1 < n && keys[child + 1] < keys[child])
        child++;
      if (keys[child] >= moved)
        break;
      keys[at] = keys[child];
    }
  keys[at] = moved;
  g_array_set_size (heap, n);
  return least;
}

/* Looks up how the token at @at merges with the next one. */
static gboolean
find_pair (Gpt2Bpe *self,
           Node *nodes,
           guint32 at,
           guint32 length,
           guint64 *key)
{
  Node *node = &nodes[at];

  if (node->next >= length || !gpt2_vocabulary_find_merge (self->vocabulary, node->id, nodes[node->next].id, &node->rank, &node->merged))
    node->rank = NO_RANK;
  *key = (guint64) node->rank << 32 | at;
  return node->rank != NO_RANK;
}

static void
merge_at (Gpt2Bpe *self, Node *nodes, guint32 at, guint32 length)
{
  Node *left = &nodes[at], *right = &nodes[left->next];
  guint64 key;

  left->id = left->merged;
  left->next = right->next;
  right->rank = NO_RANK;
  if (left->next < length)
    nodes[left->next].previous = at;
  if (find_pair (self, nodes, at, length, &key))
    g_array_append_val (self->deferred, key);
  if (at > 0 && find_pair (self, nodes, left->previous, length, &key))
    g_array_append_val (self->deferred, key);
}

/* Merges every pair of the least rank. Pairs that come up meanwhile wait for the next round, whatever their rank, as in the
 * reference. A key is stale where its node's rank has changed since. */
static void
merge_round (Gpt2Bpe *self, Node *nodes, guint32 length)
{
  guint32 rank = (guint32) (g_array_index (self->heap, guint64, 0) >> 32);

  while (self->heap->len > 0 && g_array_index (self->heap, guint64, 0) >> 32 == rank)
    {
      guint32 at = (guint32) heap_pop (self->heap);

      if (nodes[at].rank == rank)
        merge_at (self, nodes, at, length);
    }
  for (guint i = 0; i < self->deferred->len; i++)
    heap_push (self->heap, g_array_index (self->deferred, guint64, i));
  g_array_set_size (self->deferred, 0);
}

static void
split_word (Gpt2Bpe *self, const char *word, guint32 length)
{
  Node *nodes;
  guint64 key;

  g_array_set_size (self->nodes, MAX (self->nodes->len, length));
  nodes = (Node *) (gpointer) self->nodes->data;
  for (guint32 i = 0; i < length; i++)
    nodes[i] = (Node){ .id = gpt2_vocabulary_get_byte (self->vocabulary, (guint8) word[i]), .previous = i - 1, .next = i + 1 };
  for (guint32 i = 0; i < length; i++)
    if (find_pair (self, nodes, i, length, &key))
      heap_push (self->heap, key);
  while (self->heap->len > 0)
    merge_round (self, nodes, length);
  g_array_set_size (self->result, 0);
  for (guint32 i = 0; i < length; i = nodes[i].next)
    g_array_append_val (self->result, nodes[i].id);
}

/* The slot that holds @word, or the empty one where it belongs. */
static CacheEntry *
find_cached (Gpt2Bpe *self,
             guint64 hash,
             const char *word,
             guint32 length)
{
  for (gsize i = hash;; i++)
    {
      CacheEntry *entry = &self->cache[i & (self->n_slots - 1)];

      if (entry->length == 0 || (entry->hash == hash && entry->length == length && memcmp (self->words->data + entry->bytes, word, length) == 0))
        return entry;
    }
}

const gint32 *
gpt2_bpe_split (Gpt2Bpe *self,
                const char *word,
                guint32 length,
                guint *n_ids)
{
  CacheEntry *entry = NULL;
  guint64 hash = 0;

  if (length <= CACHE_WORD_BYTES)
    {
      hash = gpt2_vocabulary_hash (self->vocabulary, word, length);
      entry = find_cached (self, hash, word, length);
      if (entry->length > 0)
        {
          *n_ids = entry->n_ids;
          return &g_array_index (self->ids, gint32, entry->ids);
        }
    }
  split_word (self, word, length);
  if (entry && self->n_cached < self->n_slots / 2)
    {
      *entry = (CacheEntry){ .hash = hash, .bytes = self->words->len, .ids = self->ids->len, .length = length, .n_ids = self->result->len };
      g_byte_array_append (self->words, (const guint8 *) word, length);
      g_array_append_vals (self->ids, self->result->data, self->result->len);
      self->n_cached++;
    }
  *n_ids = self->result->len;
  return (const gint32 *) (gpointer) self->result->data;
}
