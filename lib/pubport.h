/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright 2026 The pubport authors */
/*
 * pubport.h - publish ports of containers, VMs and network namespaces
 *
 * A mapping leads one (host address, protocol, host port or range) to one
 * (target address, port or range).  All mappings of a network namespace live
 * in its nftables table "inet pubport"; the kernel's table is the only state.
 *
 * Conventions:
 *  - Functions return 0 or a negative errno, and describe a failure in the
 *    caller's struct pubport_error, which may be NULL and stays untouched on
 *    success.  Results are stored on success only.
 *  - Nothing prints, exits or keeps global state.  Use one context a thread.
 *  - Runtimes are asked by their commands, from which a process that ignores
 *    SIGCHLD learns nothing.
 *  - Addresses are in network byte order; ports are in host byte order.
 */
#ifndef PUBPORT_H
#define PUBPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------- errors -- */

/* What went wrong, as a class; also the exit status of the command line. */
enum pubport_status {
	PUBPORT_DONE = 0,
	PUBPORT_FAILED = 1,    /* the kernel or a file refused */
	PUBPORT_USAGE = 2,     /* wrong usage or input */
	PUBPORT_CONFLICT = 3,  /* key published already, or port in use */
	PUBPORT_NOT_FOUND = 4, /* no such mapping or target */
	PUBPORT_NOT_PERMITTED = 5,
};

/* index of an error that no single input caused */
#define PUBPORT_NO_INDEX ((size_t)-1)

/**
 * struct pubport_error - why a call failed
 * @code: negative errno, as returned
 * @status: the class of the failure
 * @index: which of the inputs (spec, key, entry) caused it, from 0, or
 *	PUBPORT_NO_INDEX
 * @message: one line "WHAT: WHY", with the user's own words quoted; printable
 * @hint: a command that helps, or ""; printable
 */
struct pubport_error {
	int code;
	enum pubport_status status;
	size_t index;
	char message[384];
	char hint[256];
};

/* ----------------------------------------------------- the plain values -- */

enum pubport_family {
	PUBPORT_IPV4 = 4,
	PUBPORT_IPV6 = 6,
};

enum pubport_protocol {
	PUBPORT_TCP = 6, /* IPPROTO_ numbers */
	PUBPORT_UDP = 17,
	PUBPORT_SCTP = 132,
};

#define PUBPORT_ADDR_TEXT_SIZE 46     /* longest IPv6 text and its NUL */
#define PUBPORT_NETWORK_TEXT_SIZE 50  /* "ADDR/PREFIX" and NUL */
#define PUBPORT_KEY_TEXT_SIZE 72      /* "[ADDR]:PORT-PORT/sctp" and NUL */
#define PUBPORT_MAPPING_TEXT_SIZE 144 /* "KEY -> [ADDR]:PORT-PORT/sctp" */
#define PUBPORT_NAME_SIZE 64	      /* a mapping's name and its NUL */
#define PUBPORT_TARGET_SIZE 110	      /* a target as written and its NUL */
#define PUBPORT_IMAGE_SIZE 56	      /* an image's name and its NUL */
#define PUBPORT_HELPER_SIZE 16	      /* a kernel helper's name and its NUL */
#define PUBPORT_IFNAME_SIZE 16	      /* IFNAMSIZ */
#define PUBPORT_PROCESS_SIZE 16	      /* a command name and its NUL */

/**
 * struct pubport_addr - an address
 * @family: which bytes count
 * @bytes: network byte order; IPv4 uses the first four, the rest is zero
 */
struct pubport_addr {
	enum pubport_family family;
	uint8_t bytes[16];
};

/**
 * struct pubport_network - the addresses that begin alike
 * @addr: the first of them: what comes after the prefix is zero
 * @prefix: how many bits they share, 0 to 32 or 128
 */
struct pubport_network {
	struct pubport_addr addr;
	unsigned int prefix;
};

/**
 * struct pubport_ports - a port or a range of ports
 * @first: 1 to 65535, or 0 where a free one is to be chosen
 * @last: @first for a single port
 */
struct pubport_ports {
	uint16_t first;
	uint16_t last;
};

