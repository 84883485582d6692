package dev.virtq.machine.sim.vhostuser;

import dev.virtq.device.FeatureSet;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.device.ServedDevice;
import dev.virtq.memory.DmaMemory;
import dev.virtq.transport.vhostuser.protocol.ProtocolFeature;
import dev.virtq.transport.vhostuser.protocol.Request;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What a back end is, and which rules it breaks.
 *
 * @param device makes the device for a front end
 * @param abilities the protocol features that it has; with none it does not speak of them at all
 * @param withheld features of the device that it does not offer
 * @param rules what it does otherwise than it should
 */
record Script(
        Fitting device, Set<ProtocolFeature> abilities, FeatureSet withheld, List<Rule> rules) {
    private static final Set<ProtocolFeature> ALL =
            EnumSet.complementOf(EnumSet.of(ProtocolFeature.INFLIGHT_SHMFD));

    /** Makes a device over memory. */
    @FunctionalInterface
    interface Fitting {
        ServedDevice make(DmaMemory memory, FeatureSet withheld);
    }

    /**
     * A deed at a request.
     *
     * @param at the request
     * @param deed what is done
     */
    record Rule(Request at, Deed deed) {}

    Script {
        rules = List.copyOf(rules);
        abilities = Set.copyOf(abilities);
    }

    /** {@return a back end that keeps all rules} */
    static Script honest(SimDevice device) {
        return honest((memory, withheld) -> ServedDevice.of(device, memory, withheld));
    }

    static Script honest(Fitting device) {
        return new Script(device, ALL, FeatureSet.EMPTY, List.of());
    }

    Script with(ProtocolFeature... some) {
        return new Script(device, Set.of(some), withheld, rules);
    }

    Script without(ProtocolFeature one) {
        Set<ProtocolFeature> left = EnumSet.noneOf(ProtocolFeature.class);
        left.addAll(abilities);
        left.remove(one);
        return new Script(device, left, withheld, rules);
    }

    Script withholding(FeatureSet features) {
        return new Script(device, abilities, features, rules);
    }

    /** {@return this, and at a request it does something else} */
    Script at(Request request, Deed deed) {
        List<Rule> more = new ArrayList<>(rules);
        more.add(new Rule(request, deed));
        return new Script(device, abilities, withheld, more);
    }

    /** {@return what is done at a request; the first rule for it holds} */
    Deed deed(Request request) {
        return rules.stream()
                .filter(rule -> rule.at == request)
                .findFirst()
                .map(Rule::deed)
                .orElse(Deed.HONEST);
    }

    long abilityBits() {
        return abilities.stream()
                .mapToLong(ProtocolFeature::mask)
                .reduce(0, (some, one) -> some | one);
    }
}
