/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SPECs, as a user writes them.
 *
 * What is one has ports that make sense, and says the same when all of its
 * fields are written out.  What is none says why, and nothing is stored.
 */
#include "harness/fuzz.h"
#include "mapping/key.h"
#include "mapping/target_name.h"

#define TEXT_SIZE 512

static unsigned int width(struct pubport_ports ports)
{
	return ports.last - ports.first + 1U;
}

static void check_ports(const struct pubport_spec *spec)
{
	const struct pubport_ports *host = &spec->host_ports;
	const struct pubport_ports *target = &spec->target_ports;

	CHECK(target->first && target->first <= target->last);
	CHECK(host->first ? host->first <= host->last : !host->last);
	CHECK(!host->first || width(*host) == width(*target) ||
	      width(*target) == 1);
}

/* HOST:HOSTPORTS:[TARGET:]PORTS/PROTO */
static void write_spec(const struct pubport_spec *spec, char *ret_text)
{
	char addr[PUBPORT_ADDR_TEXT_SIZE] = "";
	char host[PORTS_TEXT_SIZE] = "", target[PORTS_TEXT_SIZE];
	bool is_ipv6 = spec->host.family == PUBPORT_IPV6;

	if (spec->on_loopback)
		strcpy(addr, "localhost");
	if (spec->has_host)
		pubport_addr_format(&spec->host, addr, sizeof(addr));
	if (spec->host_ports.first)
		ports_format(spec->host_ports, host, sizeof(host));
	ports_format(spec->target_ports, target, sizeof(target));
	snprintf(ret_text, TEXT_SIZE, "%s%s%s:%s:%s%s%s/%s", is_ipv6 ? "[" : "",
		 addr, is_ipv6 ? "]" : "", host, spec->target,
		 *spec->target ? ":" : "", target,
		 pubport_protocol_name(spec->protocol));
}

static void check_again(const struct pubport_spec *spec)
{
	struct pubport_spec again;
	char text[TEXT_SIZE];

	write_spec(spec, text);
	/* longer than a user may write, or where a name ends as an address does
	 */
	if (strlen(text) > SPEC_TEXT_MAX ||
	    (*spec->target != '[' && strchr(spec->target, ']')))
		return;
	CHECK(!pubport_spec_parse(text, &again, NULL));
	CHECK(again.has_host == spec->has_host);
	CHECK(again.on_loopback == spec->on_loopback);
	CHECK(!spec->has_host ||
	      !pubport_addr_compare(&again.host, &spec->host));
	CHECK(again.host_ports.first == spec->host_ports.first);
	CHECK(again.host_ports.last == spec->host_ports.last);
	CHECK(again.target_ports.first == spec->target_ports.first);
	CHECK(again.target_ports.last == spec->target_ports.last);
	CHECK(again.protocol == spec->protocol);
	CHECK(!strcmp(again.target, spec->target));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(free) char *text = text_of(data, size);
	struct pubport_error error;
	struct pubport_spec spec;
	int code;

	memset(&spec, UNTOUCHED, sizeof(spec));
	code = pubport_spec_parse(text, &spec, &error);
	if (code) {
		check_error(&error, code);
		CHECK(code == -EINVAL && error.status == PUBPORT_USAGE);
		check_untouched(&spec, sizeof(spec));
		return 0;
	}
	CHECK(spec.text == text);
	CHECK(!*spec.target || !target_name_why_wrong(spec.target));
	check_ports(&spec);
	check_again(&spec);
	return 0;
}
