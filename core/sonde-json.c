#define G_LOG_DOMAIN "sonde"

#include "sonde-json-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sonde-error-private.h"
#include "sonde-json-keys-private.h"
#include "sonde-limits-private.h"
#include "sonde-mapped-file.h"

/* JSON from files of unknown origin. The parser behind this recurses without a limit, accepts more than JSON (comments,
 * assignments, odd escapes), aborts the process on half a surrogate pair, and keeps the last of two equal keys. So one
 * strict pass goes over the bytes first; it checks every token, and leaves the grammar between tokens to the parser. */

typedef struct
{
  const char *what; /* the file, for messages */
  const char *start;
  const char *position;
  const char *end;
  char open[SONDE_MAX_JSON_DEPTH]; /* '{' or '[' of each level */
  guint depth;
  guint n_separators; /* values, but for one a level */
  guint n_keys;       /* of the root object */
  const char *string; /* that was scanned last, with its quotes */
  const char *string_end;
  GArray *keys;     /* (nullable): of SondeJsonKey, of all objects */
  GString *decoded; /* where there are keys: the last one */
} Scan;

static gboolean
fail_at (const Scan *scan,
         const char *where,
         const char *problem,
         GError **error)
{
  guint line = 1;
  const char *line_start = scan->start;

  for (const char *p = scan->start; p < where; p++)
    if (*p == '\n')
      {
        line++;
        line_start = p + 1;
      }
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s, line %u, byte %u: %s: correct it, or get the file anew"),
               scan->what, line, (guint) (where - line_start) + 1, problem);
  return FALSE;
}

/* Four hexadecimal digits, or -1. */
static int
read_hex4 (const char *digits,
           const char *end)
{
  int value = 0;

  if (end - digits < 4)
    return -1;
  for (guint i = 0; i < 4; i++)
    {
      if (!g_ascii_isxdigit (digits[i]))
        return -1;
      value = value * 16 + g_ascii_xdigit_value (digits[i]);
    }
  return value;
}

/* @escape is at the 'u'. A pair of surrogates counts as one escape; half of one, and \u0000, which would end a C string, do
 * not count at all. Returns the bytes read, 0 where it is wrong. */
static guint
unicode_escape_length (const char *escape,
                       const char *end)
{
  const int first = read_hex4 (escape + 1, end);
  int second;

  if (first <= 0 || (first >= 0xdc00 && first <= 0xdfff))
    return 0;
  if (first < 0xd800 || first > 0xdbff)
    return 5;
  if (end - escape < 11 || escape[5] != '\\' || escape[6] != 'u')
    return 0;
  second = read_hex4 (escape + 7, end);
  return second >= 0xdc00 && second <= 0xdfff ? 11 : 0;
}

static gboolean
scan_string (Scan *scan,
             GError **error)
{
  const char *opening = scan->position++;

  while (scan->position < scan->end && *scan->position != '"')
    {
      guint length = 1;

      if ((guchar) *scan->position < 0x20)
        return fail_at (scan, scan->position, _ ("a string holds a control character that is not escaped"), error);
      if (*scan->position == '\\')
        {
          const char *escape = scan->position + 1;

          if (escape < scan->end && *escape == 'u')
            length = 1 + unicode_escape_length (escape, scan->end);
          else if (escape < scan->end && strchr ("\"\\/bfnrt", *escape) != NULL)
            length = 2;
          if (length == 1)
            return fail_at (scan, scan->position, _ ("a string holds an escape that stands for no character"), error);
        }
      scan->position += length;
    }
  if (scan->position == scan->end)
    return fail_at (scan, opening, _ ("a string begins here and never ends"), error);
  scan->position++;
  scan->string = opening;
  scan->string_end = scan->position;
  return TRUE;
}

static const char *
skip_digits (const char *p,
             const char *end)
{
  while (p < end && g_ascii_isdigit (*p))
    p++;
  return p;
}

/* The parser wraps integers around that do not fit 64 bits: what is too long for one would become another. */
static gboolean
fits_int64 (const char *digits,
            const char *end)
{
  static const char largest[] = "9223372036854775807";
  const gsize length = end - digits;

  return length < strlen (largest) || (length == strlen (largest) && memcmp (digits, largest, length) <= 0);
}

