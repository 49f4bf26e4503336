/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who listens: where a mapping leads, and on the host, which it shuts out. */
#include "doctor/doctor.h"

#include "host/listener.h"
#include "host/process.h"
#include "mapping/addr.h"
#include "mapping/key.h"
#include "mapping/mapping.h"
#include "table/lookup.h"
#include "util/strbuf.h"

/* that many ports are named of those that something else listens on */
#define OTHERS_MAX 8

static void tell_process(struct report *report,
			 const struct socket_entry *socket)
{
	struct process process;

	if (!process_find_socket(socket->inode, &process))
		report_by(report, "%s (pid %d)", process.name, process.pid);
	else
		report_by(report, "a process that can't be seen");
}

/**
 * doctor_check_shadow() - look for a process that a mapping shuts out
 *
 * A mapping_check_fn.
 */
int doctor_check_shadow(struct doctor *doctor, struct scene_target *target,
			const struct pubport_mapping *mapping)
{
	struct report *report = &doctor->report;
	const struct pubport_key *key = &mapping->key;
	const struct socket_entry *socket = NULL;

	(void)target;
	while ((socket = sockets_find(&doctor->sockets, key->protocol,
				      key->ports, socket))) {
		if (!listener_takes(mapping, socket))
			continue;
		report_wrong(report, PUBPORT_CLIENT_ANY, "local listener",
			     "a process of this host listens on port %u/%s, "
			     "but gets no connections: the mapping takes them",
			     socket->port,
			     pubport_protocol_name(socket->protocol));
		tell_process(report, socket);
		report_fix(report, "pubport", "rm", report->key);
		report_ask_first(report);
		return 0;
	}
	return 0;
}

/**
 * struct hearing - who listens on the ports that a mapping leads to
 * @mapping: which
 * @heard: whether somebody listens on one of its ports
 * @other: somebody who listens on one of them, but at another address
 */
struct hearing {
	const struct pubport_mapping *mapping;
	bool heard;
	const struct socket_entry *other;
};

/* where packets arrive: at the target's address, or at the one asked for */
static bool hears(const struct pubport_mapping *mapping,
		  const struct socket_entry *socket)
{
	const struct pubport_addr *addr = mapping_is_redirect(mapping)
						  ? &mapping->key.host
						  : &mapping->target_addr;

	if (!socket_overlaps(socket, addr))
		return false;
	/* a service at 127.0.0.1 alone hears no other machine */
	return !pubport_addr_is_any(addr) || !addr_is_loopback(&socket->addr);
}

static void listen_for(const struct sockets *sockets, struct hearing *hearing)
{
	const struct pubport_mapping *mapping = hearing->mapping;
	const struct socket_entry *socket = NULL;

	while ((socket = sockets_find(sockets, mapping->key.protocol,
				      mapping->target_ports, socket)))
		if (hears(mapping, socket))
			hearing->heard = true;
		else
			hearing->other = socket;
}

/* what else is there of that protocol, to choose from */
static void print_others(FILE *out, const struct sockets *sockets,
			 const struct pubport_mapping *mapping)
{
	const struct pubport_ports all = { 1, UINT16_MAX };
	const struct socket_entry *socket = NULL;
	uint16_t last = 0;
	size_t shown = 0;

	while (shown < OTHERS_MAX &&
	       (socket = sockets_find(sockets, mapping->key.protocol, all,
				      socket))) {
		if (socket->port == last || !hears(mapping, socket))
			continue;
		last = socket->port;
		fprintf(out, "%s%u", shown++ ? ", " : "; it listens on ", last);
	}
	if (shown)
		fprintf(out, "/%s",
			pubport_protocol_name(mapping->key.protocol));
}