/**
 * struct pubport_key - the left side of a mapping, which identifies it
 * @host: an address of the host; all zero is every address of the family
 * @interface: where connections must come in, and @host is all zero then; ""
 *	for anywhere, the host itself included
 * @protocol: transport protocol
 * @ports: host port or range
 */
struct pubport_key {
	struct pubport_addr host;
	char interface[PUBPORT_IFNAME_SIZE];
	enum pubport_protocol protocol;
	struct pubport_ports ports;
};

/**
 * struct pubport_spec - what to publish, as parsed from a SPEC
 * @text: the user's words, for messages; borrowed, lives as long as the spec
 * @has_host: whether @host was given; without it every host address of each
 *	family in which the target has an address
 * @on_loopback: without @host, only 127.0.0.1 and ::1 instead
 * @host: host address
 * @interface: where connections must come in, or ""
 * @host_ports: first 0 = choose a free port; wider than @target_ports =
 *	choose a free one of these
 * @target: target as written in the SPEC, or ""
 * @target_ports: target port or range
 * @protocol: transport protocol
 */
struct pubport_spec {
	const char *text;
	bool has_host;
	bool on_loopback;
	struct pubport_addr host;
	char interface[PUBPORT_IFNAME_SIZE];
	struct pubport_ports host_ports;
	char target[PUBPORT_TARGET_SIZE];
	struct pubport_ports target_ports;
	enum pubport_protocol protocol;
};

enum pubport_mapping_flag {
	PUBPORT_MAPPING_NO_LOOPBACK = 1 << 0, /* not by 127.0.0.1, [::1] */
	PUBPORT_MAPPING_CHOSEN = 1 << 1,  /* its host port was chosen for it */
	PUBPORT_MAPPING_LIMITED = 1 << 2, /* only for the networks in @from */
	PUBPORT_MAPPING_SHIELD = 1 << 3,  /* no other way to its target */
	PUBPORT_MAPPING_MASQUERADE = 1 << 4, /* its target sees this host */
	PUBPORT_MAPPING_RESERVED = 1
				   << 5, /* its host port was reserved for it */
	PUBPORT_MAPPING_SYMMETRIC = 1 << 6, /* answers go as clients came */
};

/**
 * struct pubport_mapping - one published port or range
 * @key: left side
 * @target_addr: where it leads; same family as @key
 * @target_ports: as many as in @key
 * @flags: enum pubport_mapping_flag, or'ed
 * @created: seconds since the epoch, UTC
 * @expires: seconds since the epoch, UTC, or 0 for never
 * @connections: connections so far, counted by the kernel
 * @name: name, printable, never empty
 * @target: target as the user wrote it, addresses in their usual spelling;
 *	printable
 * @image: image of the container, printable, or ""
 * @helper: kernel helper that looks into its connections, such as "tftp", or ""
 * @from: networks of the clients that may connect, of the family of @key, in
 *	order, none in another; NULL for everyone; belongs to the struct
 *	pubport_mappings that the mapping is in
 * @from_count: number of @from
 */
struct pubport_mapping {
	struct pubport_key key;
	struct pubport_addr target_addr;
	struct pubport_ports target_ports;
	unsigned int flags;
	int64_t created;
	int64_t expires;
	uint64_t connections;
	char name[PUBPORT_NAME_SIZE];
	char target[PUBPORT_TARGET_SIZE];
	char image[PUBPORT_IMAGE_SIZE];
	char helper[PUBPORT_HELPER_SIZE];
	struct pubport_network *from;
	size_t from_count;
};

/**
 * struct pubport_mappings - an array of mappings on the heap
 * @items: free with pubport_mappings_done()
 * @count: number of @items
 */
struct pubport_mappings {
	struct pubport_mapping *items;
	size_t count;
};

void pubport_mappings_done(struct pubport_mappings *mappings);
int pubport_mappings_sort(struct pubport_mappings *mappings);

/* ---------------------------------------------------------- text <-> value --
 */

int pubport_addr_parse(const char *text, struct pubport_addr *ret_addr);
const char *pubport_addr_format(const struct pubport_addr *addr, char *buffer,
				size_t size);
