package dev.virtq.proof.worlds;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.reflect.AccessFlag;
import java.util.List;

/**
 * Loads the classes of the rings anew, with their accesses to memory turned into calls of {@link
 * Steps}. The classes of the api, which know no ring, are shared.
 */
final class RingLoader extends ClassLoader {
    private static final List<String> RINGS = List.of("dev.virtq.split.", "dev.virtq.packed.");

    private final List<Weakening> weakenings;
    private int weakened;

    /**
     * Makes a loader.
     *
     * @param weakenings what is taken out of the classes; nothing for a proof
     */
    RingLoader(List<Weakening> weakenings) {
        super(RingLoader.class.getClassLoader());
        this.weakenings = weakenings;
    }

    /** {@return how many places in the code a weakening has changed so far} */
    int weakened() {
        return weakened;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (RINGS.stream().noneMatch(name::startsWith)) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            if (loaded != null) {
                return loaded;
            }
            byte[] bytes = rewritten(name);
            return defineClass(name, bytes, 0, bytes.length);
        }
    }

    private byte[] rewritten(String name) throws ClassNotFoundException {
        String resource = name.replace('.', '/') + ".class";
        try (InputStream in = getParent().getResourceAsStream(resource)) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            ClassFile classFile = ClassFile.of();
            String simpleName = name.substring(name.lastIndexOf('.') + 1);
            return classFile.transformClass(
                    classFile.parse(in.readAllBytes()),
                    (builder, element) -> rewrite(simpleName, builder, element));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void rewrite(String type, ClassBuilder builder, ClassElement element) {
        if (element instanceof MethodModel method && method.code().isPresent()) {
            String name = method.methodName().stringValue();
            List<Weakening.Kind> kinds =
                    weakenings.stream()
                            .filter(it -> it.type().equals(type) && it.method().equals(name))
                            .map(Weakening::kind)
                            .toList();
            builder.transformMethod(
                    method,
                    MethodTransform.transformingCode(
                            new AccessRewriter(
                                    type + "." + name,
                                    method.flags().has(AccessFlag.STATIC),
                                    kinds,
                                    () -> weakened++)));
        } else {
            builder.with(element);
        }
    }
}
