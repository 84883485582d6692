package dev.virtq.examples.firstframe;

import dev.virtq.memory.Extent;

/** Uses a type of virtq from the outside. */
final class FirstFrame {
    private FirstFrame() {}

    public static void main(String[] args) {
        boolean onModulePath = FirstFrame.class.getModule().isNamed();
        System.out.printf(
                "%s, on the %s path%n", new Extent(0x1000, 64), onModulePath ? "module" : "class");
    }
}