bool pubport_addr_is_any(const struct pubport_addr *addr);
int pubport_addr_compare(const struct pubport_addr *a,
			 const struct pubport_addr *b);
const char *pubport_protocol_name(enum pubport_protocol protocol);
int pubport_network_parse(const char *text, struct pubport_network *ret_network,
			  struct pubport_error *error);
const char *pubport_network_format(const struct pubport_network *network,
				   char *buffer, size_t size);

int pubport_spec_parse(const char *text, struct pubport_spec *ret_spec,
		       struct pubport_error *error);
int pubport_key_parse(const char *text, bool *ret_has_host,
		      struct pubport_key *ret_key, struct pubport_error *error);
const char *pubport_key_format(const struct pubport_key *key, char *buffer,
			       size_t size);
const char *pubport_mapping_format(const struct pubport_mapping *mapping,
				   char *buffer, size_t size);
int pubport_duration_parse(const char *text, uint32_t *ret_seconds,
			   struct pubport_error *error);
int pubport_name_check(const char *name, struct pubport_error *error);
int pubport_ports_format(const struct pubport_mapping *const *mappings,
			 size_t count, char **ret_text);

int pubport_mappings_to_json(const struct pubport_mappings *mappings,
			     char **ret_text);
int pubport_mapping_to_json(const struct pubport_mapping *mapping,
			    char **ret_text);
int pubport_mappings_from_json(const char *text,
			       struct pubport_mappings *ret_mappings,
			       struct pubport_error *error);
int pubport_error_to_json(const struct pubport_error *error, char **ret_text);

/* ------------------------------------------------------------ a context -- */

struct pubport;

/**
 * typedef pubport_notice_fn - receives what a user should know
 * @data: as given to pubport_set_notice()
 * @message: one printable line without a newline, such as a host setting that
 *	was changed or a kind of client that can't be served
 */
typedef void (*pubport_notice_fn)(void *data, const char *message);

/**
 * typedef pubport_progress_fn - receives how far a call is
 * @data: as given to pubport_set_progress()
 * @what: what it does, such as "reading the table"; NULL when it returns
 * @done: how much of that is done
 * @total: of how much, or 0 where that is not known
 *
 * Calls that may take long tell it in their own thread, and often.
 */
typedef void (*pubport_progress_fn)(void *data, const char *what, size_t done,
				    size_t total);

int pubport_open(struct pubport **ret_context, struct pubport_error *error);
void pubport_close(struct pubport *context);
void pubport_set_notice(struct pubport *context, pubport_notice_fn notice,
			void *data);
void pubport_set_progress(struct pubport *context, pubport_progress_fn progress,
			  void *data);
const char *pubport_version(void);

/* -------------------------------------------------------------- targets -- */

#define PUBPORT_TARGET_ADDRS 16

/**
 * struct pubport_target_addr - an address of a target that the host reaches
 * @addr: the address
 * @interface: the host's interface towards it
 */
struct pubport_target_addr {
	struct pubport_addr addr;
	char interface[PUBPORT_IFNAME_SIZE];
};

/**
 * struct pubport_listener - a port on which something listens
 * @addr: local address; all zero for every address
 * @protocol: tcp, udp or sctp
 * @port: local port
 */
struct pubport_listener {
	struct pubport_addr addr;
	enum pubport_protocol protocol;
	uint16_t port;
};

/**
 * struct pubport_target - something that can be published
 * @text: how to write it after --to, such as "netns:web"
 * @image: image of the container, or ""
 * @process: command name of a process in it, or ""
 * @pid: a process in it, or 0
 * @addrs: its addresses that the host reaches on-link
 * @addr_count: number of @addrs
 * @listeners: ports that are open in it, sorted by port; on the heap
 * @listener_count: number of @listeners
 */
struct pubport_target {
	char text[PUBPORT_TARGET_SIZE];
	char image[PUBPORT_IMAGE_SIZE];
	char process[PUBPORT_PROCESS_SIZE];
	int pid;
	struct pubport_target_addr addrs[PUBPORT_TARGET_ADDRS];
	size_t addr_count;
	struct pubport_listener *listeners;
	size_t listener_count;
};

/**
 * struct pubport_targets - an array of targets on the heap
 * @items: free with pubport_targets_done()
 * @count: number of @items
 */
