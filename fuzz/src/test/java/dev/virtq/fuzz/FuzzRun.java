package dev.virtq.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One run of Jazzer over one target, in a JVM of its own: Jazzer instruments what it loads, and
 * ends the process when it finds something.
 *
 * @param title what was fuzzed
 * @param executions how many inputs were run
 * @param seconds for how long
 * @param landmarks which places were reached, and how often; empty after a finding
 * @param finding what Jazzer said of the input that broke something; empty when none did
 * @param input that input
 */
record FuzzRun(
        String title,
        long executions,
        long seconds,
        Map<String, Long> landmarks,
        Optional<String> finding,
        Optional<Path> input) {
    /** Where the inputs are that were found worth keeping, in a run's folder. */
    static final String CORPUS = "corpus";

    private static final Pattern DONE = Pattern.compile("Done (\\d+) runs in (\\d+) second");
    private static final Pattern PROGRESS = Pattern.compile("(?m)^#(\\d+)\\s");
    private static final Pattern CRASH = Pattern.compile("(?m)Test unit written to (.+)$");

    /** What a JVM needs to start, and to write down what it found, on a machine that is busy. */
    private static final int SLACK_SECONDS = 120;

    /** Longer programs find no more, and take longer. */
    private static final int LONGEST_INPUT = 400;

    /**
     * How long, and from where.
     *
     * @param seconds for how long at most
     * @param executions how many inputs at most; -1 for any number
     * @param seed what the fuzzer's random numbers begin with
     * @param inputs folders with inputs to begin with
     */
    record Limits(int seconds, long executions, int seed, List<Path> inputs) {}

    /** Fuzzes in a folder of its own. */
    static FuzzRun of(String name, String title, Path folder, Limits limits)
            throws IOException, InterruptedException {
        Path corpus = Files.createDirectories(folder.resolve(CORPUS));
        Path landmarks = folder.resolve("landmarks.txt");
        Files.deleteIfExists(landmarks);
        Path log = folder.resolve("jazzer.log");
        List<String> command = new ArrayList<>(jvm(limits.seconds()));
        command.add("com.code_intelligence.jazzer.Jazzer");
        command.add("--target_class=" + JazzerTarget.class.getName());
        command.add("--target_args=" + name + " " + landmarks.toAbsolutePath());
        command.add("--instrumentation_includes=dev.virtq.**");
        command.add("--mutator_framework=false"); // bytes need no other mutations than libFuzzer's
        // Jazzer's own bug detectors are about SQL, LDAP, deserialisation: nothing of that is here.
        command.add("--custom_hook_includes=none");
        // A glob is meant to become a regular expression.
        command.add("--disabled_hooks=com.code_intelligence.jazzer.sanitizers.RegexInjection");
        command.add("--reproducer_path=" + folder.toAbsolutePath());
        command.add("-artifact_prefix=" + folder.toAbsolutePath() + "/");
        command.add("-max_total_time=" + limits.seconds());
        command.add("-runs=" + limits.executions());
        command.add("-max_len=" + LONGEST_INPUT);
        command.add("-len_control=0");
        command.add("-timeout=25"); // an input that takes longer than that hangs
        command.add("-seed=" + limits.seed());
        command.add(corpus.toAbsolutePath().toString());
        limits.inputs().forEach(inputs -> command.add(inputs.toAbsolutePath().toString()));
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        try {
            if (!process.waitFor(limits.seconds() + SLACK_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("the fuzzer does not end: see " + log.toAbsolutePath());
            }
        } finally {
            process.destroyForcibly();
        }
        return read(title, process.exitValue(), log, landmarks);
    }

    /** {@return one line that says what was done} */
    String summary() {
        return String.format(
                Locale.ROOT,
                "fuzz: %s: %,d executions in %d s, %s",
                title,
                executions,
                seconds,
                finding.isPresent() ? "1 finding" : "0 findings");
    }

    private static FuzzRun read(String title, int status, Path log, Path landmarks)
            throws IOException {
        String said = Files.readString(log);
        Matcher done = DONE.matcher(said);
        Matcher crash = CRASH.matcher(said);
        if (crash.find()) {
            long executions =
                    PROGRESS.matcher(said)
                            .results()
                            .mapToLong(it -> Long.parseLong(it.group(1)))
                            .max()
                            .orElse(0);
            return new FuzzRun(
                    title,
                    executions,
                    0,
                    Map.of(),
                    Optional.of(finding(said)),
                    Optional.of(Path.of(crash.group(1).strip())));
        }
        if (status != 0 || !done.find()) {
            throw new AssertionError(
                    "the fuzzer ended with status %d: see %s"
                            .formatted(status, log.toAbsolutePath()));
        }
        return new FuzzRun(
                title,
                Long.parseLong(done.group(1)),
                Long.parseLong(done.group(2)),
                landmarks(landmarks),
                Optional.empty(),
                Optional.empty());
    }

    private static Map<String, Long> landmarks(Path file) throws IOException {
        Map<String, Long> reached = new HashMap<>();
        try (Stream<String> lines = Files.lines(file)) {
            lines.forEach(line -> {
                int space = line.indexOf(' ');
                reached.put(line.substring(space + 1), Long.valueOf(line.substring(0, space)));
            });
        }
        return reached;
    }

    /** The exception and where it was thrown; what else Jazzer says is in its log. */
    private static String finding(String said) {
        return said.lines()
                .dropWhile(line -> !line.startsWith("==") && !line.contains("ERROR: "))
                .limit(12)
                .reduce("", (all, line) -> all + line + "\n");
    }

    private static List<String> jvm(int seconds) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                // The second compiler begins to pay when a short run is over.
                "-XX:TieredStopAtLevel=" + (seconds > 30 ? 4 : 1),
                "-XX:+EnableDynamicAgentLoading",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow");
    }
}
