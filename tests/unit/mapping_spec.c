/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The grammar of SPEC, KEY and name: what is taken, and what is said if not. */
#include "mapping/addr.h"
#include "mapping/key.h"
#include "mapping/target_name.h"
#include "unit.h"

#define LONG_NAME                                                              \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"     \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *text;
	const char *host; /* NULL for none */
	struct pubport_ports host_ports;
	const char *target;
	struct pubport_ports target_ports;
	enum pubport_protocol protocol;
} specs[] = {
	/* as docker run -p takes them */
	{ "80", NULL, { 0, 0 }, "", { 80, 80 }, PUBPORT_TCP },
	{ "80/udp", NULL, { 0, 0 }, "", { 80, 80 }, PUBPORT_UDP },
	{ "80-90", NULL, { 0, 0 }, "", { 80, 90 }, PUBPORT_TCP },
	{ ":80", NULL, { 0, 0 }, "", { 80, 80 }, PUBPORT_TCP },
	{ "::80", NULL, { 0, 0 }, "", { 80, 80 }, PUBPORT_TCP },
	{ "8080:80", NULL, { 8080, 8080 }, "", { 80, 80 }, PUBPORT_TCP },
	{ ":8080:80", NULL, { 8080, 8080 }, "", { 80, 80 }, PUBPORT_TCP },
	{ "0:80", NULL, { 0, 0 }, "", { 80, 80 }, PUBPORT_TCP },
	{ "1:65535", NULL, { 1, 1 }, "", { 65535, 65535 }, PUBPORT_TCP },
	{ "80:80/tcp", NULL, { 80, 80 }, "", { 80, 80 }, PUBPORT_TCP },
	{ "53:53/UDP", NULL, { 53, 53 }, "", { 53, 53 }, PUBPORT_UDP },
	{ "9:9/Sctp", NULL, { 9, 9 }, "", { 9, 9 }, PUBPORT_SCTP },
	{ "8000-8010:9000-9010",
	  NULL,
	  { 8000, 8010 },
	  "",
	  { 9000, 9010 },
	  PUBPORT_TCP },
	{ "8000-8010:80", NULL, { 8000, 8010 }, "", { 80, 80 }, PUBPORT_TCP },
	{ "1-65535:1-65535",
	  NULL,
	  { 1, 65535 },
	  "",
	  { 1, 65535 },
	  PUBPORT_TCP },
	{ "7-7:8", NULL, { 7, 7 }, "", { 8, 8 }, PUBPORT_TCP },
	{ "192.168.33.2:8080:80/tcp",
	  "192.168.33.2",
	  { 8080, 8080 },
	  "",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "0.0.0.0:1234-1235:3333-3334/tcp",
	  "0.0.0.0",
	  { 1234, 1235 },
	  "",
	  { 3333, 3334 },
	  PUBPORT_TCP },
	{ "127.0.0.1::80", "127.0.0.1", { 0, 0 }, "", { 80, 80 }, PUBPORT_TCP },
	{ "127.0.0.1:0:80",
	  "127.0.0.1",
	  { 0, 0 },
	  "",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "192.168.1.100::6000/udp",
	  "192.168.1.100",
	  { 0, 0 },
	  "",
	  { 6000, 6000 },
	  PUBPORT_UDP },
	/* as it takes them, too */
	{ "8080:80/", NULL, { 8080, 8080 }, "", { 80, 80 }, PUBPORT_TCP },
	{ "08080:080", NULL, { 8080, 8080 }, "", { 80, 80 }, PUBPORT_TCP },
	{ "1-05:0001-5", NULL, { 1, 5 }, "", { 1, 5 }, PUBPORT_TCP },
	{ "0-0:80", NULL, { 0, 0 }, "", { 80, 80 }, PUBPORT_TCP },
	{ "00:80", NULL, { 0, 0 }, "", { 80, 80 }, PUBPORT_TCP },
	{ "[127.0.0.1]:8080:80",
	  "127.0.0.1",
	  { 8080, 8080 },
	  "",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "[::ffff:127.0.0.1]:8080:80",
	  "127.0.0.1",
	  { 8080, 8080 },
	  "",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "::ffff:1.2.3.4::80",
	  "1.2.3.4",
	  { 0, 0 },
	  "",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "target=80", NULL, { 0, 0 }, "", { 80, 80 }, PUBPORT_TCP },
	{ "target=80-81,published=90-91,protocol=UDP",
	  NULL,
	  { 90, 91 },
	  "",
	  { 80, 81 },
	  PUBPORT_UDP },
	/* IPv6, bare and in brackets */
	{ "[::1]:80:80/udp", "::1", { 80, 80 }, "", { 80, 80 }, PUBPORT_UDP },
	{ "::1:80:80/udp", "::1", { 80, 80 }, "", { 80, 80 }, PUBPORT_UDP },
	{ "[2001:4860:0:2001::68]::333",
	  "2001:4860:0:2001::68",
	  { 0, 0 },
	  "",
	  { 333, 333 },
	  PUBPORT_TCP },
	{ "2001:4860:0:2001::68::333",
	  "2001:4860:0:2001::68",
	  { 0, 0 },
	  "",
	  { 333, 333 },
	  PUBPORT_TCP },
	{ "2001:db8::1:8080:80",
	  "2001:db8::1",
	  { 8080, 8080 },
	  "",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "::::80", "::", { 0, 0 }, "", { 80, 80 }, PUBPORT_TCP },
	{ ":::80:80", "::", { 80, 80 }, "", { 80, 80 }, PUBPORT_TCP },
	{ "[::]:8000-8010:80",
	  "::",
	  { 8000, 8010 },
	  "",
	  { 80, 80 },
	  PUBPORT_TCP },
	/* as ssh -L takes them */
	{ "8080:172.17.0.2:80",
	  NULL,
	  { 8080, 8080 },
	  "172.17.0.2",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "8080:[fd00::2]:80",
	  NULL,
	  { 8080, 8080 },
	  "[fd00::2]",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "8080:[172.17.0.2]:80",
	  NULL,
	  { 8080, 8080 },
	  "172.17.0.2",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "*:8080:flask:80",
	  NULL,
	  { 8080, 8080 },
	  "flask",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "8080:flask:80",
	  NULL,
	  { 8080, 8080 },
	  "flask",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "8080:host:80",
	  NULL,
	  { 8080, 8080 },
	  "host",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ ":8080:flask:80",
	  NULL,
	  { 8080, 8080 },
	  "flask",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "8000-8001:web_1.x-y:90-91/sctp",
	  NULL,
	  { 8000, 8001 },
	  "web_1.x-y",
	  { 90, 91 },
	  PUBPORT_SCTP },
	{ "192.168.33.2:8080:172.17.0.2:80",
	  "192.168.33.2",
	  { 8080, 8080 },
	  "172.17.0.2",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "[fd00::1]:8080:[fd00::2]:80",
	  "fd00::1",
	  { 8080, 8080 },
	  "[fd00::2]",
	  { 80, 80 },
	  PUBPORT_TCP },
	/* that the families differ is seen when it is planned */
	{ "192.168.33.2:8080:[fd00::2]:80",
	  "192.168.33.2",
	  { 8080, 8080 },
	  "[fd00::2]",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "::1:8080:flask:80",
	  "::1",
	  { 8080, 8080 },
	  "flask",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "flask:80", NULL, { 0, 0 }, "flask", { 80, 80 }, PUBPORT_TCP },
	{ "172.17.0.2:80",
	  NULL,
	  { 0, 0 },
	  "172.17.0.2",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "[fd00::2]:80",
	  NULL,
	  { 0, 0 },
	  "[fd00::2]",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "0:flask:80", NULL, { 0, 0 }, "flask", { 80, 80 }, PUBPORT_TCP },
	{ "192.168.33.2:flask:80",
	  "192.168.33.2",
	  { 0, 0 },
	  "flask",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "192.168.33.2::flask:80",
	  "192.168.33.2",
	  { 0, 0 },
	  "flask",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "[fd00::1]:flask:80",
	  "fd00::1",
	  { 0, 0 },
	  "flask",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "fd00::abc:flask:80",
	  "fd00::abc",
	  { 0, 0 },
	  "flask",
	  { 80, 80 },
	  PUBPORT_TCP },
	/* targets with a prefix */
	{ "8080:netns:web:80",
	  NULL,
	  { 8080, 8080 },
	  "netns:web",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "8080:netns:/run/netns/x:80/udp",
	  NULL,
	  { 8080, 8080 },
	  "netns:/run/netns/x",
	  { 80, 80 },
	  PUBPORT_UDP },
	{ "8080:pid:123:80",
	  NULL,
	  { 8080, 8080 },
	  "pid:123",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "pid:123:80", NULL, { 0, 0 }, "pid:123", { 80, 80 }, PUBPORT_TCP },
	{ "8080:docker:flask:80",
	  NULL,
	  { 8080, 8080 },
	  "docker:flask",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "8080:docker:123:80",
	  NULL,
	  { 8080, 8080 },
	  "docker:123",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "8080:podman:a:80",
	  NULL,
	  { 8080, 8080 },
	  "podman:a",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "8080:machine:a:80",
	  NULL,
	  { 8080, 8080 },
	  "machine:a",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "8080:lxc:a:80",
	  NULL,
	  { 8080, 8080 },
	  "lxc:a",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "8080:incus:a:80",
	  NULL,
	  { 8080, 8080 },
	  "incus:a",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "8080:libvirt:a:80",
	  NULL,
	  { 8080, 8080 },
	  "libvirt:a",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "[::1]:8080:docker:flask:80",
	  "::1",
	  { 8080, 8080 },
	  "docker:flask",
	  { 80, 80 },
	  PUBPORT_TCP },
	{ "192.168.33.2:docker:flask:80",
	  "192.168.33.2",
	  { 0, 0 },
	  "docker:flask",
	  { 80, 80 },
	  PUBPORT_TCP },
	/* a prefix alone is a name like any other */
	{ "8080:docker:80",
	  NULL,
	  { 8080, 8080 },
	  "docker",
	  { 80, 80 },
	  PUBPORT_TCP },
};

