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
import java.util.function.IntToLongFunction;

/**
 * What a back end is, and which rules it breaks.
 *
 * @param device makes the device for a front end
 * @param abilities the protocol features that it has; with none it does not speak of them at all
 * @param withheld features of the device that it does not offer
 * @param rules what it does otherwise than it should
 * @param ends how it ends
 */
record Script(
        Fitting device,
        Set<ProtocolFeature> abilities,
        FeatureSet withheld,
        List<Rule> rules,
        Ends ends) {
    private static final Set<ProtocolFeature> ALL = EnumSet.allOf(ProtocolFeature.class);

    /**
     * How the lives of a back end end, of which each connection is one.
     *
     * @param steps for the number of a life, from 1 on: after how many steps it dies; 0 for not by
     *     itself
     * @param proven whether it says when it has ended; one that does not may go on writing
     */
    record Ends(IntToLongFunction steps, boolean proven) {
        static final Ends BY_THE_FRONT_END = new Ends(life -> 0, true);
    }

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
        return new Script(device, ALL, FeatureSet.EMPTY, List.of(), Ends.BY_THE_FRONT_END);
    }

    Script with(ProtocolFeature... some) {
        return new Script(device, Set.of(some), withheld, rules, ends);
    }

    Script without(ProtocolFeature one) {
        Set<ProtocolFeature> left = EnumSet.noneOf(ProtocolFeature.class);
        left.addAll(abilities);
        left.remove(one);
        return new Script(device, left, withheld, rules, ends);
    }

    Script withholding(FeatureSet features) {
        return new Script(device, abilities, features, rules, ends);
    }

    /** {@return this, and at a request it does something else} */
    Script at(Request request, Deed deed) {
        List<Rule> more = new ArrayList<>(rules);
        more.add(new Rule(request, deed));
        return new Script(device, abilities, withheld, more, ends);
    }

    /** {@return this, with lives that end after so many steps; 0 for not by themselves} */
    Script dying(IntToLongFunction steps) {
        return new Script(device, abilities, withheld, rules, new Ends(steps, ends.proven));
    }

    /** {@return this, and nobody learns when it has ended} */
    Script unproven() {
        return new Script(device, abilities, withheld, rules, new Ends(ends.steps, false));
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