struct pubport_targets {
	struct pubport_target *items;
	size_t count;
};

void pubport_targets_done(struct pubport_targets *targets);
int pubport_targets_list(struct pubport *context,
			 struct pubport_targets *ret_targets,
			 struct pubport_error *error);
int pubport_targets_to_json(const struct pubport_targets *targets,
			    char **ret_text);

/* ------------------------------------------------- publish and unpublish -- */

enum pubport_add_flag {
	PUBPORT_ADD_REPLACE = 1 << 0,	  /* take over keys that exist */
	PUBPORT_ADD_FORCE = 1 << 1,	  /* host address may be missing yet */
	PUBPORT_ADD_NO_LOOPBACK = 1 << 2, /* not by 127.0.0.1, [::1] */
	PUBPORT_ADD_SHIELD = 1 << 3,	  /* no other way to the target */
	PUBPORT_ADD_MASQUERADE = 1 << 4,  /* the target sees this host */
	PUBPORT_ADD_EVERY_PORT = 1 << 5,  /* also those it listens on, to free
					   * ones; then @specs may be none */
	PUBPORT_ADD_SYMMETRIC = 1 << 6,	  /* answers go as clients came */
	PUBPORT_ADD_IGNORE_EXISTING = 1 << 7, /* what is so already is fine */
};

/**
 * struct pubport_add_request - what to publish, all or nothing
 * @size: sizeof(struct pubport_add_request), for later versions
 * @specs: what to publish
 * @spec_count: number of @specs
 * @targets: targets for specs that name none, at most one a family; none:
 *	the only one that pubport_targets_list() finds
 * @target_count: number of @targets
 * @name: name of the mappings, or NULL for the target's own
 * @flags: enum pubport_add_flag, or'ed
 * @ttl: seconds after which the kernel ends the mappings, or 0 for never
 * @from: networks of the clients that may connect, besides the host itself;
 *	in a family of which there is none, the host alone may
 * @from_count: number of @from, or 0 for everyone
 * @helper: kernel helper that is to look into the connections, such as "tftp",
 *	"none" for none, or NULL for none unless it can't do without
 */
struct pubport_add_request {
	size_t size;
	const struct pubport_spec *specs;
	size_t spec_count;
	const char *const *targets;
	size_t target_count;
	const char *name;
	unsigned int flags;
	uint32_t ttl;
	const struct pubport_network *from;
	size_t from_count;
	const char *helper;
};

int pubport_plan(struct pubport *context,
		 const struct pubport_add_request *request,
		 struct pubport_mappings *ret_planned, char **ret_nft,
		 struct pubport_error *error);
int pubport_add(struct pubport *context,
		const struct pubport_add_request *request,
		struct pubport_mappings *ret_added,
		struct pubport_error *error);

enum pubport_remove_flag {
	PUBPORT_REMOVE_IGNORE_MISSING = 1 << 0,
	PUBPORT_REMOVE_ALL = 1 << 1,
	PUBPORT_REMOVE_DRAIN = 1 << 2, /* let live flows end by themselves */
};

/**
 * struct pubport_remove_request - what to unpublish, all or nothing
 * @size: sizeof(struct pubport_remove_request), for later versions
 * @texts: KEYs or SPECs, as pubport_key_parse() and pubport_spec_parse() take
 * @text_count: number of @texts
 * @name: also each mapping of this name, or NULL
 * @target: also each mapping to this target, as written or as an address, or
 *	NULL
 * @flags: enum pubport_remove_flag, or'ed
 */
struct pubport_remove_request {
	size_t size;
	const char *const *texts;
	size_t text_count;
	const char *name;
	const char *target;
	unsigned int flags;
};

int pubport_remove(struct pubport *context,
		   const struct pubport_remove_request *request,
		   struct pubport_mappings *ret_removed,
		   struct pubport_error *error);

enum pubport_apply_flag {
	PUBPORT_APPLY_FORCE = 1 << 0,	/* as PUBPORT_ADD_FORCE */
	PUBPORT_APPLY_DRY_RUN = 1 << 1, /* change nothing */
};

