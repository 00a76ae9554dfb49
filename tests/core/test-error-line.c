/* What sentences quote may be anything; they stay one line of text. */
#include "sonde-error-private.h"

static void
check (const char *message,
       const char *expected)
{
  g_autoptr (GError) error = g_error_new_literal (SONDE_ERROR, SONDE_ERROR_FORMAT, message);

  _sonde_error_make_line (&error);
  g_assert_cmpstr (error->message, ==, expected);
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT);
}

static void
test_line (void)
{
  check ("“naïve” 東京 🐈", "“naïve” 東京 🐈");
  check ("one\ntwo\r\n\tthree", "one\\x0Atwo\\x0D\\x0A\\x09three");
  check ("\033[31mred\x7f", "\\x1B[31mred\\x7F");
  check ("\xff\xc3(\xe2\x82", "\\xFF\\xC3(\\xE2\\x82");
  check ("a\xe2\x80\xa8z\xc2\x85", "a\\xE2\\x80\\xA8z\\xC2\\x85");
  check ("", "");
}

static void
test_no_error (void)
{
  GError *error = NULL;

  _sonde_error_make_line (NULL);
  _sonde_error_make_line (&error);
  g_assert_null (error);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error-line/line", test_line);
  g_test_add_func ("/error-line/no-error", test_no_error);
  return g_test_run ();
}
