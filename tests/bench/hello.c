/* What a program costs that does nothing but start, as one that is linked with GLib does. */
#include <gio/gio.h>

int
main (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  return g_cancellable_is_cancelled (cancellable);
}