/**
 * struct pubport_apply_request - what is to be published, and nothing else
 * @size: sizeof(struct pubport_apply_request), for later versions
 * @mappings: as pubport_mappings_from_json() or pubport_list() returns them;
 *	one that was created at 0 is created now; one that expires lasts until
 *	then, and is left out when that is over
 * @flags: enum pubport_apply_flag, or'ed
 */
struct pubport_apply_request {
	size_t size;
	const struct pubport_mappings *mappings;
	unsigned int flags;
};

/**
 * struct pubport_difference - mappings that go and mappings that come
 * @removed: as they were; those that another one of the same key takes the
 *	place of come last
 * @added: as they are wanted
 */
struct pubport_difference {
	struct pubport_mappings removed;
	struct pubport_mappings added;
};

int pubport_apply(struct pubport *context,
		  const struct pubport_apply_request *request,
		  struct pubport_difference *ret_difference,
		  struct pubport_error *error);
void pubport_difference_done(struct pubport_difference *difference);
int pubport_difference_to_json(const struct pubport_difference *difference,
			       char **ret_text);

int pubport_list(struct pubport *context, struct pubport_mappings *ret_mappings,
		 struct pubport_error *error);
int pubport_flush(struct pubport *context, unsigned int remove_flags,
		  struct pubport_error *error);

/* --------------------------------------------------------------- doctor -- */

enum pubport_finding_status {
	PUBPORT_FINDING_OK,
	PUBPORT_FINDING_NOTE,  /* to be known, but perhaps wanted */
	PUBPORT_FINDING_WRONG, /* keeps clients out */
};

/* whose way it is about */
enum pubport_client {
	PUBPORT_CLIENT_ANY,
	PUBPORT_CLIENT_REMOTE,	  /* other machines */
	PUBPORT_CLIENT_LOOPBACK,  /* this host, through 127.0.0.1 or [::1] */
	PUBPORT_CLIENT_NEIGHBOUR, /* the target itself and its neighbours */
};

/**
 * struct pubport_finding - what is so, on the way of a packet
 * @status: whether that is fine
 * @client: for whom
 * @check: what was looked at: a word or two, constant
 * @subject: what it is about: "this host", a target or a mapping
 * @key: key of the mapping that it is about, or NULL
 * @target: address of the target that it is about, or NULL
 * @message: how it is
 * @by: who does it: a process, a rule, a setting; or NULL
 * @fix: a command that mends it: its words, then NULL; or NULL
 * @ask_first: whether that command may not be what the user wants, so that it
 *	must not be run unasked
 *
 * All texts are printable, but for the words of @fix.
 */
struct pubport_finding {
	enum pubport_finding_status status;
	enum pubport_client client;
	const char *check;
	char *subject;
	char *key;
	char *target;
	char *message;
	char *by;
	char **fix;
	bool ask_first;
};

/**
 * struct pubport_findings - an array of findings on the heap
 * @items: free with pubport_findings_done()
 * @count: number of @items
 */
struct pubport_findings {
	struct pubport_finding *items;
	size_t count;
};

/**
 * struct pubport_doctor_request - what to look at
 * @size: sizeof(struct pubport_doctor_request), for later versions
 * @text: a KEY or SPEC, as for pubport_remove(), or NULL for all mappings
 * @client: look at the way of this client, or NULL for all that there could be
 * @state: file in which keep records the mappings, or NULL for its own
 */
struct pubport_doctor_request {
	size_t size;
	const char *text;
	const struct pubport_addr *client;
	const char *state;
};

int pubport_doctor(struct pubport *context,
		   const struct pubport_doctor_request *request,
		   struct pubport_findings *ret_findings,
		   struct pubport_error *error);
void pubport_findings_done(struct pubport_findings *findings);
int pubport_finding_fix_format(const struct pubport_finding *finding,
			       char **ret_text);
int pubport_findings_to_json(const struct pubport_findings *findings,
			     char **ret_text);

/* ---------------------------------------------------------------- watch -- */

enum pubport_change {
	PUBPORT_CHANGE_ADDED,
	PUBPORT_CHANGE_REMOVED,
	PUBPORT_CHANGE_EXPIRED,	 /* ended by itself */
	PUBPORT_CHANGE_REPLACED, /* the key leads elsewhere */
	PUBPORT_CHANGE_TABLE_LOST,
	PUBPORT_CHANGE_TABLE_RESTORED,
};

