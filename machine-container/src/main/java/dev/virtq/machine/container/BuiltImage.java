package dev.virtq.machine.container;

import com.github.dockerjava.api.DockerClient;
import dev.virtq.machine.qemu.QemuException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;
import java.util.function.Consumer;

/**
 * An image that is built from a Dockerfile, once: its tag is the hash of the Dockerfile, so that it
 * is found again, and built again when the Dockerfile changes.
 *
 * @param dockerfile the text of the Dockerfile
 */
record BuiltImage(String dockerfile) implements ContainerImage {
    /** The image that comes with this module. */
    static final BuiltImage DEFAULT = new BuiltImage(Confinement.resource("Dockerfile"));

    /** No registry has images of this host, so nobody tries to pull it. */
    private static final String REPOSITORY = "localhost/virtq-qemu";

    private static final int HASH_DIGITS = 12;

    @Override
    public String name() {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(dockerfile.getBytes(StandardCharsets.UTF_8));
            return REPOSITORY + ":" + HexFormat.of().formatHex(hash).substring(0, HASH_DIGITS);
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every JDK has SHA-256", missing);
        }
    }

    @Override
    public void ensure(DockerClient engine, Consumer<String> progress) {
        String name = name();
        if (ContainerImage.isThere(engine, name)) {
            return;
        }
        progress.accept("building the container image " + name + ", once ...");
        BuildLog log = new BuildLog(progress);
        Path context = context();
        try {
            engine.buildImageCmd(context.toFile())
                    .withTags(Set.of(name))
                    .withForcerm(true)
                    .exec(log);
            log.await(name);
        } finally {
            remove(context);
        }
        if (!ContainerImage.isThere(engine, name)) {
            throw log.failure(name, "the engine built something else");
        }
    }

    private Path context() {
        try {
            Path folder = Files.createTempDirectory("virtq-image");
            Files.writeString(folder.resolve("Dockerfile"), dockerfile);
            return folder;
        } catch (IOException failure) {
            throw new QemuException("cannot write a Dockerfile: " + failure, failure);
        }
    }

    private static void remove(Path folder) {
        try {
            Files.deleteIfExists(folder.resolve("Dockerfile"));
            Files.deleteIfExists(folder);
        } catch (IOException failure) {
            throw new QemuException("cannot remove %s: %s".formatted(folder, failure), failure);
        }
    }
}
