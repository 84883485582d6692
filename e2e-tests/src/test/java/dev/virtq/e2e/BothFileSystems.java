package dev.virtq.e2e;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;

/**
 * Does the same on the default file system and on a share, in folders with the same in them, and
 * compares: what came out, which exception there was, and what the host sees afterwards.
 */
final class BothFileSystems {
    private final Path local;
    private final Path sharedOnHost;
    private final Path share;
    private final List<Difference> differences = new ArrayList<>();
    private int operations;

    /**
     * Compares two folders.
     *
     * @param local a folder of the default file system
     * @param sharedOnHost the folder that is shared
     * @param share the same as a share
     */
    BothFileSystems(Path local, Path sharedOnHost, Path share) {
        this.local = local;
        this.sharedOnHost = sharedOnHost;
        this.share = share;
    }

    /**
     * What is not the same.
     *
     * @param operation of what
     * @param local what the default file system does
     * @param share what the share does
     */
    record Difference(String operation, String local, String share) {}

    List<Difference> differences() {
        return differences;
    }

    int operations() {
        return operations;
    }

    void run(FileOperation operation) throws IOException {
        operations++;
        String name = "fixture" + operations;
        FolderFixture.make(local.resolve(name));
        FolderFixture.make(sharedOnHost.resolve(name));
        String expected = outcome(operation, local.resolve(name));
        String actual = outcome(operation, share.resolve(name));
        if (!expected.equals(actual)) {
            differences.add(new Difference(operation.name(), expected, actual));
            return;
        }
        String left = FolderFixture.describe(local.resolve(name));
        String leftInShare = FolderFixture.describe(sharedOnHost.resolve(name));
        if (!left.equals(leftInShare)) {
            differences.add(new Difference(operation.name() + " leaves", left, leftInShare));
        }
    }

    private static String outcome(FileOperation operation, Path folder) {
        try {
            return String.valueOf(operation.body().run(folder));
        } catch (Exception e) {
            return describe(e, folder);
        }
    }

    private static String describe(Throwable e, Path folder) {
        if (e instanceof java.io.UncheckedIOException || e instanceof ExecutionException) {
            return describe(e.getCause(), folder);
        }
        String text = e.getClass().getSimpleName();
        if (e instanceof FileSystemException refused) {
            return text
                    + " of %s, %s: %s"
                            .formatted(
                                    relative(refused.getFile(), folder),
                                    relative(refused.getOtherFile(), folder),
                                    refused.getReason());
        }
        return e instanceof IOException ? text + ": " + e.getMessage() : text;
    }

    private static String relative(String file, Path folder) {
        return file == null ? "-" : file.replace(folder.toString(), "");
    }
}
