package dev.virtq.cli.shell;

import dev.virtq.cli.session.MachineChoice;
import java.util.ArrayList;
import java.util.List;
import org.jline.reader.Candidate;

/**
 * What can be said to {@code --machine}: a name, and of one that is found a place behind a colon.
 *
 * @param known the machines that there are
 */
record MachineCandidates(List<MachineChoice.Known> known) {
    List<Candidate> startingWith(String begun) {
        List<Candidate> found = new ArrayList<>();
        for (MachineChoice.Known machine : known) {
            String place = machine.name() + ":";
            if (!machine.isLocated()) {
                found.add(candidate(machine.name(), machine, true));
            } else if (begun.startsWith(place)) {
                found.addAll(places(place, machine, begun.substring(place.length())));
            } else {
                found.add(candidate(place, machine, false));
            }
        }
        return found;
    }

    private static List<Candidate> places(String place, MachineChoice.Known machine, String begun) {
        return machine.locations()
                .get()
                .map(all ->
                        all.stream()
                                .map(location -> candidate(place + location, machine, true))
                                .toList())
                .orElseGet(() -> FileCandidates.files(place, begun));
    }

    private static Candidate candidate(
            String value, MachineChoice.Known machine, boolean complete) {
        return new Candidate(value, value, "machines", machine.description(), null, null, complete);
    }
}
