package dev.virtq.e2e;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * A tree of sources as large projects have it: many small files, few large ones, folders within
 * folders, and a few links. The same seed makes the same tree.
 *
 * @param seed of all that is random in it
 * @param files how many files it has
 */
record SourceTree(long seed, int files) {
    private static final int FILES_OF_A_FOLDER = 20;
    private static final int FILES_OF_A_LINK = 100;
    private static final int DEEPEST = 8;
    private static final int MEDIAN_SIZE = 2_000;
    private static final int LARGEST_SIZE = 300_000;
    private static final int COPY_SIZE = 64 << 10;

    /** Writes the tree as a tar. */
    void pack(Path tar) throws IOException {
        Random random = new Random(seed);
        byte[] text = new byte[LARGEST_SIZE * 2];
        random.nextBytes(text);
        List<String> folders = new ArrayList<>(List.of("tree/"));
        try (OutputStream file = new BufferedOutputStream(Files.newOutputStream(tar), COPY_SIZE);
                TarArchiveOutputStream out =
                        new TarArchiveOutputStream(file, StandardCharsets.UTF_8.name())) {
            out.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            putFolder(out, "tree/");
            String folder = "tree/";
            for (int i = 0; i < files; i++) {
                if (i % FILES_OF_A_FOLDER == 0) {
                    String parent = folders.get(random.nextInt(folders.size()));
                    folder = parent + "package" + i + "/";
                    putFolder(out, folder);
                    if (parent.chars().filter(c -> c == '/').count() < DEEPEST) {
                        folders.add(folder);
                    }
                }
                String name = folder + "S\u00f6urce" + i + ".java";
                int size =
                        (int) Math.min(LARGEST_SIZE, MEDIAN_SIZE * Math.exp(random.nextGaussian()));
                TarArchiveEntry entry = new TarArchiveEntry(name);
                entry.setSize(size);
                out.putArchiveEntry(entry);
                out.write(text, random.nextInt(text.length - size), size);
                out.closeArchiveEntry();
                if (i % FILES_OF_A_LINK == 0) {
                    TarArchiveEntry link =
                            new TarArchiveEntry(name + ".link", TarConstants.LF_SYMLINK);
                    link.setLinkName(Path.of(name).getFileName().toString());
                    out.putArchiveEntry(link);
                    out.closeArchiveEntry();
                }
            }
        }
    }

    private static void putFolder(TarArchiveOutputStream out, String name) throws IOException {
        out.putArchiveEntry(new TarArchiveEntry(name));
        out.closeArchiveEntry();
    }

    /** Unpacks a tar. */
    static void unpack(Path tar, Path into) throws IOException {
        try (TarArchiveInputStream in =
                new TarArchiveInputStream(
                        Files.newInputStream(tar), StandardCharsets.UTF_8.name())) {
            TarArchiveEntry entry = in.getNextEntry();
            while (entry != null) {
                Path path = into.resolve(entry.getName());
                if (entry.isDirectory()) {
                    Files.createDirectory(path);
                } else if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(
                            path, into.getFileSystem().getPath(entry.getLinkName()));
                } else {
                    Files.copy(in, path);
                }
                entry = in.getNextEntry();
            }
        }
    }

    /** {@return what is in a tree: of each path from there the checksum, the link, or a slash} */
    static Map<String, String> describe(Path root) throws IOException {
        Map<String, String> found = new TreeMap<>();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : (Iterable<Path>) all::iterator) {
                found.put(root.relativize(path).toString(), describeOne(path));
            }
        }
        return found;
    }

    private static String describeOne(Path path) throws IOException {
        if (Files.isSymbolicLink(path)) {
            return "-> " + Files.readSymbolicLink(path);
        }
        if (Files.isDirectory(path)) {
            return "/";
        }
        return checksum(path);
    }

    private static String checksum(Path file) throws IOException {
        MessageDigest digest = sha256();
        byte[] buffer = new byte[COPY_SIZE];
        try (InputStream in = Files.newInputStream(file)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
