package dev.virtq.cli.network;

/**
 * What a transfer by TFTP came to.
 *
 * @param bytes the size of the file
 * @param blocks the number of data packets it came in
 * @param blockSize the number of bytes in each, the last excepted
 * @param retransmissions how often something had to be sent again
 * @param elapsedNanos from the request to the last block, in nanoseconds
 */
public record TftpReceipt(
        long bytes, long blocks, int blockSize, int retransmissions, long elapsedNanos) {}
