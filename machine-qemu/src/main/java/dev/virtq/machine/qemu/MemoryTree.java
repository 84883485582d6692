package dev.virtq.machine.qemu;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the RAM in what QEMU's {@code info mtree -f} prints. Where QEMU splits the RAM of a machine
 * depends on its type, its version and its options, so it is asked and not calculated.
 */
final class MemoryTree {
    private static final Pattern VIEW = Pattern.compile("FlatView #\\d+");
    private static final Pattern SYSTEM = Pattern.compile(" AS \"memory\"(,.*)?");
    private static final Pattern RAM =
            Pattern.compile(
                    "\\s*([0-9a-f]{16})-([0-9a-f]{16}) \\(prio -?\\d+, ram\\): (\\S+)"
                            + "(?: @([0-9a-f]{16}))?(?: .*)?");

    private MemoryTree() {}

    /**
     * Reads the runs of one backend.
     *
     * @param text what QEMU printed
     * @param backend the id of the memory backend
     * @param size how many bytes the backend has
     * @return the runs, in the order of the backend's bytes
     */
    static List<RamRun> runs(String text, String backend, long size) {
        List<RamRun> runs = new ArrayList<>();
        for (String line : systemView(text)) {
            Matcher matcher = RAM.matcher(line);
            if (matcher.matches() && isBackend(matcher.group(3), backend)) {
                runs.add(run(matcher, line));
            }
        }
        runs.sort(Comparator.comparingLong(RamRun::offset));
        long end = 0;
        for (RamRun run : runs) {
            if (run.offset() < end || run.end() > size) {
                throw new QemuException(
                        "QEMU's memory tree shows RAM twice or beyond its %d bytes: %s"
                                .formatted(size, runs));
            }
            end = run.end();
        }
        if (runs.isEmpty()) {
            throw new QemuException(
                    "QEMU's memory tree shows no RAM of backend '%s' (is it the machine's RAM?)"
                            .formatted(backend));
        }
        return runs;
    }

    private static List<String> systemView(String text) {
        List<String> view = new ArrayList<>();
        boolean system = false;
        for (String line : text.lines().toList()) {
            if (VIEW.matcher(line).matches()) {
                if (system) {
                    break;
                }
                view.clear();
            } else if (SYSTEM.matcher(line).matches()) {
                system = true;
            } else {
                view.add(line);
            }
        }
        return system ? view : List.of();
    }

    private static RamRun run(Matcher matcher, String line) {
        try {
            long first = Long.parseLong(matcher.group(1), 16);
            long last = Long.parseLong(matcher.group(2), 16);
            long offset = matcher.group(4) == null ? 0 : Long.parseLong(matcher.group(4), 16);
            return new RamRun(offset, first, Math.addExact(last - first, 1));
        } catch (IllegalArgumentException | ArithmeticException nonsense) {
            throw new QemuException(
                    "QEMU's memory tree makes no sense: '%s'".formatted(line.strip()), nonsense);
        }
    }

    /** Machine types of before 2019 use the backend's whole path as its name. */
    private static boolean isBackend(String name, String backend) {
        return name.equals(backend) || name.equals("/objects/" + backend);
    }
}
