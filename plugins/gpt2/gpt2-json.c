#define G_LOG_DOMAIN "gpt2"

#include "gpt2-json.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "gpt2-limits.h"
#include "sonde.h"

/* A vocabulary is one object of tens of thousands of names and numbers. A general parser that makes a node of each takes
 * longer over it than all else that happens when a model is opened, and loses the line numbers. A configuration is one
 * object of a few plain values. This reader hands over the members of the outermost object, one by one, and reads strictly:
 * what is not JSON is refused, and so is nesting that would exhaust the stack. */
typedef struct
{
  const char *at;
  const char *end;
  const char *what;
  guint line;
  GString *name;   /* the member's name */
  GString *string; /* the last string but names of members */
} Reader;

static gboolean read_value (Reader *reader, guint depth, Gpt2JsonValue *value, GError **error);

static gboolean
fail (Reader *reader, const char *expected, GError **error)
{
  g_autofree char *found = NULL;

  if (reader->at >= reader->end)
    found = g_strdup (_ ("the end of the file"));
  else if (g_ascii_isprint (*reader->at))
    found = g_strdup_printf ("“%c”", *reader->at);
  else
    found = g_strdup_printf (_ ("byte 0x%02x"), (guchar) *reader->at);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s, line %u: %s found where %s is expected"), reader->what, reader->line, found, expected);
  return FALSE;
}

static gboolean
next_is (Reader *reader, char character)
{
  return reader->at < reader->end && *reader->at == character;
}

static void
skip_blanks (Reader *reader)
{
  for (; reader->at < reader->end; reader->at++)
    if (*reader->at == '\n')
      reader->line++;
    else if (*reader->at != ' ' && *reader->at != '\t' && *reader->at != '\r')
      break;
}

/* Passes over blanks, and over @character where it comes next. */
static gboolean
take (Reader *reader, char character)
{
  skip_blanks (reader);
  if (!next_is (reader, character))
    return FALSE;
  reader->at++;
  return TRUE;
}

/* Four hexadecimal digits; -1 where they are none. */
static int
read_hex (Reader *reader)
{
  int value = 0;

  if (reader->end - reader->at < 4)
    return -1;
  for (guint i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value (reader->at[i]);

      if (digit < 0)
        return -1;
      value = value * 16 + digit;
    }
  reader->at += 4;
  return value;
}

/* What follows \u: one UTF-16 unit, or a pair of them. NUL is refused: no token and no setting has a use for it. */
static gboolean
read_unicode_escape (Reader *reader, GString *string, GError **error)
{
  int unit = read_hex (reader), low;
  gunichar c = (gunichar) unit;

  if (unit >= 0xd800 && unit < 0xdc00 && reader->end - reader->at >= 6 && memcmp (reader->at, "\\u", 2) == 0)
    {
      reader->at += 2;
      low = read_hex (reader);
      if (low >= 0xdc00 && low < 0xe000)
        c = 0x10000 + ((c - 0xd800) << 10) + ((gunichar) low - 0xdc00);
    }
  if (unit <= 0 || (c >= 0xd800 && c < 0xe000))
    return fail (reader, _ ("a \\u escape that stands for a character"), error);
  g_string_append_unichar (string, c);
  return TRUE;
}

static gboolean
read_escape (Reader *reader, GString *string, GError **error)
{
  static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
  const char *known;

  if (next_is (reader, 'u'))
    {
      reader->at++;
      return read_unicode_escape (reader, string, error);
    }
  /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): the byte 0 is none of the letters */
  known = reader->at < reader->end ? memchr (letters, *reader->at, strlen (letters)) : NULL;
  if (!known)
    return fail (reader, _ ("an escape that JSON knows"), error);
  reader->at++;
  g_string_append_c (string, meanings[known - letters]);
  return TRUE;
}

/* The quote has been taken. */
static gboolean
read_string (Reader *reader, GString *string, GError **error)
{
  const char *start;

  g_string_truncate (string, 0);
  while (!next_is (reader, '"'))
    {
      for (start = reader->at; reader->at < reader->end && *reader->at != '"' && *reader->at != '\\' && (guchar) *reader->at >= 0x20;)
        reader->at++;
      g_string_append_len (string, start, reader->at - start);
      if (next_is (reader, '\\'))
        {
          reader->at++;
          if (!read_escape (reader, string, error))
            return FALSE;
        }
      else if (!next_is (reader, '"'))
        return fail (reader, _ ("the closing quote of a string"), error);
    }
  reader->at++;
  if (g_utf8_validate_len (string->str, string->len, NULL))
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s, line %u: a string holds bytes that are not UTF-8: download the file again"), reader->what, reader->line);
  return FALSE;
}

static gsize
skip_digits (Reader *reader)
{
  const char *start = reader->at;

  while (reader->at < reader->end && g_ascii_isdigit (*reader->at))
    reader->at++;
  return (gsize) (reader->at - start);
}

/* A fraction, an exponent, or nothing. */
static gboolean
skip_fraction (Reader *reader, Gpt2JsonValue *value, GError **error)
{
  if (next_is (reader, '.'))
    {
      reader->at++;
      value->kind = GPT2_JSON_NUMBER;
      if (skip_digits (reader) == 0)
        return fail (reader, _ ("a digit"), error);
    }
  if (next_is (reader, 'e') || next_is (reader, 'E'))
    {
      reader->at++;
      value->kind = GPT2_JSON_NUMBER;
      if (next_is (reader, '+') || next_is (reader, '-'))
        reader->at++;
      if (skip_digits (reader) == 0)
        return fail (reader, _ ("a digit"), error);
    }
  return TRUE;
}

