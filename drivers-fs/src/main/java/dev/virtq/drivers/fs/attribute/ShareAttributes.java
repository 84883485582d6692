package dev.virtq.drivers.fs.attribute;

import dev.virtq.drivers.fs.fuse.FuseAttributes;
import dev.virtq.drivers.fs.fuse.FuseTime;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.time.Instant;
import java.util.Set;

/**
 * What was known of a file when it was asked for. Where the server does not tell when it was made,
 * that is the time of the last change of its content.
 *
 * @param known what was known
 * @param mount the number of the mount, which tells apart files of several
 */
public record ShareAttributes(FuseAttributes known, int mount) implements PosixFileAttributes {
    /**
     * What tells apart files.
     *
     * @param mount the number of the mount
     * @param inode the number of the file there
     */
    record Key(int mount, long inode) {
        @Override
        public String toString() {
            return "(mount=%d,ino=%s)".formatted(mount, Long.toUnsignedString(inode));
        }
    }

    static FileTime time(FuseTime time) {
        return FileTime.from(Instant.ofEpochSecond(time.seconds(), time.nanos()));
    }

    static FuseTime time(FileTime time) {
        Instant instant = time.toInstant();
        return new FuseTime(instant.getEpochSecond(), instant.getNano());
    }

    @Override
    public FileTime lastModifiedTime() {
        return time(known.modified());
    }

    @Override
    public FileTime lastAccessTime() {
        return time(known.accessed());
    }

    @Override
    public FileTime creationTime() {
        FuseTime born = known.born();
        return born == null ? lastModifiedTime() : time(born);
    }

    FileTime changeTime() {
        return time(known.changed());
    }

    @Override
    public boolean isRegularFile() {
        return known.type() == FuseAttributes.REGULAR;
    }

    @Override
    public boolean isDirectory() {
        return known.isDirectory();
    }

    @Override
    public boolean isSymbolicLink() {
        return known.type() == FuseAttributes.SYMBOLIC_LINK;
    }

    @Override
    public boolean isOther() {
        return !isRegularFile() && !isDirectory() && !isSymbolicLink();
    }

    @Override
    public long size() {
        return known.size();
    }

    @Override
    public Object fileKey() {
        return new Key(mount, known.inode());
    }

    @Override
    public UserPrincipal owner() {
        return new Principal.User(known.user());
    }

    @Override
    public GroupPrincipal group() {
        return new Principal.Group(known.group());
    }

    @Override
    public Set<PosixFilePermission> permissions() {
        return Permissions.of(known.mode());
    }
}
