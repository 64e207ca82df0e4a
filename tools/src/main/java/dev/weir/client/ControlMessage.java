package dev.weir.client;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What crosses the control socket, all numbers 32 bits, highest byte first; one request and one answer a connection.
 *
 * <pre>
 *   request   length of what follows | number of words | each: length, UTF-8 | length of stdin, UTF-8
 *   answer    length of what follows | exit status | length of stdout, UTF-8 | length of stderr, UTF-8
 * </pre>
 *
 * The first word of a request is the tool's name.
 */
public final class ControlMessage {
    /** A request's length at most, in bytes. */
    public static final int MAX_REQUEST = 4 << 20;
    private static final int MAX_WORDS = 4096;

    private ControlMessage() {
    }

    /** @param words the tool's name, then its arguments */
    public record Request(List<String> words, String stdin) {
    }

    public record Answer(int exit, String stdout, String stderr) {
    }

    /** Bytes that are no message; says where they went wrong. */
    public static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1;

        MalformedException(String message) {
            super(message);
        }
    }

    public static ByteBuffer encode(Request request) {
        List<byte[]> words = new ArrayList<>();
        byte[] stdin = request.stdin().getBytes(StandardCharsets.UTF_8);
        int length = 4 + 4 + stdin.length;
        for (String word : request.words()) {
            byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
            words.add(bytes);
            length += 4 + bytes.length;
        }
        ByteBuffer message = ByteBuffer.allocate(4 + length).putInt(length).putInt(words.size());
        for (byte[] word : words) {
            message.putInt(word.length).put(word);
        }
        return message.putInt(stdin.length).put(stdin).flip();
    }

    public static ByteBuffer encode(Answer answer) {
        byte[] stdout = answer.stdout().getBytes(StandardCharsets.UTF_8);
        byte[] stderr = answer.stderr().getBytes(StandardCharsets.UTF_8);
        int length = 4 + 4 + stdout.length + 4 + stderr.length;
        return ByteBuffer.allocate(4 + length).putInt(length).putInt(answer.exit()).putInt(stdout.length).put(stdout)
                .putInt(stderr.length).put(stderr).flip();
    }

    /** @param body what follows the length */
    public static Request decodeRequest(ByteBuffer body) throws MalformedException {
        try {
            int count = body.getInt();
            if (count < 1 || count > MAX_WORDS) {
                throw new MalformedException("the number of words is not 1 to 4096");
            }
            List<String> words = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                words.add(text(body));
            }
            Request request = new Request(words, text(body));
            if (body.hasRemaining()) {
                throw new MalformedException("more follows the message");
            }
            return request;
        } catch (BufferUnderflowException e) {
            throw new MalformedException("the message ends too early");
        }
    }

    /** @param body what follows the length */
    public static Answer decodeAnswer(ByteBuffer body) throws MalformedException {
        try {
            return new Answer(body.getInt(), text(body), text(body));
        } catch (BufferUnderflowException e) {
            throw new MalformedException("the answer ends too early");
        }
    }

    private static String text(ByteBuffer body) throws MalformedException {
        int length = body.getInt();
        if (length < 0 || length > body.remaining()) {
            throw new MalformedException("a length reaches beyond the message");
        }
        byte[] bytes = new byte[length];
        body.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
