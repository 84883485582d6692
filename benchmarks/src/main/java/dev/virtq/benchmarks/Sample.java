package dev.virtq.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What was measured of one competitor: a figure a round. */
public final class Sample {
    private final List<Double> figures = new ArrayList<>();

    /** Nothing yet. */
    public Sample() {}

    /** Adds the figure of a round. */
    public void add(double figure) {
        figures.add(figure);
    }

    /** {@return how many figures there are} */
    public int count() {
        return figures.size();
    }

    /** {@return the one in the middle, or the mean of the two} */
    public double median() {
        List<Double> sorted = figures.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1
                ? sorted.get(middle)
                : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /** {@return the least and the most, as in {@code 1.20–1.31}} */
    public String spread() {
        return "%.2f–%.2f".formatted(least(), most());
    }

    /** {@return how much of another's median this one's is} */
    public double ratioTo(Sample other) {
        return median() / other.median();
    }

    /** {@return the median, the least, the most, and each round's, for JSON} */
    public Map<String, Object> described() {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("median", median());
        described.put("least", least());
        described.put("most", most());
        described.put("rounds", List.copyOf(figures));
        return described;
    }

    private double least() {
        return figures.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    }

    private double most() {
        return figures.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    }
}
