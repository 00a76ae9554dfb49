#include <sonde-testing.h>

/* Holds one plugin to the contract. Usage: test-contract "PLUGIN PROPERTY=VALUE…" [SOURCE] */

int
main (int argc,
      char **argv)
{
  g_return_val_if_fail (argc >= 2, 2);
  return sonde_testing_main (1, argv, argv[1], argc > 2 ? argv[2] : NULL);
}
