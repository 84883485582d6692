package dev.virtq.cli.console;

import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.json.JsonMapper;

/** Answers for programs: one JSON document on one line. */
public final class Json {
    private static final JsonMapper MAPPER =
            JsonMapper.builder().disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY).build();

    private Json() {}

    /**
     * {@return the document}
     *
     * @param answer a record; its components are the names of the fields
     */
    public static String document(Object answer) {
        return MAPPER.writeValueAsString(answer);
    }
}
