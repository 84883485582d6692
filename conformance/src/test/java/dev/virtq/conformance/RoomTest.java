package dev.virtq.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoomTest {
    @TempDir private Path root;

    @Test
    void theRoomsWithTestsAreFoundInTheRootsPom() throws IOException {
        pom(root, "root", "<modules><module>some</module><module>bare</module></modules>");
        pom(root.resolve("some"), "virtq-some", "");
        pom(root.resolve("bare"), "virtq-bare", "");
        pom(
                root.resolve("conformance"),
                "virtq-conformance",
                "<dependencies><dependency><artifactId>virtq-some</artifactId></dependency></dependencies>");
        source("FooTest.java");
        Reactor reactor = new Reactor(root);
        assertThat(reactor.roomsWithTests()).extracting(Room::name).containsExactly("some");
        assertThat(reactor.isBuiltBefore(room())).isTrue();
        assertThat(reactor.isBuiltBefore(new Room("bare", root.resolve("bare")))).isFalse();
    }

    @Test
    void aRoomThatWasNotCompiledSaysSo() throws IOException {
        source("FooTest.java");
        source("package-info.java");
        assertThat(room().notCompiled()).contains("has no compiled tests");
        compiled("FooTest.class");
        assertThat(room().notCompiled()).isEmpty();
        source("BarTest.java");
        assertThat(room().notCompiled()).contains("was not compiled after BarTest.java changed");
        Path old = compiled("BarTest.class");
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(1))));
        assertThat(room().notCompiled()).contains("was not compiled after BarTest.java changed");
    }

    @Test
    void aClassWhoseSourceIsGoneClaimsNothing() throws IOException {
        source("FooTest.java");
        Path foo = compiled("FooTest.class");
        Path inner = compiled("FooTest$Inner.class");
        compiled("GoneTest.class");
        compiled("GoneTest$Inner.class");
        assertThat(room().testClasses()).isEqualTo(List.of(inner, foo));
    }

    private Room room() {
        return new Room("some", root.resolve("some"));
    }

    private static void pom(Path folder, String artifact, String more) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(
                folder.resolve("pom.xml"),
                "<project><parent><artifactId>other</artifactId></parent><artifactId>"
                        + artifact
                        + "</artifactId>"
                        + more
                        + "</project>");
    }

    private void source(String name) throws IOException {
        write(root.resolve("some/src/test/java/p"), name);
    }

    private Path compiled(String name) throws IOException {
        return write(root.resolve("some/target/test-classes/p"), name);
    }

    private static Path write(Path folder, String name) throws IOException {
        Files.createDirectories(folder);
        return Files.writeString(folder.resolve(name), "");
    }
}
