/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Regular expressions, as docker's filters take them.
 *
 * docker's are Go's, and those of the C library are POSIX's extended ones. What
 * Go has besides is written as these have it, and refused where they have
 * nothing like it.
 */
#include "format/pattern.h"

#include "cleanup.h"
#include "util/strbuf.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* the C library's compiler calls itself for each parenthesis */
#define PATTERN_MAX 255

/**
 * struct rewriter - a regular expression on its way from Go to POSIX
 * @at: what is left of it
 * @in_brackets: whether that begins between brackets
 * @out: what is rewritten
 */
struct rewriter {
	const char *at;
	bool in_brackets;
	FILE *out;
};

static const char *class_members(char letter)
{
	switch (tolower((unsigned char)letter)) {
	case 'd':
		return "0-9";
	case 's':
		return "\t\n\f\r ";
	case 'w':
		return "0-9A-Za-z_";
	default:
		return NULL;
	}
}

/* what follows a backslash */
static bool rewrite_escape(struct rewriter *rewriter)
{
	char letter = *rewriter->at;
	const char *members = class_members(letter);
	bool negated = isupper((unsigned char)letter);

	if (!letter || (rewriter->in_brackets && members && negated))
		return false;
	rewriter->at++;
	if (members && rewriter->in_brackets)
		fputs(members, rewriter->out);
	else if (members)
		fprintf(rewriter->out, "[%s%s]", negated ? "^" : "", members);
	else if (isalnum((unsigned char)letter))
		return false;
	else
		fprintf(rewriter->out,
			rewriter->in_brackets ? "[.%c.]" : "\\%c", letter);
	return true;
}

static void copy(struct rewriter *rewriter, size_t length)
{
	fwrite(rewriter->at, 1, length, rewriter->out);
	rewriter->at += length;
}

/* what begins a bracket expression: a bracket that follows is one of the
 * letters */
static void rewrite_opening(struct rewriter *rewriter)
{
	size_t length = 1 + (rewriter->at[1] == '^');

	copy(rewriter, length + (rewriter->at[length] == ']'));
	rewriter->in_brackets = true;
}

static void rewrite_in_brackets(struct rewriter *rewriter)
{
	const char *end = NULL;

	if (!strncmp(rewriter->at, "[:", 2))
		end = strstr(rewriter->at, ":]");
	rewriter->in_brackets = *rewriter->at != ']';
	copy(rewriter, end ? (size_t)(end + 2 - rewriter->at) : 1);
}

/* whether as little or as much as can be is taken makes no difference here */
static void rewrite_repetition(struct rewriter *rewriter)
{
	copy(rewriter, 1);
	if (*rewriter->at == '?')
		rewriter->at++;
}

static bool rewrite_group(struct rewriter *rewriter)
{
	copy(rewriter, 1);
	if (*rewriter->at != '?')
		return true;
	if (rewriter->at[1] != ':')
		return false;
	rewriter->at += 2;
	return true;
}

static bool rewrite_next(struct rewriter *rewriter)
{
	if (*rewriter->at == '\\') {
		rewriter->at++;
		return rewrite_escape(rewriter);
	}
	if (rewriter->in_brackets)
		rewrite_in_brackets(rewriter);
	else if (*rewriter->at == '[')
		rewrite_opening(rewriter);
	else if (*rewriter->at == '(')
		return rewrite_group(rewriter);
	else if (strchr("*+?}", *rewriter->at))
		rewrite_repetition(rewriter);
	else
		copy(rewriter, 1);
	return true;
}

/**
 * pattern_compile() - compile a regular expression
 * @text: as Go takes it
 * @ret_pattern: for regexec(), without subexpressions; free with regfree()
 * @why: on -EINVAL, what is wrong with it
 * @size: size of @why
 *
 * Return: 0, -EINVAL for what is none, or not understood here, -ENOMEM.
 */
int pattern_compile(const char *text, regex_t *ret_pattern, char *why,
		    size_t size)
{
	CLEANUP(strbuf_done) struct strbuf rewritten = { 0 };
	const char *ignore_case = "(?i)";
	int flags = REG_EXTENDED | REG_NOSUB, code;
	struct rewriter rewriter = { .at = text };

	if (strlen(text) > PATTERN_MAX) {
		snprintf(why, size, "longer than %d characters", PATTERN_MAX);
		return -EINVAL;
	}
	if (strbuf_open(&rewritten))
		return -ENOMEM;
	rewriter.out = rewritten.out;
	if (!strncmp(text, ignore_case, strlen(ignore_case))) {
		flags |= REG_ICASE;
		rewriter.at += strlen(ignore_case);
	}
	while (*rewriter.at) {
		const char *piece = rewriter.at;

		if (rewrite_next(&rewriter))
			continue;
		snprintf(why, size, "not understood from \"%.8s\" on", piece);
		return -EINVAL;
	}
	if (strbuf_close(&rewritten))
		return -ENOMEM;
	code = regcomp(ret_pattern, rewritten.string, flags);
	if (!code)
		return 0;
	regerror(code, ret_pattern, why, size);
	return code == REG_ESPACE ? -ENOMEM : -EINVAL;
}