/* What is larger than a double can be would become infinity, which JSON cannot say again. */
static gboolean
fits_double (const char *first,
             const char *end)
{
  g_autofree char *number = g_strndup (first, (gsize) (end - first));

  return isfinite (g_ascii_strtod (number, NULL));
}

static gboolean
scan_number (Scan *scan,
             GError **error)
{
  const char *first = scan->position;
  const char *p = *first == '-' ? first + 1 : first;
  const char *digits = p;
  gboolean valid;

  p = skip_digits (p, scan->end);
  valid = p > digits && (*digits != '0' || p == digits + 1);
  if (valid && (p == scan->end || strchr (".eE", *p) == NULL) && !fits_int64 (digits, p))
    return fail_at (scan, first, _ ("this integer is too large"), error);
  if (valid && p < scan->end && *p == '.')
    {
      digits = ++p;
      p = skip_digits (p, scan->end);
      valid = p > digits;
    }
  if (valid && p < scan->end && (*p == 'e' || *p == 'E'))
    {
      p++;
      if (p < scan->end && (*p == '+' || *p == '-'))
        p++;
      digits = p;
      p = skip_digits (p, scan->end);
      valid = p > digits;
    }
  if (!valid || (p < scan->end && (g_ascii_isalnum (*p) || *p == '.')))
    return fail_at (scan, first, _ ("this is not a JSON number"), error);
  if (!fits_double (first, p))
    return fail_at (scan, first, _ ("this number is too large"), error);
  scan->position = p;
  return TRUE;
}

static gboolean
scan_word (Scan *scan,
           GError **error)
{
  static const char *const words[] = { "true", "false", "null" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      const gsize length = strlen (words[i]);

      if ((gsize) (scan->end - scan->position) > length && memcmp (scan->position, words[i], length) == 0 && !g_ascii_isalnum (scan->position[length]))
        {
          scan->position += length;
          return TRUE;
        }
    }
  return fail_at (scan, scan->position, _ ("this is not JSON"), error);
}

static gboolean
fail_depth (const Scan *scan,
            GError **error)
{
  g_autofree char *problem = g_strdup_printf (_ ("objects and arrays are nested too deeply: %d levels are possible"), SONDE_MAX_JSON_DEPTH);

  return fail_at (scan, scan->position, problem, error);
}

static gboolean
scan_bracket (Scan *scan,
              GError **error)
{
  const char bracket = *scan->position;

  if (bracket == '{' || bracket == '[')
    {
      if (scan->depth == SONDE_MAX_JSON_DEPTH)
        return fail_depth (scan, error);
      scan->open[scan->depth++] = bracket;
    }
  else if (scan->depth == 0 || scan->open[scan->depth - 1] != (bracket == '}' ? '{' : '['))
    return fail_at (scan, scan->position, _ ("this closes what was never opened"), error);
  else
    scan->depth--;
  scan->position++;
  return TRUE;
}

/* What a string that was scanned stands for. */
static void
decode (const char *text,
        const char *end,
        GString *decoded)
{
  static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";

  g_string_truncate (decoded, 0);
  while (text < end)
    {
      const char *letter;
      gunichar character;

      if (*text != '\\')
        {
          g_string_append_c (decoded, *text++);
          continue;
        }
      text++;
      letter = strchr (letters, *text);
      if (*text != 'u')
        {
          g_string_append_c (decoded, letter != NULL ? meanings[letter - letters] : *text);
          text++;
          continue;
        }
      character = (gunichar) read_hex4 (text + 1, end);
      text += 5;
      if (character >= 0xd800 && character <= 0xdbff)
        {
          character = 0x10000 + ((character - 0xd800) << 10) + ((gunichar) read_hex4 (text + 2, end) - 0xdc00);
          text += 6;
        }
      g_string_append_unichar (decoded, character);
    }
}

static void
note_key (Scan *scan)
{
  SondeJsonKey key = { .text = scan->string + 1, .length = (guint) (scan->string_end - scan->string - 2) };

  decode (key.text, key.text + key.length, scan->decoded);
  key.hash = g_str_hash (scan->decoded->str);
  g_array_append_val (scan->keys, key);
}

