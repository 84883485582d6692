package dev.virtq.cli.network;

import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * A file to read by TFTP, and how much patience and room there is for it.
 *
 * @param server who has the file
 * @param path the name of the file as the server knows it
 * @param blockSize the number of bytes to ask for at once, 8 to 65464 (RFC 2348); what the server
 *     agrees to, and what fits a frame, may be less
 * @param attempts how often to send a packet that is not answered, before giving up; positive
 * @param timeout how long to wait for the answer each time; positive
 * @param maximumBytes the largest file to accept
 */
public record TftpRequest(
        Ipv4Address server,
        String path,
        int blockSize,
        int attempts,
        Duration timeout,
        long maximumBytes) {
    static final int SMALLEST_BLOCK = 8;
    static final int LARGEST_BLOCK = 65464;

    private static final int LONGEST_PATH = 255;

    /** Checks that the figures make sense. */
    public TftpRequest {
        if (!server.isUnicast()) {
            throw new IllegalArgumentException(
                    "%s is not the address of one host".formatted(server));
        }
        int pathLength = path.getBytes(StandardCharsets.UTF_8).length;
        if (pathLength == 0 || pathLength > LONGEST_PATH || path.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(
                    "a TFTP path of %d bytes (expected: 1..%d, without null characters)"
                            .formatted(pathLength, LONGEST_PATH));
        }
        if (blockSize < SMALLEST_BLOCK || blockSize > LARGEST_BLOCK) {
            throw new IllegalArgumentException(
                    "a TFTP block size of %d (expected: %d..%d)"
                            .formatted(blockSize, SMALLEST_BLOCK, LARGEST_BLOCK));
        }
        if (maximumBytes < 0) {
            throw new IllegalArgumentException(
                    "a largest file of %d bytes (expected: >= 0)".formatted(maximumBytes));
        }
        Waiting.check(attempts, timeout);
    }

    /**
     * The usual: blocks as large as a frame of 1500 bytes carries, five tries of a second, at most
     * 1 GiB.
     *
     * @param server who has the file
     * @param path the name of the file as the server knows it
     * @return the request
     */
    public static TftpRequest of(Ipv4Address server, String path) {
        return new TftpRequest(server, path, 1468, 5, Duration.ofSeconds(1), 1L << 30);
    }

    /**
     * The same with another block size.
     *
     * @param newBlockSize the number of bytes to ask for at once
     * @return a new request
     */
    public TftpRequest withBlockSize(int newBlockSize) {
        return new TftpRequest(server, path, newBlockSize, attempts, timeout, maximumBytes);
    }

    /**
     * The same with another limit.
     *
     * @param newMaximum the largest file to accept, in bytes
     * @return a new request
     */
    public TftpRequest withMaximumBytes(long newMaximum) {
        return new TftpRequest(server, path, blockSize, attempts, timeout, newMaximum);
    }

    /**
     * The same with another patience.
     *
     * @param newAttempts how often to send a packet that is not answered
     * @param newTimeout how long to wait for the answer each time
     * @return a new request
     */
    public TftpRequest withPatience(int newAttempts, Duration newTimeout) {
        return new TftpRequest(server, path, blockSize, newAttempts, newTimeout, maximumBytes);
    }
}
