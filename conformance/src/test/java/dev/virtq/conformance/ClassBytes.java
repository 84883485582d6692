package dev.virtq.conformance;

import java.lang.classfile.Annotation;
import java.lang.classfile.AnnotationElement;
import java.lang.classfile.AnnotationValue;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.attribute.RuntimeVisibleAnnotationsAttribute;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Class files that a test makes up. */
final class ClassBytes {
    private final String name;
    private final List<Annotation> onClass = new ArrayList<>();
    private final List<Method> methods = new ArrayList<>();
    private ClassDesc parent = ConstantDescs.CD_Object;

    private record Method(String name, List<Annotation> annotations) {}

    /** A class in the package {@code p}. */
    ClassBytes(String name) {
        this.name = name;
    }

    ClassBytes on(Annotation... annotations) {
        onClass.addAll(List.of(annotations));
        return this;
    }

    ClassBytes extending(String other) {
        parent = ClassDesc.of("p", other);
        return this;
    }

    ClassBytes method(String method, Annotation... annotations) {
        methods.add(new Method(method, List.of(annotations)));
        return this;
    }

    static Annotation test() {
        return Annotation.of(ClassDesc.of("org.junit.jupiter.api.Test"));
    }

    static Annotation annotation(String type) {
        return Annotation.of(ClassDesc.of(type));
    }

    static Annotation clause(String... ids) {
        return clauseOf("Clause", ids);
    }

    static Annotation breach(String... ids) {
        return clauseOf("Breach", ids);
    }

    /** As the compiler does with an annotation that is there more than once. */
    static Annotation clauses(Annotation... several) {
        AnnotationValue[] values =
                Stream.of(several)
                        .map(AnnotationValue::ofAnnotation)
                        .toArray(AnnotationValue[]::new);
        return Annotation.of(
                ClassDesc.of("dev.virtq.testing.Clauses"),
                AnnotationElement.of("value", AnnotationValue.ofArray(values)));
    }

    byte[] bytes() {
        return ClassFile.of()
                .build(
                        ClassDesc.of("p", name),
                        type -> {
                            type.withSuperclass(parent);
                            type.with(RuntimeVisibleAnnotationsAttribute.of(onClass));
                            for (Method method : methods) {
                                type.withMethod(
                                        method.name(),
                                        ConstantDescs.MTD_void,
                                        ClassFile.ACC_ABSTRACT,
                                        it ->
                                                it.with(
                                                        RuntimeVisibleAnnotationsAttribute.of(
                                                                method.annotations())));
                            }
                        });
    }

    TestClass parsed() {
        ClassModel model = ClassFile.of().parse(bytes());
        return new TestClass("room", model);
    }

    private static Annotation clauseOf(String type, String... ids) {
        AnnotationValue[] values =
                Stream.of(ids).map(AnnotationValue::ofString).toArray(AnnotationValue[]::new);
        return Annotation.of(
                ClassDesc.of("dev.virtq.testing." + type),
                AnnotationElement.of("value", AnnotationValue.ofArray(values)));
    }
}
