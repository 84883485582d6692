package dev.virtq.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.drivers.fs.fuse.FuseFlag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.IntPoint;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.CheckIndex;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.LockObtainFailedException;
import org.apache.lucene.store.NIOFSDirectory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An index of Lucene in a share: its files are written once, read at random, and locked. */
@Timeout(120)
class LuceneIndexIT {
    private static final long SEED = 42;
    private static final int DOCUMENTS = 6_000;
    private static final int WORDS = 500;
    private static final int WORDS_OF_A_DOCUMENT = 40;

    @TempDir private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"virtiofsd", "qemu-local", "sim-packed"})
    void anIndexIsBuiltReopenedSearchedAndMerged(String kind) throws Exception {
        try (ServedShare share = ServedShare.start(kind, folder)) {
            long start = System.nanoTime();
            Path path = share.root().resolve("index");
            int[] expected = build(path);
            long built = System.nanoTime();
            check(path, expected, DOCUMENTS);
            long searched = System.nanoTime();

            try (Directory directory = new NIOFSDirectory(path);
                    IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
                writer.deleteDocuments(IntPoint.newRangeQuery("number", 0, DOCUMENTS / 2 - 1));
                writer.forceMerge(1);
            }
            int[] left = words(DOCUMENTS / 2, DOCUMENTS);
            check(path, left, DOCUMENTS / 2);
            check(share.onHost().resolve("index"), left, DOCUMENTS / 2);
            try (Directory directory = new NIOFSDirectory(path);
                    DirectoryReader reader = DirectoryReader.open(directory)) {
                assertThat(reader.leaves()).hasSize(1);
            }
            System.out.printf(
                    "lucene: %s, seed %d: %d documents indexed in %d ms, checked and searched in %d"
                            + " ms, merged and searched again in %d ms%n",
                    kind,
                    SEED,
                    DOCUMENTS,
                    Duration.ofNanos(built - start).toMillis(),
                    Duration.ofNanos(searched - built).toMillis(),
                    Duration.ofNanos(System.nanoTime() - searched).toMillis());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"virtiofsd", "qemu-local", "sim"})
    void aSecondWriterIsKeptOut(String kind) throws Exception {
        try (ServedShare share = ServedShare.start(kind, folder)) {
            Path path = share.root().resolve("index");
            Path onHost = share.onHost().resolve("index");
            assertThat(share.fileSystem().client().session().has(FuseFlag.POSIX_LOCKS))
                    .as("the server knows locks")
                    .isTrue();
            try (IndexWriter first = open(path)) {
                first.addDocument(new Document());
                assertThatThrownBy(() -> open(path)).isInstanceOf(LockObtainFailedException.class);
                if (!kind.equals("sim")) { // whose locks are this JVM's own
                    assertThatThrownBy(() -> open(onHost))
                            .isInstanceOf(LockObtainFailedException.class)
                            .hasMessageContaining("held by another program");
                }
            }
            open(path).close();
            open(onHost).close();
        }
    }

    private static IndexWriter open(Path path) throws IOException {
        Directory directory = new NIOFSDirectory(path);
        try {
            return new IndexWriter(directory, new IndexWriterConfig());
        } catch (IOException | RuntimeException e) {
            directory.close();
            throw e;
        }
    }

    /** {@return how many documents have each word} */
    private static int[] build(Path path) throws IOException {
        IndexWriterConfig config = new IndexWriterConfig().setRAMBufferSizeMB(1);
        try (Directory directory = new NIOFSDirectory(path);
                IndexWriter writer = new IndexWriter(directory, config)) {
            for (int i = 0; i < DOCUMENTS; i++) {
                Document document = new Document();
                document.add(new StringField("id", "document" + i, Field.Store.YES));
                document.add(new IntPoint("number", i));
                document.add(new TextField("text", text(i), Field.Store.YES));
                writer.addDocument(document);
                if (i % (DOCUMENTS / 4) == 0) {
                    writer.commit();
                }
            }
        }
        try (Stream<Path> files = Files.list(path)) {
            assertThat(files.count()).isGreaterThan(5);
        }
        return words(0, DOCUMENTS);
    }

    private static String text(int number) {
        StringBuilder text = new StringBuilder();
        for (int word : wordsOf(number)) {
            text.append("word").append(word).append(' ');
        }
        return text.toString();
    }

    private static int[] wordsOf(int number) {
        return new Random(SEED + number).ints(WORDS_OF_A_DOCUMENT, 0, WORDS).toArray();
    }

    private static int[] words(int from, int to) {
        int[] documents = new int[WORDS];
        for (int i = from; i < to; i++) {
            Arrays.stream(wordsOf(i)).distinct().forEach(word -> documents[word]++);
        }
        return documents;
    }

    private static void check(Path path, int[] expected, int documents) throws IOException {
        try (Directory directory = new NIOFSDirectory(path)) {
            try (CheckIndex check = new CheckIndex(directory)) {
                assertThat(check.checkIndex().clean).isTrue();
            }
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                IndexSearcher searcher = new IndexSearcher(reader);
                assertThat(reader.numDocs()).isEqualTo(documents);
                for (int word = 0; word < WORDS; word++) {
                    Query query = new TermQuery(new Term("text", "word" + word));
                    assertThat(searcher.count(query)).isEqualTo(expected[word]);
                }
                Query last = new TermQuery(new Term("id", "document" + (DOCUMENTS - 1)));
                int found = searcher.search(last, 1).scoreDocs[0].doc;
                assertThat(searcher.storedFields().document(found).get("text"))
                        .isEqualTo(text(DOCUMENTS - 1));
            }
        }
    }
}
