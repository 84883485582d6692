package dev.virtq.cli.network;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Reads files by TFTP (RFC 1350), with larger blocks (RFC 2348) and the size ahead (RFC 2349) where
 * the server agrees.
 *
 * <p>The last acknowledgment is sent once. When it is lost, the server repeats the last block for a
 * while to nobody and gives up; the file is complete here.
 */
public final class TftpClient {
    static final int SERVER_PORT = 69;

    private final NetworkHost host;

    /**
     * Makes a client.
     *
     * @param host the host that asks
     */
    public TftpClient(NetworkHost host) {
        this.host = host;
    }

    /**
     * Reads a file into a channel, in order. The channel stays open.
     *
     * @param request the file
     * @param sink where its bytes go; blocking
     * @param progress is told after each block
     * @return what it came to
     * @throws NoAnswerException when the server does not answer, or stops to
     * @throws NetworkException when the server refuses, breaks the protocol, or has too large a
     *     file
     * @throws IOException when the channel does not take the bytes
     * @throws InterruptedException when the thread is interrupted while it waits
     */
    public TftpReceipt read(TftpRequest request, WritableByteChannel sink, TftpProgress progress)
            throws IOException, InterruptedException {
        TftpReceipt receipt = new TftpTransfer(host, request, true, sink, progress).run();
        if (receipt == null) {
            receipt = new TftpTransfer(host, request, false, sink, progress).run();
        }
        if (receipt == null) {
            throw new AssertionError("a transfer without options cannot have them refused");
        }
        return receipt;
    }

    /**
     * Reads a file into a file, which is replaced only when all of it has arrived. What arrived of
     * an unfinished one is deleted.
     *
     * @param request the file to read
     * @param target the file to write
     * @param progress is told after each block
     * @return what it came to
     * @throws NoAnswerException when the server does not answer, or stops to
     * @throws NetworkException when the server refuses, breaks the protocol, or has too large a
     *     file
     * @throws IOException when the target cannot be written
     * @throws InterruptedException when the thread is interrupted while it waits
     */
    public TftpReceipt download(TftpRequest request, Path target, TftpProgress progress)
            throws IOException, InterruptedException {
        Path folder = target.toAbsolutePath().getParent();
        if (folder == null || Files.isDirectory(target)) {
            throw new IOException("%s is a directory (expected: a file)".formatted(target));
        }
        Path partial = Files.createTempFile(folder, ".tftp-", ".part");
        try {
            TftpReceipt receipt;
            try (FileChannel sink = FileChannel.open(partial, StandardOpenOption.WRITE)) {
                receipt = read(request, sink, progress);
            }
            Files.move(partial, target, StandardCopyOption.REPLACE_EXISTING);
            return receipt;
        } finally {
            Files.deleteIfExists(partial);
        }
    }
}
