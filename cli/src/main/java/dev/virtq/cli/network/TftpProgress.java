package dev.virtq.cli.network;

/** Is told how far a transfer has come. */
@FunctionalInterface
public interface TftpProgress {
    /** Listens to nothing. */
    TftpProgress SILENT = (_, _) -> {};

    /**
     * A block was received and stored.
     *
     * @param bytes how many bytes there are by now
     * @param total how many there will be, as the server announced; -1 when it did not
     */
    void received(long bytes, long total);
}
