/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A user of the installed library, in C99 and in C++: publish, list, remove. */
#include <pubport.h>

#include <stdio.h>
#include <string.h>

static int fail(const struct pubport_error *error)
{
	fprintf(stderr, "consumer: %s\n", error->message);
	return (int)error->status;
}

static int publish(struct pubport *context, const char *text,
		   struct pubport_error *error)
{
	const char *target = "172.17.0.2";
	struct pubport_add_request request;
	struct pubport_mappings added;
	struct pubport_spec spec;
	int r;

	r = pubport_spec_parse(text, &spec, error);
	if (r < 0)
		return r;
	memset(&request, 0, sizeof(request));
	request.size = sizeof(request);
	request.specs = &spec;
	request.spec_count = 1;
	request.targets = &target;
	request.target_count = 1;
	r = pubport_add(context, &request, &added, error);
	if (r < 0)
		return r;
	pubport_mappings_done(&added);
	return 0;
}

static int show(struct pubport *context, struct pubport_error *error)
{
	char text[PUBPORT_MAPPING_TEXT_SIZE];
	struct pubport_mappings mappings;
	size_t i;
	int r;

	r = pubport_list(context, &mappings, error);
	if (r < 0)
		return r;
	for (i = 0; i < mappings.count; i++)
		puts(pubport_mapping_format(&mappings.items[i], text,
					    sizeof(text)));
	pubport_mappings_done(&mappings);
	return 0;
}

int main(int argc, char **argv)
{
	struct pubport_error error;
	struct pubport *context;
	int r;

	printf("version %s\n", pubport_version());
	r = pubport_open(&context, &error);
	if (r < 0)
		return fail(&error);
	r = publish(context, argc > 1 ? argv[1] : "8080:80", &error);
	if (r == 0)
		r = show(context, &error);
	if (r == 0)
		r = pubport_flush(context, 0, &error);
	pubport_close(context);
	return r < 0 ? fail(&error) : 0;
}
