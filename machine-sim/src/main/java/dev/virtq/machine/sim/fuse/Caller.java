package dev.virtq.machine.sim.fuse;

import dev.virtq.machine.sim.tree.Attributes;
import dev.virtq.machine.sim.tree.Errno;
import dev.virtq.machine.sim.tree.FileError;
import dev.virtq.machine.sim.tree.Mode;
import java.util.Set;

/**
 * Who asks, and what that one may do. User 0 may do everything.
 *
 * @param user number of the user
 * @param group number of the group
 * @param others numbers of more groups; none but for who makes a file, and tells of one
 */
record Caller(int user, int group, Set<Integer> others) {
    static final int READ = 4;
    static final int WRITE = 2;
    static final int EXECUTE = 1;

    boolean isRoot() {
        return user == 0;
    }

    boolean owns(Attributes file) {
        return isRoot() || user == file.owner();
    }

    boolean may(Attributes file, int wanted) {
        boolean member = group == file.group() || others.contains(file.group());
        int shift = user == file.owner() ? 6 : member ? 3 : 0;
        return isRoot() || ((file.mode() >> shift) & wanted) == wanted;
    }

    void check(Attributes file, int wanted) throws FileError {
        if (!may(file, wanted)) {
            throw Errno.EACCES.error();
        }
    }

    void checkOwns(Attributes file) throws FileError {
        if (!owns(file)) {
            throw Errno.EPERM.error();
        }
    }

    /** Whether a name may be taken away from a directory. */
    void checkTakesAway(Attributes directory, Attributes file) throws FileError {
        check(directory, WRITE | EXECUTE);
        if ((directory.mode() & Mode.STICKY) != 0 && !owns(directory) && !owns(file)) {
            throw Errno.EPERM.error();
        }
    }
}
