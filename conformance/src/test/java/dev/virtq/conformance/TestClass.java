package dev.virtq.conformance;

import java.io.IOException;
import java.lang.classfile.Annotation;
import java.lang.classfile.AnnotationElement;
import java.lang.classfile.AnnotationValue;
import java.lang.classfile.AttributedElement;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** One class file, and what the annotations in it claim. Nothing is loaded or run. */
final class TestClass {
    private static final String JUPITER = "Lorg/junit/jupiter/";
    private static final Set<String> MAKE_A_TEST =
            Set.of(
                    JUPITER + "api/Test;",
                    JUPITER + "api/RepeatedTest;",
                    JUPITER + "api/TestFactory;",
                    JUPITER + "api/TestTemplate;",
                    JUPITER + "params/ParameterizedTest;",
                    "Lcom/code_intelligence/jazzer/junit/FuzzTest;");
    private static final String DISABLED = JUPITER + "api/Disabled;";
    private static final String NESTED = JUPITER + "api/Nested;";

    /** What surefire and failsafe take for tests. */
    private static final String RUN = "(Test|IT).*|.*(Test|Tests|TestCase|IT|ITCase)";

    private final String room;
    private final ClassModel model;

    /** {@code SendingTest}, or {@code NotificationTest.ByFlag}. */
    private final String name;

    TestClass(String room, Path file) throws IOException {
        this(room, ClassFile.of().parse(file));
    }

    TestClass(String room, ClassModel model) {
        this.room = room;
        this.model = model;
        String binary = model.thisClass().asInternalName();
        name = binary.substring(binary.lastIndexOf('/') + 1).replace('$', '.');
    }

    List<Claim> claims() {
        List<Claim> claims = new ArrayList<>(claimsOn(model, name));
        for (MethodModel method : model.methods()) {
            claims.addAll(claimsOn(method, nameOf(method)));
        }
        return claims;
    }

    /** {@return why what claims something here is never run, a line each} */
    List<String> neverRun() {
        List<String> found = new ArrayList<>();
        if (claims().isEmpty()) {
            return found;
        }
        if (has(model, DISABLED)) {
            found.add(name + " claims a clause and is disabled");
        }
        boolean nested = name.contains(".");
        if ((nested && !has(model, NESTED)) || !name.replaceFirst("\\..*", "").matches(RUN)) {
            found.add(
                    name
                            + " claims a clause and is never run (expected: a class named"
                            + " …Test or …IT, or @Nested in one)");
        }
        boolean anyTest = false;
        for (MethodModel method : model.methods()) {
            boolean test = annotations(method).anyMatch(a -> MAKE_A_TEST.contains(type(a)));
            anyTest |= test;
            if (claimsOn(method, nameOf(method)).isEmpty()) {
                continue;
            }
            if (!test) {
                found.add(nameOf(method) + " claims a clause and is no test");
            } else if (has(method, DISABLED)) {
                found.add(nameOf(method) + " claims a clause and is disabled");
            }
        }
        if (!anyTest && !nested && !inherits()) {
            found.add(name + " claims a clause and has no test");
        }
        return found.stream().map(line -> room + ": " + line).toList();
    }

    private boolean inherits() {
        return model.superclass()
                .filter(type -> !type.asInternalName().equals("java/lang/Object"))
                .isPresent();
    }

    private String nameOf(MethodModel method) {
        return name + "." + method.methodName().stringValue();
    }

    private List<Claim> claimsOn(AttributedElement element, String test) {
        return annotations(element)
                .flatMap(TestClass::unpacked)
                .flatMap(annotation -> claimsOf(annotation, test))
                .toList();
    }

    /** A repeated annotation is in a container of its own. */
    private static Stream<Annotation> unpacked(Annotation annotation) {
        return switch (type(annotation)) {
            case "Ldev/virtq/testing/Clauses;", "Ldev/virtq/testing/Breaches;" ->
                    values(annotation)
                            .filter(AnnotationValue.OfAnnotation.class::isInstance)
                            .map(value -> ((AnnotationValue.OfAnnotation) value).annotation());
            default -> Stream.of(annotation);
        };
    }

    private Stream<Claim> claimsOf(Annotation annotation, String test) {
        Claim.Kind kind =
                switch (type(annotation)) {
                    case "Ldev/virtq/testing/Clause;" -> Claim.Kind.HELD;
                    case "Ldev/virtq/testing/Breach;" -> Claim.Kind.BROKEN;
                    default -> null;
                };
        if (kind == null) {
            return Stream.empty();
        }
        return values(annotation)
                .filter(AnnotationValue.OfString.class::isInstance)
                .map(id ->
                        new Claim(room, test, ((AnnotationValue.OfString) id).stringValue(), kind));
    }

    private static Stream<AnnotationValue> values(Annotation annotation) {
        return annotation.elements().stream()
                .map(AnnotationElement::value)
                .flatMap(value ->
                        value instanceof AnnotationValue.OfArray array
                                ? array.values().stream()
                                : Stream.of(value));
    }

    private static boolean has(AttributedElement element, String type) {
        return annotations(element).anyMatch(annotation -> type(annotation).equals(type));
    }

    private static Stream<Annotation> annotations(AttributedElement element) {
        return element.findAttribute(Attributes.runtimeVisibleAnnotations()).stream()
                .flatMap(attribute -> attribute.annotations().stream());
    }

    private static String type(Annotation annotation) {
        return annotation.className().stringValue();
    }
}