static gboolean
check_keys (const Scan *scan,
            GError **error)
{
  const char *crowded = _sonde_json_keys_find_crowded (scan->keys);

  return crowded == NULL || fail_at (scan, crowded, _ ("this key is one of many that are made to be slow to find"), error);
}

static gboolean
scan_separator (Scan *scan,
                GError **error)
{
  if (*scan->position == ':' && scan->depth == 1)
    scan->n_keys++;
  if (*scan->position == ':' && scan->keys != NULL && scan->string != NULL)
    note_key (scan);
  if (++scan->n_separators > SONDE_MAX_JSON_VALUES)
    {
      g_autofree char *problem = g_strdup_printf (_ ("there are more values than any such file needs: %d are possible"), SONDE_MAX_JSON_VALUES);

      return fail_at (scan, scan->position, problem, error);
    }
  scan->position++;
  return TRUE;
}

static gboolean
scan_token (Scan *scan,
            GError **error)
{
  const char c = *scan->position;

  if (c == '"')
    return scan_string (scan, error);
  if (c == '-' || g_ascii_isdigit (c))
    return scan_number (scan, error);
  if (c != '\0' && strchr ("{}[]", c) != NULL)
    return scan_bracket (scan, error);
  if (c == ',' || c == ':')
    return scan_separator (scan, error);
  return scan_word (scan, error);
}

static void
skip_blanks (Scan *scan)
{
  while (scan->position < scan->end && (*scan->position == ' ' || *scan->position == '\t' || *scan->position == '\n' || *scan->position == '\r'))
    scan->position++;
}

/* One object, and nothing after it. */
static gboolean
scan_root (Scan *scan,
           GError **error)
{
  const char *invalid;

  if (!g_utf8_validate_len (scan->start, scan->end - scan->start, &invalid))
    return fail_at (scan, invalid, _ ("this byte is not UTF-8 text"), error);
  skip_blanks (scan);
  if (scan->position == scan->end || *scan->position != '{')
    return fail_at (scan, scan->position, _ ("a JSON object, which begins with “{”, is expected here"), error);
  do
    {
      if (!scan_token (scan, error))
        return FALSE;
      skip_blanks (scan);
    }
  while (scan->depth > 0 && scan->position < scan->end);

  if (scan->depth > 0)
    return fail_at (scan, scan->end, _ ("the file ends before its JSON object does"), error);
  if (scan->position < scan->end)
    return fail_at (scan, scan->position, _ ("there is something after the JSON object"), error);
  return TRUE;
}

/* The parser's own messages begin with "<data>:LINE:COLUMN: ". */
static void
set_parse_error (const char *what,
                 const GError *cause,
                 GError **error)
{
  const char *detail = cause->message;
  guint line, column;
  int skipped = 0;

  /* NOLINTNEXTLINE(cert-err34-c): what it says is only said again */
  if (sscanf (detail, "<data>:%u:%u: %n", &line, &column, &skipped) == 2 && skipped > 0)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s, line %u, column %u: %s: correct it, or get the file anew"), what, line, column, detail + skipped);
  else
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, "%s: %s", what, detail);
  _sonde_error_make_line (error);
}

JsonNode *
_sonde_json_parse_object (GBytes *bytes,
                          const char *what,
                          GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) cause = NULL;
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);
  const char *text = data != NULL ? data : "";
  g_autoptr (GArray) keys = g_array_new (FALSE, FALSE, sizeof (SondeJsonKey));
  g_autoptr (GString) decoded = g_string_new (NULL);
  Scan scan = { .what = what, .start = text, .position = text, .end = text + length, .keys = keys, .decoded = decoded };
  guint n_members;

  if (!scan_root (&scan, error) || !check_keys (&scan, error))
    return NULL;
  if (!json_parser_load_from_data (parser, text, length, &cause))
    {
      set_parse_error (what, cause, error);
      return NULL;
    }
  if (!JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s does not hold a JSON object: get the file anew"), what);
      return NULL;
    }
  n_members = json_object_get_size (json_node_get_object (json_parser_get_root (parser)));
  if (n_members != scan.n_keys)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT,
                   _ ("%s gives the same key twice: it has %u keys, of which %u are different: remove one of them"), what, scan.n_keys, n_members);
      return NULL;
    }
  return json_parser_steal_root (parser);
}