static void check_ports(const char *text, struct pubport_ports ports,
			struct pubport_ports expected)
{
	if (ports.first != expected.first || ports.last != expected.last)
		fail_msg("\"%s\": %u-%u instead of %u-%u", text, ports.first,
			 ports.last, expected.first, expected.last);
}

static void specs_are_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
		const char *text = specs[i].text;
		struct pubport_error error = { .message = "" };
		struct pubport_spec spec;
		struct pubport_addr host;

		if (pubport_spec_parse(text, &spec, &error))
			fail_msg("%s", error.message);
		assert_ptr_equal(spec.text, text);
		assert_int_equal(spec.has_host, specs[i].host != NULL);
		check_ports(text, spec.host_ports, specs[i].host_ports);
		check_ports(text, spec.target_ports, specs[i].target_ports);
		assert_string_equal(spec.target, specs[i].target);
		assert_int_equal(spec.protocol, specs[i].protocol);
		assert_string_equal(error.message, "");
		if (!specs[i].host)
			continue;
		host = addr(specs[i].host);
		assert_int_equal(pubport_addr_compare(&spec.host, &host), 0);
	}
}

static void localhost_is_either_loopback_address(void **state)
{
	struct pubport_addr host;
	struct pubport_spec spec;

	(void)state;
	assert_int_equal(
		pubport_spec_parse("localhost:8080:flask:80", &spec, NULL), 0);
	assert_true(spec.on_loopback && !spec.has_host);
	assert_int_equal(spec.host_ports.first, 8080);
	assert_string_equal(spec.target, "flask");
	host = spec_key(&spec, PUBPORT_IPV4).host;
	assert_true(
		addr_equal(&host, &(struct pubport_addr){ PUBPORT_IPV4,
							  { 127, 0, 0, 1 } }));
	host = spec_key(&spec, PUBPORT_IPV6).host;
	assert_true(addr_equal(&host, &(struct pubport_addr){ PUBPORT_IPV6,
							      { [15] = 1 } }));
}

