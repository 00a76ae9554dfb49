#define G_LOG_DOMAIN "sonde"
#define _GNU_SOURCE /* MSG_CMSG_CLOEXEC */

#include "sonde-isolation-private.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* One packet a message. What is long goes as a file, as a socket has room for little. */
#define LONGEST_PACKET ((gsize) 32 * 1024)

typedef struct
{
  guint64 size;
  guint32 in_file; /* the message is in the file, and not behind this */
  guint32 unused;
} Header;

typedef union
{
  char bytes[CMSG_SPACE (sizeof (int))];
  struct cmsghdr alignment;
} Control;

static void
put_file (struct msghdr *packet,
          Control *control,
          int file)
{
  struct cmsghdr *header;

  memset (control, 0, sizeof *control);
  packet->msg_control = control;
  packet->msg_controllen = sizeof *control;
  header = CMSG_FIRSTHDR (packet);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN (sizeof file);
  memcpy (CMSG_DATA (header), &file, sizeof file);
}

static gboolean
send_packet (int socket,
             const Header *header,
             gconstpointer body,
             gsize length,
             int file,
             GError **error)
{
  struct iovec parts[] = { { (void *) header, sizeof *header }, { (void *) body, length } };
  struct msghdr packet = { .msg_iov = parts, .msg_iovlen = G_N_ELEMENTS (parts) };
  Control control;
  ssize_t sent;

  if (file >= 0)
    put_file (&packet, &control, file);
  do
    sent = sendmsg (socket, &packet, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  if (sent == (ssize_t) (sizeof *header + length))
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
  return FALSE;
}

gboolean
_sonde_message_send (int socket,
                     GVariant *message,
                     int file,
                     GError **error)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (message);
  Header header = { g_variant_get_size (owned), FALSE, 0 };
  gboolean sent;

  if (header.size > LONGEST_PACKET)
    {
      g_autoptr (GPtrArray) pieces = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
      int body;

      g_return_val_if_fail (file < 0, FALSE);
      header.in_file = TRUE;
      g_ptr_array_add (pieces, g_variant_get_data_as_bytes (owned));
      body = _sonde_shared_file_new (pieces, error);
      if (body < 0)
        return FALSE;
      sent = send_packet (socket, &header, NULL, 0, body, error);
      close (body);
      return sent;
    }
  return send_packet (socket, &header, g_variant_get_data (owned), header.size, file, error);
}

/* One at most is expected. Padding has room for a second; the system closes those for which there is none. */
static int
take_file (struct msghdr *packet)
{
  int file = -1;

  for (struct cmsghdr *header = CMSG_FIRSTHDR (packet); header != NULL; header = CMSG_NXTHDR (packet, header))
    for (gsize i = 0; header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS && CMSG_LEN ((i + 1) * sizeof file) <= header->cmsg_len; i++)
      {
        if (file >= 0)
          close (file);
        memcpy (&file, CMSG_DATA (header) + i * sizeof file, sizeof file);
      }
  return file;
}

static GBytes *
take_body (const Header *header,
           const char *packet,
           gsize length,
           guint64 most,
           int *file)
{
  GBytes *body = NULL;

  if (!header->in_file)
    return header->size == length ? g_bytes_new (packet, length) : NULL;
  if (length == 0 && *file >= 0 && header->size <= most)
    body = _sonde_shared_file_map (*file, header->size, header->size);
  if (*file >= 0)
    close (*file);
  *file = -1;
  return body;
}

static GVariant *
parse (const char *type,
       GBytes *body)
{
  g_autoptr (GVariant) message = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (type), body, FALSE));

  return g_variant_is_normal_form (message) ? g_steal_pointer (&message) : NULL;
}

GVariant *
_sonde_message_receive (int socket,
                        const char *type,
                        guint64 most,
                        int *file,
                        GError **error)
{
  Header header = { 0 };
  g_autofree char *bytes = g_malloc (LONGEST_PACKET);
  struct iovec parts[] = { { &header, sizeof header }, { bytes, LONGEST_PACKET } };
  Control control;
  struct msghdr packet = { .msg_iov = parts, .msg_iovlen = G_N_ELEMENTS (parts), .msg_control = &control, .msg_controllen = sizeof control };
  g_autoptr (GBytes) body = NULL;
  GVariant *message = NULL;
  ssize_t received;

  *file = -1;
  do
    received = recvmsg (socket, &packet, MSG_CMSG_CLOEXEC);
  while (received < 0 && errno == EINTR);
  if (received <= 0)
    {
      g_set_error_literal (error, G_IO_ERROR, received < 0 && errno != ECONNRESET ? g_io_error_from_errno (errno) : G_IO_ERROR_CLOSED, g_strerror (errno));
      return NULL;
    }
  *file = take_file (&packet);
  if ((packet.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0 && received >= (ssize_t) sizeof header)
    body = take_body (&header, bytes, (gsize) received - sizeof header, most, file);
  if (body != NULL)
    message = parse (type, body);
  if (message != NULL)
    return message;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "no message");
  if (*file >= 0)
    close (*file);
  *file = -1;
  return NULL;
}
