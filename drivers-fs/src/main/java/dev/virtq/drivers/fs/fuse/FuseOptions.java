package dev.virtq.drivers.fs.fuse;

import dev.virtq.device.FeatureSet;
import dev.virtq.queue.QueueOptions;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * How a connection is made.
 *
 * @param queue how each queue is set up
 * @param largestTransfer the most bytes of payload in one request; the server may allow less
 * @param timeout how long a request may take before the waiter gives up; a lock waits as long as it
 *     takes
 * @param user whom requests come from: a number of the server's system
 * @param group whose group they come from
 * @param groups of which else that one is a member: new files are made where one of them may write,
 *     if the server takes that into account (CREATE_SUPP_GROUP)
 * @param securityContexts labels that each new file gets in the moment in which it is made; with
 *     any, a server that does not take them is refused (SECURITY_CTX)
 * @param refused features of the device that are not to be accepted
 */
public record FuseOptions(
        QueueOptions queue,
        int largestTransfer,
        Duration timeout,
        int user,
        int group,
        Set<Integer> groups,
        List<SecurityContext> securityContexts,
        FeatureSet refused) {
    /** The least that every server has to take in one WRITE. */
    private static final int LEAST_TRANSFER = 4096;

    /** FUSE_MAX_NR_SECCTX: a larger number would be another kind of extension. */
    private static final int MOST_CONTEXTS = 31;

    /** So that they fit a request beside two paths. */
    private static final int MOST_CONTEXT_BYTES = 3000;

    /** Queues of the usual size, a megabyte at a time, half a minute, as root. */
    public static final FuseOptions DEFAULT =
            new FuseOptions(
                    QueueOptions.DEFAULT,
                    1 << 20,
                    Duration.ofSeconds(30),
                    0,
                    0,
                    Set.of(),
                    List.of(),
                    FeatureSet.EMPTY);

    /** Refuses transfers of less than a page, and more labels than fit a request. */
    public FuseOptions {
        if (largestTransfer < LEAST_TRANSFER) {
            throw new IllegalArgumentException(
                    "%d bytes in one request (expected: 4096 or more)".formatted(largestTransfer));
        }
        groups = Set.copyOf(groups);
        securityContexts = List.copyOf(securityContexts);
        int bytes = 0;
        for (SecurityContext context : securityContexts) {
            bytes += 16 + 3 * context.name().length() + context.value().length;
        }
        if (securityContexts.size() > MOST_CONTEXTS || bytes > MOST_CONTEXT_BYTES) {
            throw new IllegalArgumentException(
                    "%d security contexts of some %d bytes (expected: %d of %d at most)"
                            .formatted(
                                    securityContexts.size(),
                                    bytes,
                                    MOST_CONTEXTS,
                                    MOST_CONTEXT_BYTES));
        }
    }

    /**
     * {@return these options with other queues}
     *
     * @param options how each queue is set up
     */
    public FuseOptions withQueue(QueueOptions options) {
        return new FuseOptions(
                options, largestTransfer, timeout, user, group, groups, securityContexts, refused);
    }

    /**
     * {@return these options with another largest transfer}
     *
     * @param bytes the most bytes of payload in one request; 4096 or more
     */
    public FuseOptions withLargestTransfer(int bytes) {
        return new FuseOptions(
                queue, bytes, timeout, user, group, groups, securityContexts, refused);
    }

    /**
     * {@return these options with another timeout}
     *
     * @param time how long a request may take
     */
    public FuseOptions withTimeout(Duration time) {
        return new FuseOptions(
                queue, largestTransfer, time, user, group, groups, securityContexts, refused);
    }

    /**
     * {@return these options with another user, who is in no other group}
     *
     * @param userNumber whom requests come from
     * @param groupNumber whose group they come from
     */
    public FuseOptions as(int userNumber, int groupNumber) {
        return as(userNumber, groupNumber, Set.of());
    }

    /**
     * {@return these options with another user}
     *
     * @param userNumber whom requests come from
     * @param groupNumber whose group they come from
     * @param others of which else that one is a member
     */
    public FuseOptions as(int userNumber, int groupNumber, Set<Integer> others) {
        return new FuseOptions(
                queue,
                largestTransfer,
                timeout,
                userNumber,
                groupNumber,
                others,
                securityContexts,
                refused);
    }

    /**
     * {@return these options with other labels for new files}
     *
     * @param contexts 31 at most, of 3000 bytes together
     */
    public FuseOptions withSecurityContexts(SecurityContext... contexts) {
        return new FuseOptions(
                queue, largestTransfer, timeout, user, group, groups, List.of(contexts), refused);
    }

    /**
     * {@return these options without features}
     *
     * @param features that are not to be accepted
     */
    public FuseOptions refusing(FeatureSet features) {
        return new FuseOptions(
                queue, largestTransfer, timeout, user, group, groups, securityContexts, features);
    }
}