static const struct {
	const char *text;
	const char *message;
} wrong_specs[] = {
	/* the text as a whole */
	{ "", "\"\": the port is missing" },
	{ " 80", "\" 80\": blanks, control and non-ASCII characters have no "
		 "place here" },
	{ "80\n", "\"80?\": blanks, control and non-ASCII characters have no "
		  "place here" },
	{ "80\x1b[31m", "\"80?[31m\": blanks, control and non-ASCII characters "
			"have no place here" },
	{ "8080:\xc3\xa9:80", "\"8080:??:80\": blanks, control and non-ASCII "
			      "characters have no place here" },
	{ LONG_NAME LONG_NAME,
	  "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "...\": longer than 200 characters" },
	/* target ports */
	{ ":", "\":\": the port is missing" },
	{ "8080:", "\"8080:\": the port is missing" },
	{ "/tcp", "\"/tcp\": the port is missing" },
	{ "8080:/tcp", "\"8080:/tcp\": the port is missing" },
	{ "0", "\"0\": port \"0\" is not a number from 1 to 65535" },
	{ "8080:0", "\"8080:0\": port \"0\" is not a number from 1 to 65535" },
	{ "65536", "\"65536\": port \"65536\" is not a number from 1 to "
		   "65535" },
	{ "80:99999999999999999999999",
	  "\"80:99999999999999999999999\": port \"99999999999999999999999\" "
	  "is not a number from 1 to 65535" },
	{ "http", "\"http\": port \"http\" is not a number from 1 to 65535" },
	{ "0x50", "\"0x50\": port \"0x50\" is not a number from 1 to 65535" },
	{ "8080:+80", "\"8080:+80\": port \"+80\" is not a number from 1 to "
		      "65535" },
	{ "00", "\"00\": port \"00\" is not a number from 1 to 65535" },
	{ "0-0", "\"0-0\": port \"0\" is not a number from 1 to 65535" },
	{ "192.168.33.2", "\"192.168.33.2\": port \"192.168.33.2\" is not a "
			  "number from 1 to 65535" },
	{ "docker:flask", "\"docker:flask\": port \"flask\" is not a number "
			  "from 1 to 65535" },
	{ "8080:[fd00::2]", "\"8080:[fd00::2]\": port \"[fd00::2]\" is not a "
			    "number from 1 to 65535" },
	{ "90-80", "\"90-80\": range \"90-80\" is reversed; write \"80-90\"" },
	{ "80-", "\"80-\": range \"80-\" lacks an end" },
	{ "8080:-80", "\"8080:-80\": range \"-80\" lacks an end" },
	{ "-", "\"-\": range \"-\" lacks an end" },
	{ "1-2-3", "\"1-2-3\": port \"2-3\" is not a number from 1 to 65535" },
	{ "1-99999", "\"1-99999\": port \"99999\" is not a number from 1 to "
		     "65535" },
	{ "0-5", "\"0-5\": port \"0\" is not a number from 1 to 65535" },
	/* host ports */
	{ "192.168.33.2:99999:80", "\"192.168.33.2:99999:80\": port \"99999\" "
				   "is not a number from 1 to 65535" },
	{ "+8080:80", "\"+8080:80\": port \"+8080\" is not a number from 1 to "
		      "65535" },
	{ "-1:80", "\"-1:80\": range \"-1\" lacks an end" },
	{ "0-10:80", "\"0-10:80\": port \"0\" is not a number from 1 to "
		     "65535" },
	{ "8010-8000:80", "\"8010-8000:80\": range \"8010-8000\" is reversed; "
			  "write \"8000-8010\"" },
	{ "8000-8010:9000-9011",
	  "\"8000-8010:9000-9011\": host ports \"8000-8010\" are 11, but "
	  "target ports \"9000-9011\" are 12" },
	{ "8000-8010:9000-9005",
	  "\"8000-8010:9000-9005\": host ports \"8000-8010\" are 11, but "
	  "target ports \"9000-9005\" are 6" },
	{ "8000:9000-9001", "\"8000:9000-9001\": host ports \"8000\" are 1, "
			    "but target ports \"9000-9001\" are 2" },
	/* protocol */
	{ "80/icmp", "\"80/icmp\": protocol \"icmp\" is not tcp, udp or "
		     "sctp" },
	{ "80/tcp/udp", "\"80/tcp/udp\": protocol \"tcp/udp\" is not tcp, udp "
			"or sctp" },
	/* host */
	{ "localhost:1234:80", "\"localhost:1234:80\": host \"localhost\" is "
			       "not an IP address" },
	{ "192.168.33.256:80:80", "\"192.168.33.256:80:80\": host "
				  "\"192.168.33.256\" is not an IP address" },
	{ "192.168.33.02:80:80", "\"192.168.33.02:80:80\": host "
				 "\"192.168.33.02\" is not an IP address" },
	{ "eth0:flask:80", "\"eth0:flask:80\": host \"eth0\" is not an IP "
			   "address" },
	{ "1:2:3:4", "\"1:2:3:4\": host \"1:2\" is not an IP address; an IPv6 "
		     "target needs brackets" },
	{ "8080:fd00::2:80", "\"8080:fd00::2:80\": host \"8080:fd00:\" is not "
			     "an IP address; an IPv6 target needs brackets" },
	{ "::1:80", "\"::1:80\": host \":\" is not an IP address; an IPv6 "
		    "target needs brackets" },
	{ "[::1:80:80", "\"[::1:80:80\": host \"[::1\" is not an IP address" },
	{ "::1]:80:80", "\"::1]:80:80\": host \"::1]\" is not an IP address" },
	{ "[]:80:80", "\"[]:80:80\": host \"[]\" is not an IP address" },
	{ "224.0.0.1:80:80", "\"224.0.0.1:80:80\": host address \"224.0.0.1\" "
			     "is a multicast or broadcast address" },
	{ "255.255.255.255:80:80",
	  "\"255.255.255.255:80:80\": host address \"255.255.255.255\" is a "
	  "multicast or broadcast address" },
	{ "[ff02::1]:80:80", "\"[ff02::1]:80:80\": host address \"[ff02::1]\" "
			     "is a multicast or broadcast address" },
	{ "[fe80::1]:80:80", "\"[fe80::1]:80:80\": host address \"[fe80::1]\" "
			     "is link-local, which can't be translated" },
	{ "[fe80::1%eth0]:80:80",
	  "\"[fe80::1%eth0]:80:80\": host \"[fe80::1%eth0]\" is not an IP "
	  "address; link-local addresses can't be published" },
	{ "fe80::1%eth0:80:80",
	  "\"fe80::1%eth0:80:80\": host \"fe80::1%eth0\" is not an IP "
	  "address; link-local addresses can't be published" },
	{ "[::ffff:224.0.0.1]:80:80",
	  "\"[::ffff:224.0.0.1]:80:80\": host address \"[::ffff:224.0.0.1]\" "
	  "is a multicast or broadcast address" },
	/* these words stand before a target alone */
	{ "localhost::80", "\"localhost::80\": host \"localhost\" is not an "
			   "IP address" },
	{ "*:80:80", "\"*:80:80\": host \"*\" is not an IP address" },
	/* docker's long form */
	{ "published=80", "\"published=80\": the port is missing" },
	{ "target=80,mode=host", "\"target=80,mode=host\": \"mode\" is not "
				 "target, published or protocol" },
	{ "target=80,udp", "\"target=80,udp\": \"udp\" is no KEY=VALUE" },
	{ "target=80,published=1.2.3.4:80",
	  "\"target=80,published=1.2.3.4:80\": port \"1.2.3.4:80\" is not a "
	  "number from 1 to 65535" },
	/* target */
	{ "80:0.0.0.0:80", "\"80:0.0.0.0:80\": target \"0.0.0.0\" stands for "
			   "every address; a target is one" },
	{ "80:[::]:80", "\"80:[::]:80\": target \"[::]\" stands for every "
			"address; a target is one" },
	{ "80:127.0.0.1:80", "\"80:127.0.0.1:80\": target \"127.0.0.1\" is a "
			     "loopback address, which packets from elsewhere "
			     "can't be led to" },
	{ "80:[fe80::1]:80", "\"80:[fe80::1]:80\": target \"[fe80::1]\" is "
			     "link-local, which can't be translated" },
	{ "80:224.1.2.3:80", "\"80:224.1.2.3:80\": target \"224.1.2.3\" is a "
			     "multicast or broadcast address" },
	{ "80:[::ffff:1.2.3.4]:80",
	  "\"80:[::ffff:1.2.3.4]:80\": target \"[::ffff:1.2.3.4]\" is "
	  "IPv4-mapped; write the IPv4 address itself" },
	{ "80:172.17.0.256:80", "\"80:172.17.0.256:80\": target "
				"\"172.17.0.256\" is not an IPv4 address" },
	{ "80:1.2.3:80", "\"80:1.2.3:80\": target \"1.2.3\" is not an IPv4 "
			 "address" },
	{ "80:[fd00::g]:80", "\"80:[fd00::g]:80\": target \"[fd00::g]\" is not "
			     "an IPv6 address" },
	{ "80:a[::1]:80", "\"80:a[::1]:80\": target \"a[::1]\" is not an "
			  "address or a name" },
	{ "::1]:80", "\"::1]:80\": target \"1]\" is not an address or a name" },
	{ "8080/tcp:80", "\"8080/tcp:80\": target \"8080/tcp\" is not an "
			 "address or a name" },
	{ "80:.x:80", "\"80:.x:80\": target \".x\" is not an address or a "
		      "name" },
	{ "80:a;b:80", "\"80:a;b:80\": target \"a;b\" is not an address or a "
		       "name" },
	{ "80:docker::80", "\"80:docker::80\": target \"docker:\" has no name "
			   "after its colon" },
	{ "80:pid:abc:80", "\"80:pid:abc:80\": target \"pid:abc\" is not a "
			   "process id" },
	{ "80:pid:0:80", "\"80:pid:0:80\": target \"pid:0\" is not a process "
			 "id" },
	{ "80:" LONG_NAME ":80",
	  "\"80:" LONG_NAME ":80\": target \""
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" "
	  "is too long" },
};

