package dev.virtq.e2e;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/**
 * The arrows between the rooms point one way: a driver knows neither the ring format nor the
 * transport, a ring knows neither, a transport knows no ring.
 */
@AnalyzeClasses(packages = "dev.virtq", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String[] API = {
        "dev.virtq.memory..",
        "dev.virtq.queue..",
        "dev.virtq.device..",
        "dev.virtq.machine",
        "dev.virtq.transport"
    };

    @ArchTest static final ArchRule THE_API_KNOWS_NO_OTHER_ROOM = room(API).dependsOnlyOn();

    @ArchTest
    static final ArchRule THE_SPLIT_RING_KNOWS_ONLY_THE_API =
            room("dev.virtq.split..").dependsOnlyOn(API);

    @ArchTest
    static final ArchRule THE_PACKED_RING_KNOWS_ONLY_THE_API =
            room("dev.virtq.packed..").dependsOnlyOn(API);

    @ArchTest
    static final ArchRule THE_PCI_TRANSPORT_KNOWS_ONLY_THE_API =
            room("dev.virtq.transport.pci..").dependsOnlyOn(API);

    @ArchTest
    static final ArchRule THE_MMIO_TRANSPORT_KNOWS_ONLY_THE_API =
            room("dev.virtq.transport.mmio..").dependsOnlyOn(API);

    @ArchTest
    static final ArchRule THE_VHOST_USER_TRANSPORT_KNOWS_ONLY_THE_API =
            room("dev.virtq.transport.vhostuser..").dependsOnlyOn(API);

    @ArchTest
    static final ArchRule SYSTEM_CALLS_ARE_MADE_IN_ONE_PLACE =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("dev.virtq.transport.vhostuser.posix..")
                    .should()
                    .dependOnClassesThat()
                    .areAssignableTo(java.lang.foreign.Linker.class);

    @ArchTest
    static final ArchRule THE_VHOST_USER_PROTOCOL_KNOWS_NO_DEVICE =
            noClasses()
                    .that()
                    .resideInAnyPackage(
                            "dev.virtq.transport.vhostuser.posix..",
                            "dev.virtq.transport.vhostuser.protocol..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(and(API, "dev.virtq.transport.vhostuser"));

    @ArchTest
    static final ArchRule DRIVERS_KNOW_ONLY_THE_API =
            room("dev.virtq.drivers..").dependsOnlyOn(API);

    @ArchTest
    static final ArchRule SIM_KNOWS_RINGS_AND_THE_API_AND_HOW_VHOST_USER_IS_SPOKEN =
            room("dev.virtq.machine.sim..")
                    .dependsOnlyOn(
                            and(
                                    API,
                                    "dev.virtq.split..",
                                    "dev.virtq.packed..",
                                    "dev.virtq.transport.vhostuser.posix..",
                                    "dev.virtq.transport.vhostuser.protocol.."));

    @ArchTest
    static final ArchRule QEMU_KNOWS_TRANSPORTS_AND_THE_API =
            room("dev.virtq.machine.qemu..")
                    .dependsOnlyOn(
                            and(API, "dev.virtq.transport.pci..", "dev.virtq.transport.mmio.."));

    @ArchTest
    static final ArchRule THE_CONTAINER_KNOWS_QEMU_AND_THE_API =
            room("dev.virtq.machine.container..")
                    .dependsOnlyOn(and(API, "dev.virtq.machine.qemu.."));

    @ArchTest
    static final ArchRule THE_HOST_KNOWS_THE_PCI_TRANSPORT_AND_THE_API =
            room("dev.virtq.machine.host..").dependsOnlyOn(and(API, "dev.virtq.transport.pci.."));

    @ArchTest
    static final ArchRule NOBODY_KNOWS_THE_COMMANDS =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("dev.virtq.cli..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("dev.virtq.cli..");

    @ArchTest
    static final ArchRule ONLY_THE_CONTAINER_ROOM_KNOWS_TESTCONTAINERS =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("dev.virtq.machine.container..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("org.testcontainers..", "com.github.dockerjava..");

    @ArchTest
    static final ArchRule JSON_IS_NOT_IN_THE_LIBRARIES =
            noClasses()
                    .that()
                    .resideInAnyPackage(
                            and(
                                    API,
                                    "dev.virtq.split..",
                                    "dev.virtq.transport..",
                                    "dev.virtq.drivers..",
                                    "dev.virtq.machine.host..",
                                    "dev.virtq.machine.sim.."))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("tools.jackson..", "picocli..", "org.jline..");

    private static final class Room {
        private final String[] packages;

        Room(String... packages) {
            this.packages = packages;
        }

        ArchRule dependsOnlyOn(String... allowed) {
            DescribedPredicate<JavaClass> outside =
                    DescribedPredicate.not(resideInAnyPackage(and(packages, allowed)));
            return noClasses()
                    .that()
                    .resideInAnyPackage(packages)
                    .should()
                    .dependOnClassesThat(
                            resideInAnyPackage("dev.virtq..")
                                    .and(outside)
                                    .as("are virtq's and in no room that it may know"));
        }
    }

    @ArchTest
    static final ArchRule EVERY_CLASS_IS_IN_A_ROOM_WITH_A_RULE =
            classes()
                    .that()
                    .resideInAPackage("dev.virtq..")
                    .should()
                    .resideInAnyPackage(
                            and(
                                    API,
                                    "dev.virtq.split..",
                                    "dev.virtq.packed..",
                                    "dev.virtq.transport.pci..",
                                    "dev.virtq.transport.mmio..",
                                    "dev.virtq.transport.vhostuser..",
                                    "dev.virtq.drivers..",
                                    "dev.virtq.machine..",
                                    "dev.virtq.cli..",
                                    "dev.virtq.testing.."));

    private static Room room(String... packages) {
        return new Room(packages);
    }

    private static String[] and(String[] some, String... more) {
        String[] all = java.util.Arrays.copyOf(some, some.length + more.length);
        System.arraycopy(more, 0, all, some.length, more.length);
        return all;
    }
}