/**
 * struct pubport_event - a change
 * @change: what happened
 * @mapping: to which mapping, as it is now, or was last; NULL for the table's
 * @before: the mapping that was replaced, or NULL
 * @with_table: whether a mapping was removed because its table was lost
 * @time: when it was seen, in seconds since the epoch
 * @pid: process that did it, as the first namespace of processes numbers it; 0
 *	for nobody and for not known
 * @process: its command name, printable, or ""
 *
 * A table is lost when it goes with mappings in it, and not by this library; an
 * event for each of the mappings follows.  It is restored when it is there
 * again.
 *
 * The mappings belong to the watch, and live until it is asked again.
 */
struct pubport_event {
	enum pubport_change change;
	const struct pubport_mapping *mapping;
	const struct pubport_mapping *before;
	bool with_table;
	int64_t time;
	int pid;
	char process[PUBPORT_PROCESS_SIZE];
};

struct pubport_watch;

int pubport_watch_open(struct pubport *context,
		       struct pubport_watch **ret_watch,
		       struct pubport_error *error);
int pubport_watch_fd(const struct pubport_watch *watch);
int pubport_watch_next(struct pubport_watch *watch,
		       struct pubport_event *ret_event,
		       struct pubport_error *error);
int pubport_watch_list(const struct pubport_watch *watch,
		       struct pubport_mappings *ret_mappings,
		       struct pubport_error *error);
void pubport_watch_close(struct pubport_watch *watch);
const char *pubport_change_name(enum pubport_change change);
int pubport_event_to_json(const struct pubport_event *event, char **ret_text);

/* ---------------------------------------------------------------- stats -- */

/**
 * struct pubport_stat - what the connections of a mapping do
 * @mapping: the mapping, with its connections so far
 * @time: when it was looked at, in seconds since the epoch
 * @connections_now: how many of them are open
 * @is_counted: whether packets and bytes are counted: because of
 *	pubport_stats_count(), or else if net.netfilter.nf_conntrack_acct is 1
 * @counted_since: all are, since that time, in seconds since the epoch; or 0:
 *	only those of the connections that the kernel remembers, which are those
 *	that are open and those that ended a short time ago
 * @packets_in: from clients
 * @packets_out: to clients
 * @bytes_in: from clients, with IP headers
 * @bytes_out: to clients
 */
struct pubport_stat {
	struct pubport_mapping mapping;
	int64_t time;
	uint64_t connections_now;
	bool is_counted;
	int64_t counted_since;
	uint64_t packets_in;
	uint64_t packets_out;
	uint64_t bytes_in;
	uint64_t bytes_out;
};

/**
 * struct pubport_stats - an array of them on the heap
 * @items: free with pubport_stats_done()
 * @count: number of @items
 */
struct pubport_stats {
	struct pubport_stat *items;
	size_t count;
};

int pubport_stats_count(struct pubport *context, bool counts,
			struct pubport_error *error);
int pubport_stats_list(struct pubport *context, struct pubport_stats *ret_stats,
		       struct pubport_error *error);
void pubport_stats_done(struct pubport_stats *stats);
int pubport_stat_to_json(const struct pubport_stat *stat, char **ret_text);
int pubport_stats_to_json(const struct pubport_stats *stats, char **ret_text);

/* ----------------------------------------------------------------- keep -- */

struct pubport_keep;

int pubport_keep_open(struct pubport *context,
		      const struct pubport_mappings *recorded,
		      struct pubport_keep **ret_keep,
		      struct pubport_error *error);
int pubport_keep_fd(const struct pubport_keep *keep);
int pubport_keep_run(struct pubport_keep *keep, bool *ret_changed,
		     int *ret_timeout_ms, struct pubport_error *error);
int pubport_keep_list(const struct pubport_keep *keep,
		      struct pubport_mappings *ret_mappings,
		      struct pubport_error *error);
void pubport_keep_close(struct pubport_keep *keep);

#ifdef __cplusplus
}
#endif
#endif