static void wrong_specs_are_explained(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong_specs); i++) {
		struct pubport_error error = { .message = "" };
		struct pubport_spec spec = { .target = "untouched" };

		if (!pubport_spec_parse(wrong_specs[i].text, &spec, &error))
			fail_msg("\"%s\" was taken", wrong_specs[i].text);
		assert_string_equal(error.message, wrong_specs[i].message);
		assert_int_equal(error.code, -EINVAL);
		assert_int_equal(error.status, PUBPORT_USAGE);
		assert_string_equal(spec.target, "untouched");
		assert_int_equal(pubport_spec_parse(wrong_specs[i].text, &spec,
						    NULL),
				 -EINVAL);
	}
}

static void host_names_get_a_hint(void **state)
{
	struct pubport_error error;
	struct pubport_spec spec;

	(void)state;
	pubport_spec_parse("localhost:1234:80", &spec, &error);
	assert_string_equal(error.hint, "getent ahosts localhost");
	/* nothing that a shell would run */
	pubport_spec_parse("$(reboot):1234:80", &spec, &error);
	assert_string_equal(error.hint, "");
	pubport_spec_parse("-v:1234:80", &spec, &error);
	assert_string_equal(error.hint, "");
	pubport_spec_parse("1.2.3.400:1234:80", &spec, &error);
	assert_string_equal(error.hint, "");
}

