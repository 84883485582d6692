package dev.virtq.drivers.fs;

import dev.virtq.drivers.fs.fuse.AttributeChange;
import dev.virtq.drivers.fs.fuse.DirectoryCalls.Name;
import dev.virtq.drivers.fs.fuse.FileCalls.Place;
import dev.virtq.drivers.fs.fuse.FuseClient;
import dev.virtq.drivers.fs.fuse.FuseEntry;
import dev.virtq.drivers.fs.fuse.FuseLock;
import dev.virtq.drivers.fs.fuse.OpenFile;
import dev.virtq.fuzz.Input;
import dev.virtq.fuzz.Must;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Requests of the client, one by one. What one has opened or looked up is given back after it. */
final class RawSteps {
    private static final byte[] NAME = {'n'};

    private final Input input;
    private final FuseClient client;
    private final List<Long> found = new ArrayList<>();
    private final List<OpenFile> files = new ArrayList<>();
    private final List<OpenFile> directories = new ArrayList<>();

    RawSteps(Input input, FuseClient client) {
        this.input = input;
        this.client = client;
    }

    /** Asks one thing. */
    void step() throws IOException {
        int number = 1 + input.below(4);
        long node = number;
        OpenFile file = new OpenFile(input.below(4), 0);
        switch (input.below(22)) {
            case 0 -> found(client.nodes().lookup(1, NAME));
            case 1 -> found(client.nodes().symbolicLink(1, NAME, NAME));
            case 2 -> found(client.nodes().make(1, NAME, 0x8000 | 0x1a4, 0));
            case 3 -> found(client.nodes().makeDirectory(1, NAME, 0x1ed));
            case 4 -> found(client.nodes().hardLink(1, NAME, node));
            case 5 -> {
                var created = client.files().create(1, NAME, 1, 0x1a4);
                found(created.entry());
                files.add(created.file());
            }
            case 6 -> client.nodes().attributes(node);
            case 7 -> client.nodes().change(node, AttributeChange.NONE.size(1));
            case 8 -> files.add(client.files().open(node, 0));
            case 9 -> directories.add(client.directories().open(node));
            case 10 -> names(client.directories().read(1, file, 0), false);
            case 11 -> names(client.directories().readPlus(1, file, 0), true);
            case 12 -> {
                int asked = 1 + input.u8();
                byte[] bytes = new byte[asked + 1];
                MemorySegment into = MemorySegment.ofArray(bytes).asSlice(0, asked);
                int count = client.files().read(node, file, 0, into);
                Must.hold(count >= 0 && count <= asked, "more bytes than asked for", count);
                Must.hold(bytes[asked] == 0, "a byte behind those");
            }
            case 13 -> {
                int size = 1 + input.u8();
                int count =
                        client.files().write(node, file, 0, MemorySegment.ofArray(new byte[size]));
                Must.hold(count >= 0 && count <= size, "more bytes than sent", count);
            }
            case 14 -> {
                long copied =
                        client.files()
                                .copy(new Place(node, file, 0), new Place(1, file, 9), 1 << 20);
                Must.hold(copied >= 0 && copied <= 1 << 20, "more bytes than asked for", copied);
            }
            case 15 -> {
                long at = client.files().seek(node, file, 0, 3);
                Must.hold(at >= 0, "before the first byte", at);
            }
            case 16 -> {
                FuseLock lock = new FuseLock(7, 0, 9, FuseLock.SHARED);
                int type = client.files().blocking(node, file, lock).type();
                Must.hold(type >= 0 && type <= 2, "no type of a lock", type);
            }
            case 17 -> client.nodes().space(node);
            case 18 -> {
                byte[] target = client.nodes().readLink(node);
                Must.hold(target.length <= 4096, "a link of many bytes", target.length);
            }
            case 19 -> {
                byte[] value = client.xattrs().get(node, NAME);
                Must.hold(value.length <= 64 << 10, "a value of many bytes", value.length);
            }
            case 20 -> client.xattrs().list(node);
            default -> client.nodes().remove(1, NAME);
        }
    }

    private void found(FuseEntry entry) {
        Must.hold(entry.node() != 0 && entry.node() != 1, "no node of a name", entry);
        Must.hold(entry.attributes().size() >= 0, "less than no bytes", entry);
        found.add(entry.node());
    }

    private void names(List<Name> names, boolean plus) {
        for (Name name : names) {
            Must.hold(name.bytes().length >= 1 && name.bytes().length <= 255, "no name");
            for (byte octet : name.bytes()) {
                Must.hold(octet != 0 && octet != '/', "no name");
            }
            FuseEntry entry = name.entry();
            Must.hold(plus || entry == null, "something was looked up that nobody asked for");
            boolean dots =
                    name.bytes()[0] == '.'
                            && (name.bytes().length == 1
                                    || (name.bytes().length == 2 && name.bytes()[1] == '.'));
            if (entry != null && !dots) {
                found(entry);
            }
        }
    }

    /** Gives back what was found and opened. */
    void tidy() {
        for (long node : found) {
            attempt(() -> client.nodes().forget(node, 1));
        }
        for (OpenFile file : files) {
            attempt(() -> client.files().release(2, file));
        }
        for (OpenFile directory : directories) {
            attempt(() -> client.directories().release(1, directory));
        }
        found.clear();
        files.clear();
        directories.clear();
    }

    private interface Attempt {
        void make() throws IOException;
    }

    private static void attempt(Attempt attempt) {
        try {
            attempt.make();
        } catch (IOException answered) {
            Must.hold(answered.getMessage() != null, "no reason", answered);
        }
    }
}
