package dev.virtq.drivers.fs.node;

import dev.virtq.drivers.fs.fuse.FuseNotification;
import dev.virtq.drivers.fs.fuse.FuseNotification.Deleted;
import dev.virtq.drivers.fs.fuse.FuseNotification.EpochEnded;
import dev.virtq.drivers.fs.fuse.FuseNotification.InvalidEntry;
import dev.virtq.drivers.fs.fuse.FuseNotification.InvalidNode;
import dev.virtq.drivers.fs.fuse.FuseNotification.Pruned;
import dev.virtq.drivers.fs.path.NameCodec;
import java.util.Set;

/**
 * Forgets what the server says is not so any more. An answer that is on its way meanwhile may be
 * older than that, and is not remembered either.
 */
final class Invalidation implements FuseNotification.Listener {
    private final NodeTable nodes;
    private final EntryCache cache;

    Invalidation(NodeTable nodes, EntryCache cache) {
        this.nodes = nodes;
        this.cache = cache;
    }

    @Override
    public void told(FuseNotification notification) {
        switch (notification) {
            case InvalidNode node -> forget(node.node());
            case InvalidEntry entry -> forget(entry.directory(), entry.name());
            case Deleted deleted -> {
                forget(deleted.directory(), deleted.name());
                forget(deleted.node());
            }
            case EpochEnded _ -> cache.clear();
            case Pruned pruned -> cache.drop(Set.copyOf(pruned.nodes()));
        }
    }

    private void forget(long number) {
        try (Node node = nodes.find(number)) {
            if (node != null) {
                node.invalid();
            }
        }
    }

    private void forget(long directory, byte[] name) {
        try (Node node = nodes.find(directory)) {
            if (node != null) { // else no name in it is remembered
                cache.remove(node, NameCodec.decode(name));
            }
        }
    }
}