/* every text of five of the characters that matter: no crash, and an
 * error that says something or a spec that holds together */
static void any_text_is_survived(void **state)
{
	static const char characters[] = "1:-/[]a.0";
	const size_t count = sizeof(characters) - 1;
	const size_t texts = count * count * count * count * count;

	(void)state;
	for (size_t number = 0; number < texts; number++) {
		struct pubport_error error = { .message = "" };
		struct pubport_spec spec;
		char text[6] = "";
		size_t rest = number;

		for (size_t i = 0; i < 5; i++, rest /= count)
			text[i] = characters[rest % count];
		if (pubport_spec_parse(text, &spec, &error))
			assert_true(strlen(error.message) > strlen(text) + 4);
		else
			assert_true(spec.target_ports.first > 0 &&
				    spec.target_ports.first <=
					    spec.target_ports.last);
	}
}

static void keys_are_taken(void **state)
{
	static const struct {
		const char *text;
		const char *host; /* NULL for none */
		struct pubport_ports ports;
		enum pubport_protocol protocol;
	} cases[] = {
		{ "8080", NULL, { 8080, 8080 }, PUBPORT_TCP },
		{ "08080/", NULL, { 8080, 8080 }, PUBPORT_TCP },
		{ "[1.2.3.4]:80", "1.2.3.4", { 80, 80 }, PUBPORT_TCP },
		{ "[::ffff:1.2.3.4]:80", "1.2.3.4", { 80, 80 }, PUBPORT_TCP },
		{ "8080/UDP", NULL, { 8080, 8080 }, PUBPORT_UDP },
		{ "8000-8010/sctp", NULL, { 8000, 8010 }, PUBPORT_SCTP },
		{ "192.168.33.2:8080/tcp",
		  "192.168.33.2",
		  { 8080, 8080 },
		  PUBPORT_TCP },
		{ "0.0.0.0:8080", "0.0.0.0", { 8080, 8080 }, PUBPORT_TCP },
		{ "[::]:8000-8010/udp", "::", { 8000, 8010 }, PUBPORT_UDP },
		{ ":::80", "::", { 80, 80 }, PUBPORT_TCP },
		{ "::1:80/udp", "::1", { 80, 80 }, PUBPORT_UDP },
		{ "2001:db8::1:8080",
		  "2001:db8::1",
		  { 8080, 8080 },
		  PUBPORT_TCP },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pubport_error error = { .message = "" };
		struct pubport_addr host;
		struct pubport_key key;
		bool has_host;

		if (pubport_key_parse(cases[i].text, &has_host, &key, &error))
			fail_msg("%s", error.message);
		assert_int_equal(has_host, cases[i].host != NULL);
		host = addr(cases[i].host ? cases[i].host : "0.0.0.0");
		assert_int_equal(pubport_addr_compare(&key.host, &host), 0);
		check_ports(cases[i].text, key.ports, cases[i].ports);
		assert_int_equal(key.protocol, cases[i].protocol);
	}
}

