package dev.virtq.machine.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place where files are made of huge pages: a mount of hugetlbfs.
 *
 * @param folder where it is
 * @param pageBytes how large its pages are
 */
record HugePageMount(Path folder, long pageBytes) {
    private static final Pattern PAGE_SIZE = Pattern.compile("pagesize=([0-9]+)([KMG])");
    private static final Pattern ESCAPED = Pattern.compile("\\\\([0-7]{3})");

    /**
     * {@return the mount with the smallest pages that this user may write to; empty when there is
     * none}
     *
     * @param linux which has mounts
     */
    static Optional<HugePageMount> find(Linux linux) throws IOException {
        List<HugePageMount> found = new ArrayList<>();
        for (String line : linux.mounts()) {
            String[] words = line.split(" ", -1); // device, folder, type, options, ...
            if (words.length < 4 || !words[2].equals("hugetlbfs")) {
                continue;
            }
            Path folder = Path.of(unescaped(words[1]));
            Matcher size = PAGE_SIZE.matcher(words[3]);
            if (size.find() && Files.isWritable(folder)) {
                found.add(new HugePageMount(folder, bytes(size.group(1), size.group(2))));
            }
        }
        return found.stream().min(Comparator.comparingLong(HugePageMount::pageBytes));
    }

    private static long bytes(String number, String unit) {
        int shift =
                switch (unit) {
                    case "K" -> 10;
                    case "M" -> 20;
                    default -> 30;
                };
        return Long.parseLong(number) << shift;
    }

    /** Spaces and the like are written in octal in the table of mounts. */
    private static String unescaped(String folder) {
        return ESCAPED.matcher(folder)
                .replaceAll(found ->
                        Matcher.quoteReplacement(
                                String.valueOf((char) Integer.parseInt(found.group(1), 8))));
    }
}
