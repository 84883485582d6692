package dev.virtq.machine.sim.tree;

/**
 * What a file is made as.
 *
 * @param mode type and permissions
 * @param device the number of the device that it stands for; 0 for none
 * @param target where it points, when it is a symbolic link; else empty
 * @param owner number of its owner
 * @param group number of its group
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares these
public record Creation(int mode, int device, byte[] target, int owner, int group) {
    /** {@return its type, as {@link Mode} has them} */
    int type() {
        return mode & Mode.TYPE;
    }
}