static void wrong_keys_are_explained(void **state)
{
	static const struct {
		const char *text;
		const char *message;
	} cases[] = {
		{ "", "\"\": the port is missing" },
		{ "192.168.33.2:", "\"192.168.33.2:\": the port is missing" },
		{ ":80", "\":80\": host \"\" is not an IP address" },
		{ "0", "\"0\": port \"0\" is not a number from 1 to 65535" },
		{ "8010-8000", "\"8010-8000\": range \"8010-8000\" is "
			       "reversed; write \"8000-8010\"" },
		{ "8080:80", "\"8080:80\": host \"8080\" is not an IP "
			     "address" },
		{ "flask:80", "\"flask:80\": host \"flask\" is not an IP "
			      "address" },
		{ "192.168.33.2:8080:80", "\"192.168.33.2:8080:80\": host "
					  "\"192.168.33.2:8080\" is not an IP "
					  "address; an IPv6 target needs "
					  "brackets" },
		{ "80/ip", "\"80/ip\": protocol \"ip\" is not tcp, udp or "
			   "sctp" },
		{ "\t80", "\"?80\": blanks, control and non-ASCII characters "
			  "have no place here" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pubport_error error = { .message = "" };
		struct pubport_key key = { .ports = { 7, 7 } };
		bool has_host = true;

		assert_int_equal(pubport_key_parse(cases[i].text, &has_host,
						   &key, &error),
				 -EINVAL);
		assert_string_equal(error.message, cases[i].message);
		assert_int_equal(error.status, PUBPORT_USAGE);
		assert_true(has_host && key.ports.first == 7);
	}
}

/* what ls -q prints, rm takes */
static void written_keys_are_taken(void **state)
{
	static const char *const texts[] = {
		"192.168.33.2:8080/tcp",
		"[::]:8000-8010/udp",
		"[2001:db8::1]:1-65535/sctp",
		"0.0.0.0:1/tcp",
	};
	char buffer[PUBPORT_KEY_TEXT_SIZE];
	struct pubport_key key;
	bool has_host;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(
			pubport_key_parse(texts[i], &has_host, &key, NULL), 0);
		assert_string_equal(pubport_key_format(&key, buffer,
						       sizeof(buffer)),
				    texts[i]);
	}
}

