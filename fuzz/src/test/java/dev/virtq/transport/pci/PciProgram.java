package dev.virtq.transport.pci;

import dev.virtq.device.ConfigSpace;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueConnection;
import dev.virtq.device.QueueSetup;
import dev.virtq.device.SharedMemoryRegion;
import dev.virtq.device.TransferTimeoutException;
import dev.virtq.fuzz.Input;
import dev.virtq.fuzz.Landmarks;
import dev.virtq.fuzz.Must;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.layout.CapabilityList;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A PCI function with anything in its configuration space and in its registers. What must hold:
 *
 * <ul>
 *   <li>the capability list ends, and no capability is there twice;
 *   <li>a description can be had of every function;
 *   <li>opening works, or throws what it says that it throws, with one line that tells why;
 *   <li>a transport that was opened reads its registers within their structures and aligned, takes
 *       no value that it says it does not take, and throws what the transport's contract has;
 *   <li>all that takes a bounded number of accesses.
 * </ul>
 */
public final class PciProgram {
    private static final int MOST_CAPABILITIES = 48;
    private static final Duration RESET_TIMEOUT = Duration.ofMillis(1);

    private final Input input;

    private PciProgram(Input input) {
        this.input = input;
    }

    /** Reads the capabilities, and describes the function. */
    public static void capabilities(byte[] bytes) {
        Input input = new Input(bytes);
        FuzzedFunction function = new FuzzedFunction(input, 1, UnaryOperator.identity());
        CapabilityList list = CapabilityList.read(function.configSpace(), input.below(8) > 0);
        List<PciCapability> found = list.found();
        Must.hold(found.size() <= MOST_CAPABILITIES, "too many capabilities", found.size());
        Must.hold(
                found.stream().map(PciCapability::position).distinct().count() == found.size(),
                "a capability is there twice",
                found);
        for (PciCapability capability : found) {
            Must.hold(
                    capability.position() >= 0x40 && capability.position() <= 0xfc,
                    "a capability outside",
                    capability);
            Landmarks.reach(capability.getClass().getSimpleName());
            if (capability instanceof PciCapability.VendorData vendor) {
                Must.hold(vendor.vendorId() != 0x1af4, "data of virtio's own vendor", vendor);
                Must.hold(vendor.data().length() % 8 == 4, "data of another length", vendor);
            }
        }
        list.fault().ifPresent(fault -> checkFault(fault, "4.1."));
        PciDescription description = PciDescription.of(function);
        Must.hold(
                description.capabilities().size() <= MOST_CAPABILITIES,
                "too many capabilities",
                description);
        for (String problem : description.problems()) {
            Must.hold(problem.lines().count() == 1, "not one line", problem);
        }
    }

    /** Opens a transport, and works with it. */
    public static void transport(byte[] bytes) {
        new PciProgram(new Input(bytes)).open(1, UnaryOperator.identity());
    }

    /** The same, as it would be if a structure might be longer than its BAR. */
    public static void transportWithoutBarLimit(byte[] bytes) {
        new PciProgram(new Input(bytes)).open(2, UnaryOperator.identity());
    }

    /** The same, as it would be if the way through configuration space were asked the wrong way. */
    public static void transportWithOffsetFirst(byte[] bytes) {
        new PciProgram(new Input(bytes)).open(1, OffsetFirst::new);
    }

    private void open(int claim, UnaryOperator<RegisterWindow> way) {
        FuzzedFunction function = new FuzzedFunction(input, claim, way);
        VirtioPciTransport transport;
        try {
            transport = VirtioPciTransport.open(function, RESET_TIMEOUT);
        } catch (DeviceFaultException fault) {
            checkFault(fault, "4.1.");
            return;
        } catch (DeviceLostException e) {
            Landmarks.reach("lost");
            return;
        } catch (IllegalArgumentException e) {
            Must.hold(
                    String.valueOf(e.getMessage()).matches("(pci|there is no function).*"),
                    "not a word on the function",
                    e);
            Landmarks.reach("not a modern device");
            return;
        }
        Landmarks.reach("open");
        for (int i = 0; i < 24 && !input.isExhausted(); i++) {
            try {
                step(transport);
            } catch (DeviceFaultException fault) {
                checkFault(fault, "");
            } catch (DeviceLostException e) {
                Landmarks.reach("lost");
            } catch (TransferTimeoutException e) {
                Landmarks.reach("queue reset is not confirmed");
            }
        }
        transport.close();
    }

    private void step(VirtioPciTransport transport) {
        switch (input.below(10)) {
            case 0 -> {
                int status = transport.readStatus();
                Must.hold(status >= 0 && status <= 0xff, "not a status", status);
            }
            case 1 -> transport.writeStatus(input.pick(List.of(0, 1, 3, 11, 15)));
            case 2 -> {
                FeatureSet offered = transport.readOfferedFeatures();
                FeatureSet served = transport.servedFeatures();
                transport.writeAcceptedFeatures(offered.intersection(served));
            }
            case 3 -> Must.hold(transport.queueCount() <= 0xffff, "queues");
            case 4 -> {
                int size = transport.maxQueueSize(input.below(4));
                Must.hold(size >= 0 && size <= 32768, "a queue that cannot be", size);
            }
            case 5, 6 -> enable(transport, input.below(4));
            case 7 -> reset(transport, input.below(4));
            case 8 -> config(transport.configSpace());
            default -> regions(transport.sharedMemoryRegions());
        }
    }

    private void enable(VirtioPciTransport transport, int queue) {
        QueueConnection connection;
        try {
            int size = 1 << input.below(5);
            connection =
                    transport.enableQueue(queue, new QueueSetup(size, 0x1000, 0x2000, 0x3000, 0));
        } catch (IllegalArgumentException | IllegalStateException e) {
            Must.hold(
                    String.valueOf(e.getMessage()).contains("expected: "),
                    "not a word on what was expected",
                    e);
            return; // a queue that is not there, or too small, or enabled already
        }
        Landmarks.reach("queue");
        connection.doorbell().ring(input.u16());
        connection.interrupt().poll();
    }

    private static void reset(VirtioPciTransport transport, int queue) {
        try {
            transport.resetQueue(queue);
            Landmarks.reach("queue reset");
        } catch (UnsupportedOperationException | IllegalStateException e) {
            Must.hold(
                    String.valueOf(e.getMessage()).startsWith("queue "),
                    "not a word on the queue",
                    e);
        }
    }

    private void config(ConfigSpace space) {
        Must.hold(space.length() >= 0, "a negative length", space.length());
        Must.hold(space.generation() <= 0xff, "a generation");
        if (space.length() >= 4) {
            int at = 4 * input.below(Math.min(space.length(), 256) / 4);
            space.readInt(at);
            space.readByte(at + 3);
            Landmarks.reach("device configuration");
        }
    }

    private static void regions(List<SharedMemoryRegion> regions) {
        Must.hold(
                regions.stream().map(SharedMemoryRegion::id).distinct().count() == regions.size(),
                "a region is there twice",
                regions);
        for (SharedMemoryRegion region : regions) {
            Must.hold(region.length() >= 0 && region.address() >= 0, "a region outside", region);
            Landmarks.reach("shared memory");
        }
    }

    private static void checkFault(DeviceFaultException fault, String chapter) {
        Must.hold(fault.clause().startsWith(chapter), "another clause", fault);
        Must.hold(!fault.evidence().isBlank(), "no evidence", fault);
        Landmarks.reach("fault " + fault.clause());
    }
}