static int tell_nobody(struct doctor *doctor, const char *where,
		       const struct sockets *sockets,
		       const struct pubport_mapping *mapping)
{
	struct strbuf others CLEANUP(strbuf_done) = { .out = NULL };
	char ports[PORTS_TEXT_SIZE];

	if (strbuf_open(&others))
		return -ENOMEM;
	print_others(others.out, sockets, mapping);
	if (strbuf_close(&others))
		return -ENOMEM;
	ports_format(mapping->target_ports, ports, sizeof(ports));
	/* a range is kept for what comes, and sctp may be a program's own */
	if (mapping_is_range(mapping) ||
	    mapping->key.protocol == PUBPORT_SCTP) {
		report_note(&doctor->report, PUBPORT_CLIENT_ANY, "listener",
			    "nobody is seen to listen on port %s/%s in %s%s",
			    ports, pubport_protocol_name(mapping->key.protocol),
			    where, others.string);
		return 0;
	}
	report_wrong(&doctor->report, PUBPORT_CLIENT_ANY, "listener",
		     "nothing listens on port %s/%s in %s%s: start its service",
		     ports, pubport_protocol_name(mapping->key.protocol), where,
		     others.string);
	report_by(&doctor->report, "%s", where);
	return 0;
}

/* a connection is translated once: what leads to a published port of this host
 * goes no further */
static int tell_published(struct doctor *doctor,
			  const struct pubport_mapping *mapping, bool *ret_told)
{
	const struct pubport_addr *addr = mapping_is_redirect(mapping)
						  ? &mapping->key.host
						  : &mapping->target_addr;
	uint16_t port = mapping->target_ports.first;
	const struct pubport_key packet = {
		.host = *addr,
		.protocol = mapping->key.protocol,
		.ports = { port, port },
	};
	struct pubport_mapping published;
	char text[PUBPORT_MAPPING_TEXT_SIZE];
	struct netlink *nft = &doctor->scene.context->nft;
	int code = table_lookup(nft, &packet, &published);

	if (code == -ENOENT && pubport_addr_is_any(addr))
		code = table_lookup_narrower(nft, &packet, &published);
	*ret_told = !code;
	if (code)
		return code == -ENOENT ? 0 : code;
	report_wrong(&doctor->report, PUBPORT_CLIENT_ANY, "listener",
		     "port %u/%s of this host is published itself, to "
		     "%s, and a connection is led only once",
		     port, pubport_protocol_name(mapping->key.protocol),
		     published.target);
	report_by(&doctor->report, "%s",
		  pubport_mapping_format(&published, text, sizeof(text)));
	/* which then leads to the other's target */
	report_fix_republish(&doctor->report, &mapping, 1);
	return 0;
}

static void tell_elsewhere(struct doctor *doctor, const char *where,
			   const struct pubport_mapping *mapping,
			   const struct socket_entry *other)
{
	const struct pubport_ports ports = { other->port, other->port };
	char text[ADDR_PORTS_TEXT_SIZE];

	report_wrong(&doctor->report, PUBPORT_CLIENT_ANY, "listener",
		     "the service in %s listens on %s only: have it listen on "
		     "%s",
		     where,
		     addr_ports_format(&other->addr, ports, text, sizeof(text)),
		     mapping->key.host.family == PUBPORT_IPV4 ? "0.0.0.0"
							      : "[::]");
	tell_process(&doctor->report, other);
}

/**
 * doctor_check_listener() - look whether somebody listens where a mapping leads
 *
 * A mapping_check_fn.
 */
int doctor_check_listener(struct doctor *doctor, struct scene_target *target,
			  const struct pubport_mapping *mapping)
{
	struct hearing hearing = { .mapping = mapping };
	bool is_told = false;
	int code = 0;
	const struct sockets *sockets = &target->interior.sockets;
	const char *where = target->interior.text;
	char ports[PORTS_TEXT_SIZE];

	if (target->is_local) {
		sockets = &doctor->sockets;
		where = "this host";
	} else if (!target->is_reached || !target->interior.known) {
		return 0;
	}
	listen_for(sockets, &hearing);
	if (!hearing.heard && hearing.other) {
		tell_elsewhere(doctor, where, mapping, hearing.other);
		return 0;
	}
	if (!hearing.heard && target->is_local)
		code = tell_published(doctor, mapping, &is_told);
	if (code || is_told)
		return code;
	if (!hearing.heard)
		return tell_nobody(doctor, where, sockets, mapping);
	report_ok(&doctor->report, PUBPORT_CLIENT_ANY, "listener",
		  "port %s/%s is open in %s",
		  ports_format(mapping->target_ports, ports, sizeof(ports)),
		  pubport_protocol_name(mapping->key.protocol), where);
	return 0;
}