static gboolean
read_number (Reader *reader, Gpt2JsonValue *value, GError **error)
{
  const char *start = reader->at, *digits = *start == '-' ? start + 1 : start;
  gsize n_digits;

  reader->at = digits;
  n_digits = skip_digits (reader);
  if (n_digits == 0 || (*digits == '0' && n_digits > 1))
    return fail (reader, _ ("a number"), error);
  value->kind = GPT2_JSON_INTEGER;
  if (!skip_fraction (reader, value, error))
    return FALSE;
  if (value->kind == GPT2_JSON_INTEGER && n_digits <= 18) /* a vocabulary has nothing else, and many of them */
    {
      for (gsize i = 0; i < n_digits; i++)
        value->integer = 10 * value->integer + (digits[i] - '0');
      value->integer = digits > start ? -value->integer : value->integer;
      value->number = (double) value->integer;
    }
  else
    {
      g_autofree char *copy = g_strndup (start, (gsize) (reader->at - start));

      value->number = g_ascii_strtod (copy, NULL);
      value->integer = g_ascii_strtoll (copy, NULL, 10);
    }
  return TRUE;
}

static gboolean
read_word (Reader *reader, Gpt2JsonValue *value, GError **error)
{
  static const char *const words[] = { "null", "false", "true" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      gsize length = strlen (words[i]);

      if ((gsize) (reader->end - reader->at) >= length && memcmp (reader->at, words[i], length) == 0)
        {
          reader->at += length;
          value->kind = i == 0 ? GPT2_JSON_NULL : GPT2_JSON_BOOLEAN;
          value->boolean = i == 2;
          return TRUE;
        }
    }
  return fail (reader, _ ("a value"), error);
}

/* A member's name and the colon after it. */
static gboolean
read_name (Reader *reader, GString *name, GError **error)
{
  if (!take (reader, '"'))
    return fail (reader, _ ("a name in double quotes"), error);
  if (!read_string (reader, name, error))
    return FALSE;
  return take (reader, ':') || fail (reader, _ ("a colon"), error);
}

/* An array or object that nobody asked for. The opening bracket has been taken. */
static gboolean
skip_container (Reader *reader,
                char closing,
                guint depth,
                GError **error)
{
  Gpt2JsonValue ignored;

  if (depth > GPT2_MAX_JSON_DEPTH)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s, line %u: more than %d arrays and objects stand in each other"), reader->what, reader->line, GPT2_MAX_JSON_DEPTH);
      return FALSE;
    }
  if (take (reader, closing))
    return TRUE;
  do
    {
      if (closing == '}' && !read_name (reader, reader->string, error))
        return FALSE;
      if (!read_value (reader, depth, &ignored, error))
        return FALSE;
    }
  while (take (reader, ','));
  return take (reader, closing) || fail (reader, _ ("a comma or a closing bracket"), error);
}

static gboolean
read_value (Reader *reader,
            guint depth,
            Gpt2JsonValue *value,
            GError **error)
{
  *value = (Gpt2JsonValue){ 0 };
  if (take (reader, '"'))
    {
      value->kind = GPT2_JSON_STRING;
      if (!read_string (reader, reader->string, error))
        return FALSE;
      value->string = reader->string->str;
      return TRUE;
    }
  if (take (reader, '{'))
    {
      value->kind = GPT2_JSON_OBJECT;
      return skip_container (reader, '}', depth + 1, error);
    }
  if (take (reader, '['))
    {
      value->kind = GPT2_JSON_ARRAY;
      return skip_container (reader, ']', depth + 1, error);
    }
  if (next_is (reader, '-') || (reader->at < reader->end && g_ascii_isdigit (*reader->at)))
    return read_number (reader, value, error);
  return read_word (reader, value, error);
}

static gboolean
read_members (Reader *reader,
              Gpt2JsonFunc func,
              gpointer user_data,
              GError **error)
{
  Gpt2JsonValue value;
  guint line;

  if (take (reader, '}'))
    return TRUE;
  do
    {
      if (!read_name (reader, reader->name, error))
        return FALSE;
      line = reader->line;
      if (!read_value (reader, 1, &value, error) || !func (reader->name->str, reader->name->len, &value, line, user_data, error))
        return FALSE;
    }
  while (take (reader, ','));
  return take (reader, '}') || fail (reader, _ ("a comma or the closing brace"), error);
}

/* Calls @func for each member of the JSON object that @data holds. @what names the file in messages. */
gboolean
gpt2_json_foreach_member (const char *data,
                          gsize length,
                          const char *what,
                          Gpt2JsonFunc func,
                          gpointer user_data,
                          GError **error)
{
  g_autoptr (GString) name = g_string_new (NULL);
  g_autoptr (GString) string = g_string_new (NULL);
  Reader reader = { .at = data, .end = data + length, .what = what, .line = 1, .name = name, .string = string };

  if (!take (&reader, '{'))
    return fail (&reader, _ ("the opening brace of an object"), error);
  if (!read_members (&reader, func, user_data, error))
    return FALSE;
  skip_blanks (&reader);
  return reader.at == reader.end || fail (&reader, _ ("the end of the file"), error);
}

const char *
gpt2_json_kind_to_string (Gpt2JsonKind kind)
{
  switch (kind)
    {
    case GPT2_JSON_NULL:
      return "null";
    case GPT2_JSON_BOOLEAN:
      return _ ("true or false");
    case GPT2_JSON_INTEGER:
      return _ ("a whole number");
    case GPT2_JSON_NUMBER:
      return _ ("a number with a fraction");
    case GPT2_JSON_STRING:
      return _ ("a string");
    case GPT2_JSON_ARRAY:
      return _ ("an array");
    default:
      return _ ("an object");
    }
}
