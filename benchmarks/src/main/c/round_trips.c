/*
 * Sends a frame, polls until it is back, looks at all of it, and sends the next, with DPDK's driver and on its main core. It is
 * what NetRoundTrips.java does, by the same clock, and prints the same histogram.
 *
 *   round_trips EAL-ARGUMENTS -- BYTES WARM_UP_SECONDS COUNT
 *
 * cc -O3 round_trips.c $(pkg-config --cflags --libs libdpdk)
 */
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#define PORT 0
#define RING_SIZE 256
#define BURST 32
#define MBUFS 4095
#define MBUF_CACHE 250
#define NUMBER_OFFSET 16
#define MOST_BYTES 2048
#define PATIENCE_NANOS (5 * UINT64_C(1000000000))
#define POLLS (1 << 20) /* the clock costs too much to be asked at each poll */

/* As in Histogram.java. */
#define LINEAR_BITS 7
#define LINEAR (1 << LINEAR_BITS)
#define LARGEST_EXPONENT 40
#define BUCKETS ((LARGEST_EXPONENT - LINEAR_BITS + 2) * LINEAR)

static uint64_t counts[BUCKETS];
static uint8_t frame[MOST_BYTES] __attribute__((aligned(64)));
static uint16_t bytes;
static uint64_t sent;
static struct rte_mempool *pool;

static void fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

static inline uint64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static inline void count(uint64_t nanos)
{
    int exponent, step;

    if (nanos < LINEAR) {
        counts[nanos]++;
        return;
    }
    exponent = 63 - __builtin_clzll(nanos);
    if (exponent > LARGEST_EXPONENT)
        exponent = LARGEST_EXPONENT;
    step = (nanos >> (exponent - LINEAR_BITS)) & (LINEAR - 1);
    counts[(exponent - LINEAR_BITS + 1) * LINEAR + step]++;
}

static void send_frame(void)
{
    struct rte_mbuf *mbuf = rte_pktmbuf_alloc(pool);

    if (mbuf == NULL)
        fail("no buffer is left");
    memcpy(rte_pktmbuf_mtod(mbuf, void *), frame, bytes);
    mbuf->data_len = bytes;
    mbuf->pkt_len = bytes;
    if (rte_eth_tx_burst(PORT, 0, &mbuf, 1) != 1)
        fail("the transmit ring is full");
}

static void await_return(void)
{
    struct rte_mbuf *mbufs[BURST];
    uint64_t start = 0;
    int polls = 0;
    uint16_t returned;

    while ((returned = rte_eth_rx_burst(PORT, 0, mbufs, BURST)) == 0) {
        if (++polls == POLLS) {
            uint64_t time = now();

            start = start == 0 ? time : start;
            polls = 0;
            if (time - start > PATIENCE_NANOS)
                fail("frame %lu did not come back", sent);
        }
    }
    if (returned != 1)
        fail("frame %lu came back more than once", sent);
    if (mbufs[0]->pkt_len != bytes || memcmp(rte_pktmbuf_mtod(mbufs[0], void *), frame, bytes) != 0)
        fail("frame %lu came back changed", sent);
    rte_pktmbuf_free(mbufs[0]);
}

static void run(uint64_t frames)
{
    for (uint64_t i = 0; i < frames; i++) {
        uint64_t start;

        memcpy(frame + NUMBER_OFFSET, &sent, sizeof(sent));
        start = now();
        send_frame();
        await_return();
        count(now() - start);
        sent++;
    }
}

static void open_port(void)
{
    struct rte_eth_conf conf = {0};
    int socket = rte_eth_dev_socket_id(PORT);

    if (rte_eth_dev_count_avail() != 1)
        fail("%u ports (expected: 1)", rte_eth_dev_count_avail());
    pool = rte_pktmbuf_pool_create("frames", MBUFS, MBUF_CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE, socket);
    if (pool == NULL)
        fail("no memory for buffers");
    if (rte_eth_dev_configure(PORT, 1, 1, &conf) != 0 || rte_eth_rx_queue_setup(PORT, 0, RING_SIZE, socket, NULL, pool) != 0 ||
        rte_eth_tx_queue_setup(PORT, 0, RING_SIZE, socket, NULL) != 0 || rte_eth_dev_start(PORT) != 0)
        fail("the port cannot be started");
}

int main(int argc, char **argv)
{
    uint64_t start, warm_up, frames;
    int used;

    prctl(PR_SET_PDEATHSIG, SIGKILL); /* it does not outlive who started it */
    used = rte_eal_init(argc, argv);
    if (used < 0 || argc - used != 4)
        fail("expected: EAL-ARGUMENTS -- BYTES WARM_UP_SECONDS COUNT");
    argv += used;
    bytes = (uint16_t)atoi(argv[1]);
    warm_up = strtoull(argv[2], NULL, 10) * 1000000000;
    frames = strtoull(argv[3], NULL, 10);
    if (bytes < NUMBER_OFFSET + sizeof(sent) || bytes > MOST_BYTES)
        fail("%u bytes (expected: %zu..%d)", bytes, NUMBER_OFFSET + sizeof(sent), MOST_BYTES);
    for (int i = 0; i < bytes; i++)
        frame[i] = (uint8_t)i;
    open_port();
    start = now();
    while (now() - start < warm_up)
        run(10000);
    memset(counts, 0, sizeof(counts));
    run(frames);
    for (int bucket = 0; bucket < BUCKETS; bucket++)
        if (counts[bucket] != 0)
            printf("bucket %d %lu\n", bucket, counts[bucket]);
    printf("sent %lu\n", sent);
    fflush(stdout);
    rte_eth_dev_stop(PORT);
    rte_eth_dev_close(PORT);
    rte_eal_cleanup();
    return 0;
}
