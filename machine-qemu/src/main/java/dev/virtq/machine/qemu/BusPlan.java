package dev.virtq.machine.qemu;

import dev.virtq.transport.pci.PciBar;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Decides where the BARs on a bus are, and which addresses its bridges pass on. */
final class BusPlan {
    private BusPlan() {}

    /** Addresses that are needed, and the list in which their place is noted. */
    private record Demand(FoundFunction function, PciBar range, List<PciBar> places) {}

    /**
     * Places what is on a bus and behind it, and lets it answer there.
     *
     * @param bus which was scanned
     * @param windows the addresses that it has
     * @throws QemuException when memory does not fit. Ports are few, and no modern device needs
     *     them: a BAR that finds none is left without
     */
    static void place(FoundBus bus, BarWindows windows) {
        Map<FoundFunction, List<PciBar>> bars = new HashMap<>();
        Map<FoundFunction, List<PciBar>> passed = new HashMap<>();
        List<Demand> demands = new ArrayList<>();
        for (FoundFunction function : bus.functions()) {
            List<PciBar> ownPlaces = new ArrayList<>();
            bars.put(function, ownPlaces);
            for (PciBar bar : function.probe()) {
                demands.add(new Demand(function, bar, ownPlaces));
            }
            List<PciBar> passedPlaces = new ArrayList<>();
            passed.put(function, passedPlaces);
            for (PciBar range : function.passedOn()) {
                demands.add(new Demand(function, range, passedPlaces));
            }
        }
        demands.sort(Comparator.comparingLong((Demand demand) -> demand.range().size()).reversed());
        demands.forEach(demand -> place(demand, windows));
        for (FoundFunction function : bus.functions()) {
            function.assign(bars.getOrDefault(function, List.of()));
            Optional<FoundBus> behind = function.behind();
            if (behind.isPresent()) {
                BarWindows own = BridgeNeeds.windows(passed.getOrDefault(function, List.of()));
                function.pass(own);
                place(behind.get(), own);
            }
        }
    }

    private static void place(Demand demand, BarWindows windows) {
        PciBar range = demand.range();
        Optional<PciBar> place = windows.place(range);
        if (place.isPresent()) {
            demand.places().add(place.get());
        } else if (range.kind() != PciBar.Kind.IO) {
            throw new QemuException(
                    "no addresses are left for the 0x%x bytes of memory that pci %s needs"
                            .formatted(range.size(), demand.function().address()));
        }
    }
}