JsonNode *
_sonde_json_load_object (const char *path,
                         gsize max_bytes,
                         GError **error)
{
  g_autoptr (GBytes) bytes = sonde_mapped_file_load (path, error);
  GError *shorter = NULL;
  JsonNode *root;

  if (bytes == NULL)
    return NULL;
  if (g_bytes_get_size (bytes) > max_bytes)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT,
                   _ ("%s is %zu bytes long; files of this kind have at most %zu"),
                   path, g_bytes_get_size (bytes), max_bytes);
      return NULL;
    }
  root = _sonde_json_parse_object (bytes, path, error);
  if (sonde_mapped_file_check (&shorter))
    return root;
  g_clear_pointer (&root, json_node_unref);
  if (error != NULL) /* what was found in zeros */
    g_clear_error (error);
  g_propagate_error (error, shorter);
  return NULL;
}

/* Where the value behind @key of the root object begins; NULL where it is not there, or twice. @scan has been over the text. */
static const char *
find_member (const Scan *scan,
             const char *key)
{
  const gsize length = strlen (key);
  const char *found = NULL;
  Scan again = { .start = scan->start, .position = scan->start, .end = scan->end };

  for (skip_blanks (&again); again.position < again.end; skip_blanks (&again))
    {
      const char *token = again.position;

      if (!scan_token (&again, NULL))
        return NULL;
      if (again.depth != 1 || *token != '"')
        continue;
      skip_blanks (&again);
      if (again.position == again.end || *again.position != ':' || strncmp (token + 1, key, length) != 0 || token[1 + length] != '"')
        continue;
      if (found != NULL)
        return NULL;
      found = again.position + 1;
    }
  return found;
}

/* Up to the comma or the bracket behind the value. */
static const char *
skip_value (const Scan *scan,
            const char *value)
{
  Scan again = { .start = scan->start, .position = value, .end = scan->end };

  do
    {
      skip_blanks (&again);
      if (again.position == again.end || !scan_token (&again, NULL))
        return NULL;
    }
  while (again.depth > 0);
  return again.position;
}

JsonArray *
_sonde_json_find_array (GBytes *object,
                        const char *what,
                        const char *key)
{
  gsize size;
  const char *start = g_bytes_get_data (object, &size);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;
  Scan scan = { .what = what, .start = start, .position = start, .end = start + size };
  const char *value, *end;
  JsonNode *node;

  if (size == 0)
    return NULL;
  value = scan_root (&scan, NULL) ? find_member (&scan, key) : NULL;
  end = value != NULL ? skip_value (&scan, value) : NULL;
  if (end == NULL)
    return NULL;
  text = g_strdup_printf ("{\"%s\":%.*s}", key, (int) (end - value), value);
  bytes = g_bytes_new_static (text, strlen (text));
  root = _sonde_json_parse_object (bytes, what, NULL);
  node = root != NULL ? json_object_get_member (json_node_get_object (root), key) : NULL;
  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_array_ref (json_node_get_array (node)) : NULL;
}

/* json-glib 1.6 puts “.0” behind every double whose text has no point, “1e-08” included, and “1e-08.0” is no JSON. */
static void
repair_exponents (char *text)
{
  char *target = text;
  gboolean in_string = FALSE;
  gboolean in_exponent = FALSE;

  for (const char *p = text; *p != '\0'; p++)
    {
      if (*p == '"')
        in_string = !in_string;
      if (!in_string && in_exponent && p[0] == '.' && p[1] == '0')
        {
          p++;
          continue;
        }
      in_exponent = !in_string && ((*p == 'e' && p > text && g_ascii_isdigit (p[-1])) || (in_exponent && strchr ("+-0123456789", *p) != NULL));
      *target++ = *p;
      if (in_string && *p == '\\' && p[1] != '\0')
        *target++ = *++p;
    }
  *target = '\0';
}

char *
_sonde_json_to_text (JsonObject *object,
                     gboolean pretty)
{
  g_autoptr (JsonNode) node = json_node_alloc ();
  char *text;

  json_node_init_object (node, object);
  text = json_to_string (node, pretty);
  repair_exponents (text);
  return text;
}
