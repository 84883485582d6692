package dev.virtq.proof.worlds;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The private state of one end of a ring: all fields of its objects that can change, as numbers.
 * References between the objects have to be final, so that numbers are all there is.
 */
final class RingFields {
    private record Slot(String name, Object target, Field field) {}

    private record Array_(String name, Object array, int length) {}

    private final List<Slot> slots = new ArrayList<>();
    private final List<Array_> arrays = new ArrayList<>();
    private final List<String> names = new ArrayList<>();

    /**
     * Looks at an end.
     *
     * @param end the ring's end
     * @param scratch the fields, as {@code Type.name}, that mean nothing between two operations
     */
    RingFields(Object end, Predicate<String> scratch) {
        Set<Object> visited = Collections.newSetFromMap(new IdentityHashMap<>());
        collect(end, scratch, visited);
        for (Slot slot : slots) {
            names.add(slot.name);
        }
        for (Array_ array : arrays) {
            for (int i = 0; i < array.length; i++) {
                names.add(array.name + "[]");
            }
        }
    }

    /** {@return the name of each number} */
    List<String> names() {
        return names;
    }

    long[] capture() {
        long[] numbers = new long[names.size()];
        int at = 0;
        try {
            for (Slot slot : slots) {
                numbers[at++] = number(slot.field.get(slot.target));
            }
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
        for (Array_ array : arrays) {
            for (int i = 0; i < array.length; i++) {
                numbers[at++] =
                        switch (array.array) {
                            case long[] longs -> longs[i];
                            case int[] ints -> ints[i];
                            case boolean[] booleans -> booleans[i] ? 1 : 0;
                            default -> number(Array.get(array.array, i));
                        };
            }
        }
        return numbers;
    }

    void restore(long[] numbers) {
        int at = 0;
        try {
            for (Slot slot : slots) {
                restore(slot, numbers[at++]);
            }
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
        for (Array_ array : arrays) {
            for (int i = 0; i < array.length; i++) {
                long number = numbers[at++];
                switch (array.array) {
                    case long[] longs -> longs[i] = number;
                    case int[] ints -> ints[i] = (int) number;
                    case short[] shorts -> shorts[i] = (short) number;
                    case boolean[] booleans -> booleans[i] = number != 0;
                    default -> throw new IllegalStateException(array.name);
                }
            }
        }
    }

    private void collect(Object object, Predicate<String> scratch, Set<Object> visited) {
        if (!visited.add(object)) {
            return;
        }
        for (Field field : object.getClass().getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers())) {
                continue;
            }
            String name = object.getClass().getSimpleName() + "." + field.getName();
            field.setAccessible(true);
            boolean isFinal = Modifier.isFinal(field.getModifiers());
            if (field.getType().isPrimitive()) {
                if (!isFinal && !scratch.test(name)) {
                    slots.add(new Slot(name, object, field));
                }
                continue;
            }
            if (!isFinal) {
                if (scratch.test(name)) {
                    continue; // as what is only remembered of where memory is
                }
                throw new IllegalStateException(name + " is a reference that can change");
            }
            follow(name, value(field, object), scratch, visited);
        }
    }

    private void follow(String name, Object value, Predicate<String> scratch, Set<Object> visited) {
        Class<?> type = value.getClass();
        if (type.isArray() && type.componentType().isPrimitive()) {
            if (!scratch.test(name) && visited.add(value)) {
                arrays.add(new Array_(name, value, Array.getLength(value)));
            }
        } else if (type.getClassLoader() instanceof RingLoader && !type.isEnum()) {
            collect(value, scratch, visited);
        }
    }

    private static Object value(Field field, Object object) {
        try {
            return field.get(object);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void restore(Slot slot, long number) throws IllegalAccessException {
        Class<?> type = slot.field.getType();
        if (type == long.class) {
            slot.field.setLong(slot.target, number);
        } else if (type == int.class) {
            slot.field.setInt(slot.target, (int) number);
        } else if (type == boolean.class) {
            slot.field.setBoolean(slot.target, number != 0);
        } else if (type == short.class) {
            slot.field.setShort(slot.target, (short) number);
        } else {
            throw new IllegalStateException(slot.name + " is a " + type);
        }
    }

    private static long number(Object value) {
        return switch (value) {
            case Boolean bool -> bool ? 1 : 0;
            case Number number -> number.longValue();
            default -> throw new IllegalStateException("a field holds " + value);
        };
    }
}
