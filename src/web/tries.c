/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tries.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define SECOND_NS 1000000000LL
#define TRY_NS (VIZ_WEB_TRY_S * SECOND_NS)
#define TRUST_NS (VIZ_WEB_TRUST_S * SECOND_NS)
#define LAST (&tries->trier[VIZ_WEB_TRIERS]) /* which many share */

static bool is_known(const struct viz_web_trier *trier, int64_t now_ns)
{
    return trier->forgiven_ns > now_ns || trier->trusted_ns > now_ns;
}

/* That of the address, else one that is free, else the one that many share. */
static const struct viz_web_trier *find(const struct viz_web_tries *tries,
                                        const unsigned char address[16], int64_t now_ns)
{
    const struct viz_web_trier *free = NULL;
    for (const struct viz_web_trier *at = tries->trier; at < LAST; at++) {
        bool known = is_known(at, now_ns);
        if (known && memcmp(at->address, address, 16) == 0)
            return at;
        if (!known && !free)
            free = at;
    }
    return free ? free : LAST;
}

static struct viz_web_trier *take(struct viz_web_tries *tries,
                                  const unsigned char address[16], int64_t now_ns)
{
    size_t at = (size_t)(find(tries, address, now_ns) - tries->trier);
    struct viz_web_trier *trier = &tries->trier[at];
    if (!is_known(trier, now_ns))
        *trier = (struct viz_web_trier){.forgiven_ns = now_ns};
    memcpy(trier->address, address, 16);
    return trier;
}

uint32_t viz_web_tries_wait(const struct viz_web_tries *tries,
                            const unsigned char address[16], int64_t now_ns)
{
    const struct viz_web_trier *trier = find(tries, address, now_ns);
    if (!is_known(trier, now_ns) || trier->trusted_ns > now_ns)
        return 0;
    int64_t wait_ns = trier->forgiven_ns - now_ns - (VIZ_WEB_TRIES - 1) * TRY_NS;
    return wait_ns > 0 ? (uint32_t)((wait_ns + SECOND_NS - 1) / SECOND_NS) : 0;
}

void viz_web_tries_wrong(struct viz_web_tries *tries, const unsigned char address[16],
                         int64_t now_ns)
{
    struct viz_web_trier *trier = take(tries, address, now_ns);
    int64_t from_ns = trier->forgiven_ns > now_ns ? trier->forgiven_ns : now_ns;
    int64_t most_ns = now_ns + VIZ_WEB_TRIES * TRY_NS; /* of one that is trusted */
    trier->forgiven_ns = from_ns + TRY_NS < most_ns ? from_ns + TRY_NS : most_ns;
}

void viz_web_tries_right(struct viz_web_tries *tries, const unsigned char address[16],
                         int64_t now_ns)
{
    struct viz_web_trier *trier = take(tries, address, now_ns);
    if (trier != LAST)
        trier->trusted_ns = now_ns + TRUST_NS;
}

bool viz_web_address(const struct sockaddr *from, unsigned char out[16])
{
    memset(out, 0, sizeof(struct in6_addr));
    if (from->sa_family == AF_INET) {
        const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)from;
        memcpy(out + 12, &ipv4->sin_addr, 4);
        return out[12] != 127;
    }
    if (from->sa_family != AF_INET6)
        return false;
    const struct in6_addr *ipv6 = &((const struct sockaddr_in6 *)from)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(ipv6)) {
        memcpy(out + 12, ipv6->s6_addr + 12, 4);
        return out[12] != 127;
    }
    memcpy(out, ipv6->s6_addr, 8);
    return !IN6_IS_ADDR_LOOPBACK(ipv6);
}

bool viz_web_forwarded(const char *header, unsigned char out[16])
{
    char text[INET6_ADDRSTRLEN];
    struct sockaddr_in ipv4 = {.sin_family = AF_INET};
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
    const char *comma = strrchr(header, ',');
    const char *at = comma ? comma + 1 : header;
    at += strspn(at, " \t");
    size_t size = strcspn(at, " \t");
    if (size >= sizeof(text) || at[size + strspn(at + size, " \t")])
        return false;
    memcpy(text, at, size);
    text[size] = 0;
    if (inet_pton(AF_INET, text, &ipv4.sin_addr) == 1)
        (void)viz_web_address((struct sockaddr *)&ipv4, out);
    else if (inet_pton(AF_INET6, text, &ipv6.sin6_addr) == 1)
        (void)viz_web_address((struct sockaddr *)&ipv6, out);
    else
        return false;
    return true;
}
