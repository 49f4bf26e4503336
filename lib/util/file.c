/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that are read as a whole. */
#include "util/file.h"

#include "util/cleanup.h"

#include <errno.h>

/* makes room for more bytes, and for a NUL after them */
static int make_room(char **bytes, size_t length, size_t *size)
{
	size_t more = *size ? 2 * *size : BUFSIZ;
	char *moved;

	if (length + 1 < *size)
		return 0;
	moved = realloc(*bytes, more);
	if (!moved)
		return -ENOMEM;
	*bytes = moved;
	*size = more;
	return 0;
}

/**
 * file_read() - read what is left of a file
 * @fd: open for reading; may be a pipe
 * @most: bytes that it may have at most
 * @ret_bytes: what was read, and a NUL; free with free(3)
 * @ret_length: its length without the NUL
 *
 * Return: 0, -EFBIG when there is more than @most, -ENOMEM, or what read(2)
 * failed with.
 */
int file_read(int fd, size_t most, char **ret_bytes, size_t *ret_length)
{
	char *bytes CLEANUP(free) = NULL;
	size_t length = 0, size = 0;
	ssize_t got = 1;

	while (got > 0) {
		if (make_room(&bytes, length, &size))
			return -ENOMEM;
		got = TEMP_FAILURE_RETRY(
			read(fd, bytes + length, size - length - 1));
		if (got < 0)
			return -errno;
		length += (size_t)got;
		if (length > most)
			return -EFBIG;
	}
	bytes[length] = '\0';
	*ret_bytes = TAKE_PTR(bytes);
	*ret_length = length;
	return 0;
}