static void names_are_checked(void **state)
{
	static const char *const good[] = {
		"a",
		"7",
		"flask",
		"my_web.app-1:v2/x@host+y,z",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	};
	static const char *const bad[] = {
		"",
		"-a",
		"_a",
		".",
		"a b",
		"a\n",
		"a\"",
		"a\\b",
		"a;b",
		"a\x1b[0m",
		"\xc3",
		"a$b",
		"a'b",
		LONG_NAME,
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	};
	struct pubport_error error;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(pubport_name_check(good[i], NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(pubport_name_check(bad[i], &error), -EINVAL);
		assert_int_equal(error.status, PUBPORT_USAGE);
	}
	pubport_name_check("a b", &error);
	assert_string_equal(error.message,
			    "\"a b\": a name is 1 to 63 letters, digits or "
			    "any of \"_.-:/@+,\", and begins with a letter or "
			    "digit");
}

static void targets_are_judged_alone(void **state)
{
	(void)state;
	assert_null(target_name_why_wrong("172.17.0.2"));
	assert_null(target_name_why_wrong("fd00::2"));
	assert_null(target_name_why_wrong("[fd00::2]"));
	assert_null(target_name_why_wrong("netns:/run/netns/a:b"));
	assert_null(target_name_why_wrong("host"));
	assert_string_equal(target_name_why_wrong(""), "is empty");
	assert_string_equal(target_name_why_wrong("fd00:2"),
			    "is not an address or a name");
	assert_string_equal(target_name_why_wrong("vbox:x"),
			    "is not an address or a name");
}

static void an_interface_is_a_host(void **state)
{
	static const struct {
		const char *text;
		const char *interface;
		bool has_host;
		enum pubport_family family;
	} cases[] = {
		{ "%eth1:8080:80", "eth1", false, 0 },
		{ "%eth1::80", "eth1", false, 0 },
		{ "%br-1a.2b:8080:172.17.0.2:80/udp", "br-1a.2b", false, 0 },
		{ "0.0.0.0%eth1:8080:80", "eth1", true, PUBPORT_IPV4 },
		{ "[::]%eth1:8080:80", "eth1", true, PUBPORT_IPV6 },
	};
	struct pubport_spec spec;
	struct pubport_key key;
	char text[PUBPORT_KEY_TEXT_SIZE];
	bool has_host = true;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(pubport_spec_parse(cases[i].text, &spec, NULL),
				 0);
		assert_string_equal(spec.interface, cases[i].interface);
		assert_int_equal(spec.has_host, cases[i].has_host);
		assert_int_equal(spec.host.family, cases[i].family);
	}
	assert_int_equal(pubport_key_parse("%eth1:8000-8010/udp", &has_host,
					   &key, NULL),
			 0);
	assert_false(has_host);
	assert_string_equal(key.interface, "eth1");
	assert_string_equal(pubport_key_format(&key, text, sizeof(text)),
			    "%eth1:8000-8010/udp");
}

static void what_is_no_interface_is_refused(void **state)
{
	static const char *const texts[] = {
		"%:8080:80",
		"%lo:8080:80",
		"%a/b:8080:80",
		"%sixteen-letters-:8080:80",
		"%..:8080:80",
		"%a%b\":8080:80",
		"%eth*:8080:80",
		"192.168.33.2%eth1:8080:80",
		"fe80::1%eth1:8080:80",
	};
	struct pubport_spec spec;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_int_equal(pubport_spec_parse(texts[i], &spec, NULL),
				 -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_interface_is_a_host),
		cmocka_unit_test(what_is_no_interface_is_refused),
		cmocka_unit_test(specs_are_taken),
		cmocka_unit_test(localhost_is_either_loopback_address),
		cmocka_unit_test(wrong_specs_are_explained),
		cmocka_unit_test(host_names_get_a_hint),
		cmocka_unit_test(any_text_is_survived),
		cmocka_unit_test(keys_are_taken),
		cmocka_unit_test(wrong_keys_are_explained),
		cmocka_unit_test(written_keys_are_taken),
		cmocka_unit_test(names_are_checked),
		cmocka_unit_test(targets_are_judged_alone),
	};

	return cmocka_run_group_tests_name("spec", tests, NULL, NULL);
}
