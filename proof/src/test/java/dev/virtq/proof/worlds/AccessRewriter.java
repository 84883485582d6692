package dev.virtq.proof.worlds;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Instruction;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.ThrowInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodType;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Turns each access to memory in a method into a call of {@link Steps}. One that it does not know
 * is refused, so that none can go past the explorer.
 */
final class AccessRewriter implements CodeTransform {
    private static final ClassDesc STEPS = ClassDesc.of(Steps.class.getName());
    private static final ClassDesc HANDLE = ClassDesc.of("java.lang.invoke.VarHandle");
    private static final ClassDesc SEGMENT = ClassDesc.of("java.lang.foreign.MemorySegment");

    private static final MethodTypeDesc REST_ALONE =
            MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_long);
    private static final MethodTypeDesc REST_OF_RING =
            MethodTypeDesc.of(
                    ConstantDescs.CD_void, ConstantDescs.CD_Object, ConstantDescs.CD_long);

    /** Methods of segments that touch no bytes. */
    private static final Set<String> HARMLESS =
            Set.of("asSlice", "byteSize", "address", "isNative", "asReadOnly");

    /** Where whole areas are cleared: after a reset, which no world has. */
    private static final Set<String> OUTSIDE =
            Set.of("SplitRingMemory.clearRings", "PackedRingMemory.clear");

    private static final Set<String> KNOWN =
            Arrays.stream(Steps.class.getDeclaredMethods())
                    .map(it ->
                            it.getName()
                                    + MethodType.methodType(
                                                    it.getReturnType(), it.getParameterTypes())
                                            .descriptorString())
                    .collect(Collectors.toSet());

    private final String method;
    private final List<Weakening.Kind> kinds;
    private final boolean isStatic;
    private final Runnable weakened;
    private boolean isThrowDropped;
    private @Nullable CodeElement before;

    AccessRewriter(String method, boolean isStatic, List<Weakening.Kind> kinds, Runnable weakened) {
        this.method = method;
        this.isStatic = isStatic;
        this.kinds = kinds;
        this.weakened = weakened;
    }

    @Override
    public void atStart(CodeBuilder code) {
        if (kinds.contains(Weakening.Kind.EMPTY)) {
            weakened.run();
            code.return_();
        }
        if (kinds.contains(Weakening.Kind.FIRST_ARGUMENT_PLUS_ONE)) {
            weakened.run();
            code.iinc(isStatic ? 0 : 1, 1);
        }
    }

    @Override
    public void accept(CodeBuilder code, CodeElement element) {
        switch (element) {
            case InvokeInstruction call when call.owner().asSymbol().equals(HANDLE) ->
                    handle(code, call);
            case InvokeInstruction call when call.owner().asSymbol().equals(SEGMENT) ->
                    segment(code, call);
            case FieldInstruction store
                    when isWeak(Weakening.Kind.TOGGLE)
                            && store.opcode() == Opcode.PUTFIELD
                            && store.typeSymbol().equals(ConstantDescs.CD_boolean) -> {
                weakened.run();
                code.pop2();
            }
            case InvokeInstruction call when isDroppedFault(call) -> {
                weakened.run();
                isThrowDropped = true;
                code.with(call);
            }
            case ThrowInstruction dropped when isThrowDropped -> {
                isThrowDropped = false;
                code.pop();
            }
            case StoreInstruction copy
                    when isWeak(Weakening.Kind.FLAGS_LAST)
                            && copy.opcode().name().startsWith("LSTORE")
                            && before instanceof LoadInstruction -> {
                // firstRest = rest; the address of the same slot was stored just before
                weakened.run();
                code.with(copy).lload(copy.slot());
                code.invokestatic(STEPS, "releaseRest", REST_ALONE);
            }
            case FieldInstruction store
                    when isWeak(Weakening.Kind.FLAGS_LAST)
                            && store.opcode() == Opcode.PUTFIELD
                            && store.name().equalsString("firstRest") -> {
                weakened.run();
                code.invokestatic(STEPS, "releaseRest", REST_OF_RING);
            }
            case ReturnInstruction end when isWeak(Weakening.Kind.RETURNS_FALSE) -> {
                weakened.run();
                code.pop().iconst_0().with(end);
            }
            default -> code.with(element);
        }
        if (element instanceof Instruction) {
            before = element;
        }
    }

    private boolean isDroppedFault(InvokeInstruction call) {
        String name = call.name().stringValue();
        return call.owner().name().stringValue().endsWith("Faults")
                && ((name.equals("id") && isWeak(Weakening.Kind.CHECK_OF_ID))
                        || (name.equals("length") && isWeak(Weakening.Kind.CHECK_OF_LENGTH)));
    }

    private void handle(CodeBuilder code, InvokeInstruction call) {
        String name = call.name().stringValue();
        MethodTypeDesc type = call.typeSymbol();
        if (name.equals("fullFence")) {
            if (isWeak(Weakening.Kind.FENCE)) {
                weakened.run();
            } else {
                step(code, name, type);
            }
            return;
        }
        if (name.equals("setRelease") && isWeak(Weakening.Kind.FLAGS_LAST)) {
            code.pop2().pop2().pop().pop(); // the flags were stored before
            return;
        }
        if (call.opcode() != Opcode.INVOKEVIRTUAL) {
            throw unknown(call);
        }
        String suffix =
                switch (type.returnType().descriptorString()) {
                    case "I" -> "Int";
                    case "J" -> "Long";
                    default -> "";
                };
        step(code, weakened(name) + suffix, type.insertParameterTypes(0, HANDLE));
    }

    private String weakened(String name) {
        String weak = name;
        if (name.equals("setRelease")) {
            weak = isWeak(Weakening.Kind.RELEASE) ? "set" : weak;
            weak = isWeak(Weakening.Kind.RELEASE_TO_OPAQUE) ? "setOpaque" : weak;
        } else if (name.equals("getAcquire")) {
            weak = isWeak(Weakening.Kind.ACQUIRE) ? "get" : weak;
            weak = isWeak(Weakening.Kind.ACQUIRE_TO_OPAQUE) ? "getOpaque" : weak;
        }
        if (!weak.equals(name)) {
            weakened.run();
        }
        return weak;
    }

    private void segment(CodeBuilder code, InvokeInstruction call) {
        String name = call.name().stringValue();
        if (HARMLESS.contains(name) || OUTSIDE.contains(method)) {
            code.with(call);
        } else if (name.equals("get") || name.equals("set")) {
            step(code, name, call.typeSymbol().insertParameterTypes(0, SEGMENT));
        } else {
            throw unknown(call);
        }
    }

    private void step(CodeBuilder code, String name, MethodTypeDesc type) {
        if (!KNOWN.contains(name + type.descriptorString())) {
            throw new IllegalStateException(
                    "%s accesses memory in a way that Steps does not know: %s%s"
                            .formatted(method, name, type.displayDescriptor()));
        }
        code.invokestatic(STEPS, name, type);
    }

    private IllegalStateException unknown(InvokeInstruction call) {
        return new IllegalStateException(
                "%s accesses memory in a way that Steps does not know: %s"
                        .formatted(method, call.name().stringValue()));
    }

    private boolean isWeak(Weakening.Kind kind) {
        return kinds.contains(kind);
    }
}
