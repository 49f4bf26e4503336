/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Aligned columns, as docker prints them.
 *
 * A cell is what ends with a tab.  A column is a run of adjacent lines that
 * have a cell in it; it is as wide as its longest cell and GAP blanks, at least
 * MIN_WIDTH.  What follows a line's last tab belongs to no column: it is
 * neither measured nor filled up.
 */
#include "format/columns.h"

#include "cleanup.h"
#include "format/letter.h"

#include <errno.h>
#include <string.h>

enum {
	MIN_WIDTH = 10,
	GAP = 3
};

/**
 * struct layout - which column each cell belongs to, from the top down
 * @widths: of all columns, in the order in which they begin
 * @begun: number of columns that have begun
 * @open: the column, as an index into @widths, of each cell of the last line
 * @open_count: number of cells of the last line
 */
struct layout {
	size_t *widths;
	size_t begun;
	size_t *open;
	size_t open_count;
};

static size_t text_width(const char *text, size_t length)
{
	size_t width = 0, used;
	wchar_t letter;

	for (size_t i = 0; i < length; i += used) {
		used = letter_read(text + i, length - i, &letter);
		width += letter_width(letter);
	}
	return width;
}

static void print_blanks(size_t count, FILE *out)
{
	while (count--)
		putc_unlocked(' ', out);
}

/* the width of the column that a line's cell belongs to */
static size_t *layout_column(struct layout *layout, size_t cell)
{
	if (cell >= layout->open_count) {
		layout->open[cell] = layout->begun++;
		layout->open_count = cell + 1;
	}
	return &layout->widths[layout->open[cell]];
}

static void line_measure(struct layout *layout, const char *line,
			 const char *end)
{
	size_t cell = 0;
	const char *tab;

	for (; (tab = memchr(line, '\t', (size_t)(end - line))); cell++) {
		size_t *width = layout_column(layout, cell);
		size_t needed = text_width(line, (size_t)(tab - line)) + GAP;

		if (*width < needed)
			*width = needed;
		line = tab + 1;
	}
	layout->open_count = cell;
}

static void line_print(struct layout *layout, const char *line, const char *end,
		       FILE *out)
{
	size_t cell = 0;
	const char *tab;

	for (; (tab = memchr(line, '\t', (size_t)(end - line))); cell++) {
		size_t length = (size_t)(tab - line);
		size_t width = *layout_column(layout, cell);

		fwrite_unlocked(line, 1, length, out);
		print_blanks(width - text_width(line, length), out);
		line = tab + 1;
	}
	layout->open_count = cell;
	fwrite_unlocked(line, 1, (size_t)(end - line), out);
}

static const char *line_end(const char *line, const char *end)
{
	const char *newline = memchr(line, '\n', (size_t)(end - line));

	return newline ? newline : end;
}

static void text_print(struct layout *layout, const char *text, const char *end,
		       FILE *out)
{
	const char *stop;

	for (const char *line = text; line < end; line = stop + 1) {
		stop = line_end(line, end);
		line_measure(layout, line, stop);
	}
	layout->begun = 0;
	layout->open_count = 0;
	for (const char *line = text; line < end; line = stop + 1) {
		stop = line_end(line, end);
		line_print(layout, line, stop, out);
		if (stop < end)
			putc_unlocked('\n', out);
	}
}

/**
 * columns_print() - print lines of tab-ended cells as aligned columns
 * @text: the lines
 * @length: of @text
 * @out: where to; its error flag tells a failure
 *
 * Return: 0, or -ENOMEM with nothing printed.
 */
int columns_print(const char *text, size_t length, FILE *out)
{
	size_t cells = 1;

	for (size_t i = 0; i < length; i++)
		cells += text[i] == '\t';

	CLEANUP(free) size_t *widths = calloc(cells, sizeof(*widths));
	CLEANUP(free) size_t *open = calloc(cells, sizeof(*open));
	struct layout layout = { .widths = widths, .open = open };

	if (!widths || !open)
		return -ENOMEM;
	for (size_t i = 0; i < cells; i++)
		widths[i] = MIN_WIDTH;
	text_print(&layout, text, text + length, out);
	return 0;
}
