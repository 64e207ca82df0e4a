/*
 * Preloaded into keepalived, lets its checkers and VRRP run where the kernel has no IPVS: what it sends to IPVS by libnl
 * goes nowhere, and counts as done. What it orders of the synchronisation daemons is written to the file $SYNC_LOG, a line
 * each.
 */
#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct nl_sock;
struct nl_msg;
typedef int (*callback)(struct nl_msg *, void *);
struct nlmsghdr *nlmsg_hdr(struct nl_msg *);

enum { FINISH = 1, ACK = 4, KINDS = 8 }; /* of enum nl_cb_type */

static callback called[KINDS];
static void *argument[KINDS];

int genl_ctrl_resolve(struct nl_sock *sock, const char *name)
{
    return 100;
}

/* The attributes of IPVS_CMD_ATTR_DAEMON, nested. */
static void write_daemon(FILE *file, const char *verb, const struct nlattr *daemon)
{
    const char *at = (const char *)daemon + NLA_HDRLEN, *end = (const char *)daemon + daemon->nla_len;
    char settings[256] = "", group[INET6_ADDRSTRLEN];
    size_t length = 0;
    int master = 0;

    while (at + NLA_HDRLEN <= end) {
        const struct nlattr *attribute = (const struct nlattr *)at;
        const void *value = at + NLA_HDRLEN;
        size_t room = sizeof settings - length;
        char *to = settings + length;

        switch (attribute->nla_type & NLA_TYPE_MASK) {
        case IPVS_DAEMON_ATTR_STATE:
            master = *(const uint32_t *)value & IP_VS_STATE_MASTER;
            break;
        case IPVS_DAEMON_ATTR_MCAST_IFN:
            length += snprintf(to, room, " %s", (const char *)value);
            break;
        case IPVS_DAEMON_ATTR_SYNC_ID:
            length += snprintf(to, room, " id %u", *(const uint32_t *)value);
            break;
        case IPVS_DAEMON_ATTR_SYNC_MAXLEN:
            length += snprintf(to, room, " maxlen %u", *(const uint16_t *)value);
            break;
        case IPVS_DAEMON_ATTR_MCAST_GROUP:
            length += snprintf(to, room, " group %s", inet_ntop(AF_INET, value, group, sizeof group));
            break;
        case IPVS_DAEMON_ATTR_MCAST_GROUP6:
            length += snprintf(to, room, " group %s", inet_ntop(AF_INET6, value, group, sizeof group));
            break;
        case IPVS_DAEMON_ATTR_MCAST_PORT:
            length += snprintf(to, room, " port %u", *(const uint16_t *)value);
            break;
        case IPVS_DAEMON_ATTR_MCAST_TTL:
            length += snprintf(to, room, " ttl %u", *(const uint8_t *)value);
            break;
        }
        at += NLA_ALIGN(attribute->nla_len);
    }
    fprintf(file, "%s %s%s\n", verb, master ? "MASTER" : "BACKUP", settings);
}

int nl_send_auto(struct nl_sock *sock, struct nl_msg *message)
{
    const struct nlmsghdr *header = nlmsg_hdr(message);
    const struct genlmsghdr *command = (const void *)(header + 1);
    const char *name = getenv("SYNC_LOG");

    if (name && (command->cmd == IPVS_CMD_NEW_DAEMON || command->cmd == IPVS_CMD_DEL_DAEMON)) {
        FILE *file = fopen(name, "a");

        if (file) {
            write_daemon(file, command->cmd == IPVS_CMD_NEW_DAEMON ? "start" : "stop",
                         (const void *)(command + 1));
            fclose(file);
        }
    }
    return 1;
}

int nl_socket_modify_cb(struct nl_sock *sock, int type, int kind, callback function, void *with)
{
    if (type < KINDS) {
        called[type] = function;
        argument[type] = with;
    }
    return 0;
}

int nl_recvmsgs_default(struct nl_sock *sock)
{
    if (called[FINISH])
        called[FINISH](NULL, argument[FINISH]);
    if (called[ACK])
        called[ACK](NULL, argument[ACK]);
    return 0;
}
