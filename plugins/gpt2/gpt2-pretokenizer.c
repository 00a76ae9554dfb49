#define G_LOG_DOMAIN "gpt2"

#include "gpt2-pretokenizer.h"

#include <string.h>

/* GPT-2 cuts a text into words before it merges anything (Radford et al. 2019, encoder.py), by the first of these that fits:
 *
 *   's  't  're  've  'm  'll  'd       contractions, in small letters only
 *    ?\p{L}+                            letters, with at most one space (U+0020) before them
 *    ?\p{N}+                            numbers
 *    ?[^\s\p{L}\p{N}]+                  anything else that is no white space
 *   \s+(?!\S)                           white space, but for its last character where a word follows
 *   \s+                                 that last character
 */
typedef enum
{
  KIND_OTHER,
  KIND_SPACE,
  KIND_LETTER,
  KIND_NUMBER,
} Kind;

/* \s, \p{L} and \p{N}. \s is Unicode's White_Space: U+0085 is in it, U+FEFF, U+200B and U+001C to U+001F are not. */
static Kind
kind_beyond_ascii (gunichar c)
{
  if (c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000)
    return KIND_SPACE;
  switch (g_unichar_type (c))
    {
    case G_UNICODE_UPPERCASE_LETTER:
    case G_UNICODE_LOWERCASE_LETTER:
    case G_UNICODE_TITLECASE_LETTER:
    case G_UNICODE_MODIFIER_LETTER:
    case G_UNICODE_OTHER_LETTER:
      return KIND_LETTER;
    case G_UNICODE_DECIMAL_NUMBER:
    case G_UNICODE_LETTER_NUMBER:
    case G_UNICODE_OTHER_NUMBER:
      return KIND_NUMBER;
    default:
      return KIND_OTHER;
    }
}

/* The kind of the character at @at, and where the next one starts. */
static Kind
read_kind (const char *text, gsize at, gsize *next)
{
  guchar byte = (guchar) text[at];

  if (byte >= 0x80)
    {
      *next = at + (gsize) g_utf8_skip[byte];
      return kind_beyond_ascii (g_utf8_get_char (text + at));
    }
  *next = at + 1;
  if (g_ascii_isalpha (byte))
    return KIND_LETTER;
  if (byte == ' ' || (byte >= '\t' && byte <= '\r'))
    return KIND_SPACE;
  return g_ascii_isdigit (byte) ? KIND_NUMBER : KIND_OTHER;
}

static gsize
contraction_length (const char *text, gsize left)
{
  static const char *const contractions[] = { "'s", "'t", "'re", "'ve", "'m", "'ll", "'d" };

  for (guint i = 0; i < G_N_ELEMENTS (contractions); i++)
    {
      gsize length = strlen (contractions[i]);

      if (left >= length && memcmp (text, contractions[i], length) == 0)
        return length;
    }
  return 0;
}

/* The end of the run of @kind that @at lies in. @last: the start of the run's last character. */
static gsize
find_run_end (const char *text,
              gsize at,
              gsize length,
              Kind kind,
              gsize *last)
{
  gsize next;

  for (; at < length && read_kind (text, at, &next) == kind; at = next)
    *last = at;
  return at;
}

gsize
gpt2_find_word_end (const char *text, gsize start, gsize length)
{
  gsize next, after_space, last = start, end;
  gsize contraction = text[start] == '\'' ? contraction_length (text + start, length - start) : 0;
  Kind kind = read_kind (text, start, &next);

  if (contraction > 0)
    return start + contraction;
  if (text[start] == ' ' && next < length)
    {
      Kind following = read_kind (text, next, &after_space);

      if (following != KIND_SPACE)
        return find_run_end (text, after_space, length, following, &last);
    }
  end = find_run_end (text, start, length, kind, &last);
  return kind == KIND_SPACE && end < length && last > start ? last : end;
}
