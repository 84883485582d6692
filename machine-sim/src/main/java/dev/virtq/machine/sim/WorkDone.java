package dev.virtq.machine.sim;

/**
 * What a {@link SimDevice} has done since the machine was started, resets or not.
 *
 * @param chains how many chains it has used
 * @param bytesRead how many bytes it has read out of them
 * @param bytesWritten how many bytes it has written into them
 * @param checksum the CRC-32 of all bytes that it has read, in the order of reading
 */
public record WorkDone(long chains, long bytesRead, long bytesWritten, long checksum) {
    /** {@return the counts, for people} */
    @Override
    public String toString() {
        return "%d chains, %d bytes read, %d written".formatted(chains, bytesRead, bytesWritten);
    }
}
