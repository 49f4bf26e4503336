/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small things that every file may use: cleanup attributes, array sizes. */
#ifndef UTIL_CLEANUP_H
#define UTIL_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* marks what libpubport.map exports; everything else is hidden */
#define PUBPORT_EXPORT __attribute__((visibility("default")))

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* runs the cleanup_... function on the variable when it goes out of scope */
#define CLEANUP(function) __attribute__((cleanup(cleanup_##function)))

/* lets CLEANUP() call a function that takes a pointer to the variable */
#define DEFINE_CLEANUP(function, type)                                         \
	static inline void cleanup_##function(type *variable)                  \
	{                                                                      \
		function(variable);                                            \
	}

/* hands a resource on: yields its value and forgets it here */
#define TAKE_PTR(pointer)                                                      \
	({                                                                     \
		__typeof__(pointer) taken_ = (pointer);                        \
		(pointer) = NULL;                                              \
		taken_;                                                        \
	})
#define TAKE_FD(fd)                                                            \
	({                                                                     \
		int taken_ = (fd);                                             \
		(fd) = -1;                                                     \
		taken_;                                                        \
	})

static inline void cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

static inline void cleanup_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_fclose(FILE **file)
{
	if (*file)
		fclose(*file);
}

static inline void cleanup_closedir(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

#endif
